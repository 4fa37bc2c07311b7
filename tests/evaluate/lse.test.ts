import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../lib/backend/backend.ts';
import * as tf from '../../lib/backend/tf.ts';
import { fromFloat32 } from '../../lib/checkpoint/dtypes.ts';
import { memoryStateDict, type TensorData } from '../../lib/checkpoint/state_dict.ts';
import type { ClipInfo } from '../../lib/evaluate/metric.ts';
import { lse, scoredBy } from '../../lib/evaluate/metrics/lse.ts';
import { SyncCurve } from '../../lib/evaluate/metrics/sync_curve.ts';
import { fill, fillWeight } from '../../lib/evaluate/parity/hashfill.ts';
import { SyncNetV2 } from '../../lib/evaluate/syncnet/syncnet_v2.ts';
import { registerNodeBackends } from '../../node-harness/platform/backends.ts';
import recorded from './lse_recorded.json' with { type: 'json' };
import { noResources } from './no_resources.ts';
import { fingerprint, picture } from './pictures.ts';

describe('the curve of distances over shifts', () => {
  const cases = { early: [60, 3], late: [41, -7], short: [9, 2] } as const;

  it.each(Object.entries(cases))('has the values of syncnet_python: %s', (name, [count, shift]) => {
    const base = fill(`curve-${name}`, (count + 40) * 64, 0, (u) => u);
    const noise = fill(`curve-noise-${name}`, count * 64, 0, (u) => u);
    const row = (i: number) => base.slice((20 + i) * 64, (21 + i) * 64);
    const lips = Array.from({ length: count }, (_, i) => row(i));
    const sounds = lips.map((_, i) => row(i + shift).map((value, k) => value + 0.5 * noise[i * 64 + k]));
    // There is one more picture and one more window than the reference takes: the last is left out.
    const curve = new SyncCurve(1000);
    for (let i = 0; i < count; i += 8)
      curve.add(lips.slice(i, i + 8), sounds.slice(i, i + 8), Math.min(count, i + 8) + 4);
    const extra = new Float32Array(64).fill(9);
    curve.add([extra], [extra], count + 5);
    const result = curve.finish(count + 5)!;
    const expected = recorded[name as keyof typeof cases];
    expect(result.offset).toBe(expected.offset);
    expect(result.distance).toBeCloseTo(expected.distance, 5);
    expect(result.confidence).toBeCloseTo(expected.confidence, 5);
  });

  it('has no window for five pictures, or for sound of five pictures', () => {
    expect(new SyncCurve(1000).finish(5)).toBeUndefined();
    expect(new SyncCurve(5).finish(100)).toBeUndefined();
  });
});

describe('LSE with a network', { timeout: 300_000 }, () => {
  const network = new SyncNetV2();
  const pictures = Array.from({ length: 30 }, (_, i) => picture(`lip${i}`, 224, 224, { cell: 28, noise: 10 }));
  const samples = sound(640 * 29 + 100);
  const clip: ClipInfo = {
    name: 'clip',
    width: 224,
    height: 224,
    frameRate: 25,
    isFace: true,
    sound: async () => samples,
  };

  beforeAll(async () => {
    registerNodeBackends();
    await startBackend('wasm');
    const entries = Array.from(network.namedEntries(), ([name, { shape, dtype }]): [string, TensorData] => {
      const values = fillWeight(name, shape, { seed: 5 });
      return [name, { shape, dtype, bytes: dtype === 'F32' ? fromFloat32(values, dtype) : new Uint8Array(8) }];
    });
    await network.loadStateDict(memoryStateDict(new Map(entries)));
    network.prepare({ release: true });
  });
  afterAll(() => network.dispose());

  it('has the values of syncnet_python from pictures and sound on, and frees its tensors', async () => {
    expect([fingerprint(pictures[0]), fingerprint(pictures[29])]).toEqual(recorded.network.fingerprints);
    const before = tf.memory().numTensors;
    const scores = await score(clip, pictures);
    expect(scores['LSE-offset']).toBe(recorded.network.offset);
    expect(Math.abs(scores['LSE-D'] / recorded.network.distance - 1)).toBeLessThan(1e-4);
    expect(Math.abs(scores['LSE-C'] / recorded.network.confidence - 1)).toBeLessThan(1e-3);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('plays other frame rates at 25', async () => {
    const twice = pictures.slice(0, 12).flatMap((each) => [each, each]);
    const [at25, at50] = [await score(clip, pictures.slice(0, 12)), await score({ ...clip, frameRate: 50 }, twice)];
    expect(at50).toEqual(at25);
  });

  it('says that a clip is too short', async () => {
    await expect(score(clip, pictures.slice(0, 5))).rejects.toThrow('clip is too short for LSE');
  });

  async function score(info: ClipInfo, frames: typeof pictures) {
    const scorer = await scoredBy(network, () => {}).start(info);
    for (const frame of frames) await scorer.add(frame, frame);
    return scorer.finish();
  }
});

it('says where the weights come from and go when they are missing', async () => {
  await expect(lse.load({ ...noResources, lseCheckpointPath: 'checkpoints/x.model' })).rejects.toThrow(
    "LSE needs SyncNet's weights, and there are none at checkpoints/x.model: run fetch-weights syncnet_v2,",
  );
});

/** A rising tone that comes and goes, with noise, as 16-bit steps. */
function sound(length: number): Float32Array {
  const noise = fill('lse-sound', length, 0, (u) => u);
  return Float32Array.from({ length }, (_, i) => {
    const tone = Math.sin((2 * Math.PI * (150 + i * 0.05) * i) / 16000) * Math.sin((2 * Math.PI * 4 * i) / 16000);
    return Math.round(9000 * tone + 800 * noise[i]) / 32768;
  });
}
