import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../lib/backend/backend.ts';
import { drawHead } from '../../lib/data/dataprocess/synthetic/head.ts';
import { idlePose } from '../../lib/data/dataprocess/synthetic/idle_motion.ts';
import { headLandmarks } from '../../lib/data/dataprocess/synthetic/landmarks.ts';
import { drawnLook, randomLook } from '../../lib/data/dataprocess/synthetic/look.ts';
import { type DrawnClip, drawnClip } from '../../lib/data/dataprocess/synthetic/speaker.ts';
import { speak } from '../../lib/data/dataprocess/synthetic/voice.ts';
import type { VideoFrame } from '../../lib/media/frame.ts';
import { BuiltInDetector } from '../../lib/utils/face_detection/built_in_detector.ts';
import { registerNodeBackends } from '../../node-harness/platform/backends.ts';
import { readFaceModel } from '../../node-harness/platform/face_models.ts';

const side = 160;
const clipOf = (speakerSeed: number, clipSeed = speakerSeed, seconds = 2) =>
  drawnClip({ speakerSeed, clipSeed, seconds, frameRate: 25, side });

/** Some frames of a clip. */
async function framesOf(clip: DrawnClip, every: number): Promise<VideoFrame[]> {
  const frames: VideoFrame[] = [];
  for await (const frame of clip.frames()) if (frame.index % every === 0) frames.push(frame);
  return frames;
}

describe('a drawn clip', () => {
  it('is the same for the same seeds, and another for another speaker or another clip', async () => {
    const describeClip = async (clip: DrawnClip) => {
      const [frame] = await framesOf(clip, 1000);
      return { picture: Buffer.from(frame.data).toString('base64'), sound: clip.sound.samples.slice(8000, 8100) };
    };
    const one = await describeClip(clipOf(1, 1));
    expect(await describeClip(clipOf(1, 1))).toEqual(one);
    for (const other of [clipOf(2, 1), clipOf(1, 2)]) {
      const { picture, sound } = await describeClip(other);
      expect(picture).not.toBe(one.picture);
      expect(sound).not.toEqual(one.sound);
    }
  });

  it('has as much sound as pictures', () => {
    const { sound, truth } = clipOf(3, 3, 2.6);
    expect(truth.frames.length).toBe(65);
    expect(sound.samples.length).toBe(2.6 * sound.sampleRate);
    expect(sound.samples.every((value) => Math.abs(value) <= 1)).toBe(true);
    const { start, end } = truth.phonemes[truth.phonemes.length - 1];
    expect(start).toBeLessThan(2.6);
    expect(end).toBeGreaterThan(2.6 - 0.2);
  });
});

describe('the mouth', () => {
  it('does what the sounds need, also between others', () => {
    const speech = speak('_ AA M AA B IY UW AA _');
    const middle = (index: number) => {
      const { start, end } = speech.segments[index];
      return speech.mouthAt((start + end) / 2);
    };
    expect(speech.segments.map(({ name }) => name).join(' ')).toBe('_ AA M AA B IY UW AA _');
    expect(middle(1).open).toBeGreaterThan(0.85);
    expect(middle(2).open).toBeLessThan(0.1);
    expect(middle(4).open).toBeLessThan(0.1);
    expect(middle(5).wide).toBeGreaterThan(0.6);
    expect(middle(6).wide).toBeLessThan(-0.8);
    expect(speech.mouthAt(0.01).open).toBeLessThan(0.001);
  });

  it('is where the landmarks say', () => {
    // A mouth of a colour that nothing else has, wide open, on turned and tilted heads.
    const look = { ...randomLook(4), lips: [0, 1, 0] as const, ambient: 1, diffuse: 0, beard: 0 };
    for (const turn of [-1, 0, 1]) {
      const pose = { ...idlePose(0), yaw: 0.2 * turn, pitch: 0.1 * turn, roll: 0.1 * turn, open: 0.6, wide: 0.3 };
      const big = 400;
      const { data } = drawHead(big, pose, look);
      const { mouth } = headLandmarks(big, pose, look);
      const isLip = (x: number, y: number) => {
        const at = (Math.floor(y) * big + Math.floor(x)) * 3;
        return data[at + 1] > data[at] + 40 && data[at + 1] > data[at + 2] + 40;
      };
      const between = (a: number, b: number, share: number): [number, number] => [
        mouth[a][0] + (mouth[b][0] - mouth[a][0]) * share,
        mouth[a][1] + (mouth[b][1] - mouth[a][1]) * share,
      ];
      // Upper lip from the outer to the inner edge, lower lip likewise, and the gap.
      for (const [outer, inner] of [
        [51, 62],
        [57, 66],
      ].map((pair) => pair.map((n) => n - 48))) {
        // prettier-ignore
        expect(isLip(...between(outer, inner, 0.5))).toBe(true);
        expect(isLip(...between(outer, inner, -0.5))).toBe(false);
        expect(isLip(...between(outer, inner, 1.5))).toBe(false);
      }
      // The corners are the ends of the lips.
      const [left, right] = [mouth[0], mouth[6]];
      const past = 6;
      const rows = Array.from({ length: 21 }, (_, i) => i - 10);
      expect(rows.some((dy) => isLip(left[0] + past, left[1] + dy))).toBe(true);
      expect(rows.some((dy) => isLip(left[0] - past, left[1] + dy))).toBe(false);
      expect(rows.some((dy) => isLip(right[0] - past, right[1] + dy))).toBe(true);
      expect(rows.some((dy) => isLip(right[0] + past, right[1] + dy))).toBe(false);
    }
  });

  it('moves with the loudness of the voice', () => {
    const { sound, truth } = clipOf(5, 5, 6);
    const loudness = truth.frames.map((_, i) => {
      const samples = sound.samples.subarray(i * 640, (i + 1) * 640);
      return Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
    });
    const open = truth.frames.map(({ pose }) => pose.open);
    const with_ = correlation(loudness, open);
    expect(with_).toBeGreaterThan(0.4);
    expect(correlation(loudness, [...open.slice(40), ...open.slice(0, 40)])).toBeLessThan(with_ - 0.25);
  });
});

describe('the built-in detector', () => {
  beforeAll(async () => {
    registerNodeBackends();
    await startBackend('wasm', { threads: 1 });
  });

  it('finds the face of drawn speakers in at least 99 % of frames, where it is', async () => {
    const detector = await BuiltInDetector.load(readFaceModel);
    let seen = 0;
    let found = 0;
    for (let speaker = 0; speaker < 20; speaker++) {
      const clip = clipOf(100 + speaker);
      const frames = await framesOf(clip, 7);
      const faces = await detector.detect(frames);
      for (const [i, frame] of frames.entries()) {
        const { eyes, mouth } = clip.truth.frames[frame.index].landmarks;
        const isInside = faces[i].some(({ left, top, right, bottom }) =>
          [...eyes, ...mouth].every(([x, y]) => x > left && x < right && y > top && y < bottom),
        );
        seen++;
        if (isInside) found++;
      }
    }
    detector.dispose();
    expect(seen).toBe(160);
    expect(found / seen).toBeGreaterThanOrEqual(0.99);
  });

  it('finds the bundled face', async () => {
    const detector = await BuiltInDetector.load(readFaceModel);
    const faces = await detector.detect([0, 0.22, 0.5].map((phase) => drawHead(side, idlePose(phase), drawnLook)));
    detector.dispose();
    expect(faces.map(({ length }) => length)).toEqual([1, 1, 1]);
  });
});

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = (values: readonly number[]) => values.map((value) => value - mean(values));
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  const [x, y] = [centred(a), centred(b)];
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}
