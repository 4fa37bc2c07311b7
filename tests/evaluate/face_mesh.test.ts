import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startBackend } from '../../lib/backend/backend.ts';
import * as tf from '../../lib/backend/tf.ts';
import { FaceMeshLandmarks } from '../../lib/evaluate/face_mesh_landmarks.ts';
import { centred, pointDistance } from '../../lib/evaluate/metrics/lmd.ts';
import { cropFrame } from '../../lib/media/crop.ts';
import type { Frame } from '../../lib/media/frame.ts';
import { BuiltInDetector } from '../../lib/utils/face_detection/built_in_detector.ts';
import { registerNodeBackends } from '../../node-harness/platform/backends.ts';
import { readFaceModel } from '../../node-harness/platform/face_models.ts';
import { nodeMedia } from '../../node-harness/platform/media.ts';
import { sharedDir } from '../shared.ts';

describe.skipIf(!sharedDir)(
  'mouth landmarks by face mesh (needs the reference data folder)',
  { timeout: 180_000 },
  () => {
    it('follow a speaking mouth, whatever the cut of the picture', async () => {
      registerNodeBackends();
      await startBackend('wasm');
      const frames = await everyEighth(join(sharedDir!, 'media/video/WDA_KatieHill_000.mp4'), 8);
      const landmarks = await FaceMeshLandmarks.load(readFaceModel, await BuiltInDetector.load(readFaceModel));
      const before = tf.memory().numTensors;
      const mouths = (await landmarks.find(frames)) as Float32Array[];
      expect(tf.memory().numTensors).toBe(before);
      expect(mouths[0]).toHaveLength(2 * landmarks.count);

      const openness = mouths.map(opening);
      const [open, closed] = [Math.max(...openness), Math.min(...openness)].map((value) => openness.indexOf(value));
      expect(openness[open]).toBeGreaterThan(0.2);
      expect(openness[closed]).toBeLessThan(0.12);

      const frame = frames[open];
      const cut = cropFrame(frame, { left: 13, top: 7, right: frame.width - 22, bottom: frame.height - 31 });
      const [again, none] = [(await landmarks.find([cut]))[0]!, (await landmarks.find([grey(frame)]))[0]];
      const noise = pointDistance(centred(mouths[open]), centred(again));
      expect(pointDistance(centred(mouths[open]), centred(mouths[closed]))).toBeGreaterThan(4 * noise);
      expect(again[0] + 13).toBeCloseTo(mouths[open][0], -0.5);
      expect(none).toBeUndefined();
      landmarks.dispose();
    });
  },
);

/** Distance between the middles of the lips' inner edges over the mouth's width. */
function opening(points: Float32Array): number {
  const between = (a: number, b: number) =>
    Math.hypot(points[2 * a] - points[2 * b], points[2 * a + 1] - points[2 * b + 1]);
  return between(25, 35) / between(0, 10);
}

async function everyEighth(path: string, count: number): Promise<Frame[]> {
  const video = await nodeMedia.openVideo(path);
  const frames: Frame[] = [];
  for await (const frame of video.frames()) {
    if (frame.index % 8 === 0) frames.push(frame);
    if (frames.length === count) break;
  }
  await video.close();
  return frames;
}

const grey = ({ width, height }: Frame): Frame => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(128),
});
