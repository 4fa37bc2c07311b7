import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { melSpectrogram } from '../../lib/audio/mel_spectrogram.ts';
import { startBackend } from '../../lib/backend/backend.ts';
import * as tf from '../../lib/backend/tf.ts';
import { type FaceCrop, FaceCrops } from '../../lib/evaluate/face_crops.ts';
import { ExpertScorer } from '../../lib/evaluate/metrics/expert_scorer.ts';
import { syncExpert } from '../../lib/evaluate/metrics/sync_expert.ts';
import { loadExpert } from '../../lib/model/audio_driven_talkingface/wav2lip/load_expert.ts';
import { BuiltInDetector } from '../../lib/utils/face_detection/built_in_detector.ts';
import { registerNodeBackends } from '../../node-harness/platform/backends.ts';
import { readFaceModel } from '../../node-harness/platform/face_models.ts';
import { nodeFiles } from '../../node-harness/platform/file_store.ts';
import { DRAWN_SIDE, drawn } from './drawn.ts';
import { noResources } from './no_resources.ts';

const load = () =>
  loadExpert(nodeFiles, fileURLToPath(new URL('../../checkpoints/small/syncnet.safetensors', import.meta.url)), 5);

const clip = { name: 'clip', width: DRAWN_SIDE, height: DRAWN_SIDE, frameRate: 25, isFace: false };

/** Sound that comes so many pictures earlier. */
const earlier = (samples: Float32Array, pictures: number): Float32Array =>
  samples.map((_, i) => samples[i + 640 * pictures] ?? 0);

describe('the bundled expert on speakers whom it has not seen', { timeout: 240_000 }, () => {
  let speakers: { frames: Awaited<ReturnType<typeof drawn>>['frames']; samples: Float32Array; faces: FaceCrop[] }[];
  beforeAll(async () => {
    registerNodeBackends();
    await startBackend('auto');
    const detector = await BuiltInDetector.load(readFaceModel);
    speakers = await Promise.all([0, 1].map(async (speaker) => ({ ...(await drawn(speaker)), faces: [] })));
    for (const { frames, samples, faces } of speakers) {
      const crops = new FaceCrops({ ...clip, sound: async () => samples }, detector);
      for (const frame of frames) faces.push(...(await crops.add(frame)));
      faces.push(...crops.finish());
    }
    detector.dispose();
  });

  async function score(faces: readonly FaceCrop[], samples: Float32Array) {
    const expert = (await load()).prepare();
    const scorer = new ExpertScorer(expert, melSpectrogram(samples));
    for (const face of faces) await scorer.add(face);
    const result = await scorer.finish();
    expert.dispose();
    return result!;
  }

  it.each([0, 5, -4])('finds that the sound comes %i pictures first', async (pictures) => {
    for (const { faces, samples } of speakers) {
      const { offset } = await score(faces, earlier(samples, pictures));
      expect(Math.abs(offset - pictures)).toBeLessThanOrEqual(1);
    }
  });

  it('rates the voice of another person clearly worse', async () => {
    for (const [i, { faces, samples }] of speakers.entries()) {
      const [own, wrong] = [await score(faces, samples), await score(faces, speakers[1 - i].samples)];
      expect(own.match).toBeGreaterThan(wrong.match + 0.1);
      expect(own.confidence).toBeGreaterThan(1.5 * wrong.confidence);
    }
  });

  it('is a metric, at any frame rate, and frees its tensors', async () => {
    const before = tf.memory().numTensors;
    const detector = () => BuiltInDetector.load(readFaceModel);
    const metric = await syncExpert.load({ ...noResources, syncExpert: load, faceDetector: detector });
    const { frames, samples, faces } = speakers[0];
    const half = { ...clip, frameRate: 12.5, sound: async () => samples };
    const scorer = await metric.start(half);
    for (const frame of frames) if (frame.index % 2 === 0) await scorer.add(frame, frame);
    const slow = await scorer.finish();
    const { match, offset } = await score(faces, samples);
    expect(slow['SyncExpert-match']).toBeGreaterThan(match - 0.15);
    expect(Math.abs(slow['SyncExpert-offset'] - offset)).toBeLessThanOrEqual(1);
    expect(scorer.curves?.()['SyncExpert-match']).toHaveLength(31);
    const short = await metric.start(half);
    for (const frame of frames.slice(0, 5)) await short.add(frame, frame);
    await expect(short.finish()).rejects.toThrow('clip is too short for sync-expert');
    metric.dispose?.();
    expect(tf.memory().numTensors).toBe(before);
  });
});
