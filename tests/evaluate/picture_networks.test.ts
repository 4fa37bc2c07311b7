import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../lib/backend/backend.ts';
import * as tf from '../../lib/backend/tf.ts';
import { fromFloat32 } from '../../lib/checkpoint/dtypes.ts';
import { memoryStateDict, type TensorData } from '../../lib/checkpoint/state_dict.ts';
import { Evaluator } from '../../lib/evaluate/evaluator.ts';
import { FaceIdentity } from '../../lib/evaluate/face_identity.ts';
import type { MetricResources } from '../../lib/evaluate/metric.ts';
import { cosine } from '../../lib/evaluate/metrics/csim.ts';
import { fillWeight } from '../../lib/evaluate/parity/hashfill.ts';
import { BuiltInDetector } from '../../lib/utils/face_detection/built_in_detector.ts';
import { registerNodeBackends } from '../../node-harness/platform/backends.ts';
import { readFaceModel } from '../../node-harness/platform/face_models.ts';
import { drawn } from './drawn.ts';
import { memoryMedia } from './memory_media.ts';
import { noResources } from './no_resources.ts';
import { blurred, picture } from './pictures.ts';

/** Networks whose weights are made from their names, those of the channels positive as the published ones are. */
const loadWeights: MetricResources['loadWeights'] = async (network) => {
  const entries = Array.from(network.namedEntries(), ([name, { shape, dtype }]): [string, TensorData] => {
    const values = fillWeight(name, shape, { seed: 5 }).map((value) =>
      name.startsWith('lin') ? Math.abs(value) : value,
    );
    return [name, { shape, dtype, bytes: dtype === 'F32' ? fromFloat32(values, dtype) : new Uint8Array(8) }];
  });
  await network.loadStateDict(memoryStateDict(new Map(entries)));
  return true;
};

const identity = async () => FaceIdentity.load(readFaceModel, await BuiltInDetector.load(readFaceModel));
const resources = { ...noResources, loadWeights, faceIdentity: identity };

const sharp = [0, 1].map((i) => picture(`n${i}`, 64, 72, { cell: 12, hard: true }));
const still = (frames: typeof sharp) => ({ count: frames.length, make: (i: number) => frames[i] });
const { media } = memoryMedia({
  real: still(sharp),
  soft: still(sharp.map((frame) => blurred(frame, 1))),
  softer: still(sharp.map((frame) => blurred(frame, 3))),
});

describe('metrics with networks', { timeout: 240_000 }, () => {
  beforeAll(async () => {
    registerNodeBackends();
    await startBackend('auto');
  });

  it.each(['lpips', 'fid'])(
    '%s is nothing between equals, rises with the blur, and is the same again',
    async (name) => {
      const before = tf.memory().numTensors;
      const evaluator = await Evaluator.load([name], media, resources);
      const score = async (generated: string) =>
        (await evaluator.run([{ name: generated, generated, real: 'real' }])).scores[0].generated;
      const [same, soft, softer, again] = [
        await score('real'),
        await score('soft'),
        await score('softer'),
        await score('soft'),
      ];
      expect(Math.abs(same)).toBeLessThan(1e-6);
      expect(soft).toBeGreaterThan(1e-4);
      expect(softer).toBeGreaterThan(soft);
      expect(again).toBeCloseTo(soft, 6);
      evaluator.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('fid is of all frames together, not a mean over clips', async () => {
    const evaluator = await Evaluator.load(['fid'], media, resources);
    const pair = (generated: string) => ({ name: generated, generated, real: 'real' });
    const { scores, clips } = await evaluator.run([pair('soft'), pair('real')]);
    const [both] = scores;
    const [alone] = (await evaluator.run([pair('soft')])).scores;
    expect(both.generated).toBeGreaterThan(0);
    expect(both.generated).toBeLessThan(alone.generated);
    expect(clips.map(({ generated }) => generated)).toEqual([{}, {}]);
    evaluator.dispose();
  });

  it('csim tells drawn people apart', async () => {
    const people = await Promise.all(
      [2, 3, 4].map((speaker) => Promise.all([0, 1].map((clip) => drawn(speaker, { clip, seconds: 1, step: 12 })))),
    );
    const network = await identity();
    const described: Float32Array[][] = [];
    for (const clips of people) {
      const faces: Float32Array[] = [];
      for (const { frames } of clips) faces.push((await network.describe(frames.slice(0, 1), false))[0]!);
      described.push(faces);
    }
    network.dispose();
    const same = described.map(([a, b]) => cosine(a, b));
    const others = described.flatMap(([a], i) => described.slice(i + 1).map(([b]) => cosine(a, b)));
    expect(Math.min(...same)).toBeGreaterThan(Math.max(...others));
  });
});
