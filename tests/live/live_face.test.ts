import { expect, it } from 'vitest';
import { LiveFace } from '../../lib/live/live_face.ts';
import { resizeFrame } from '../../lib/media/crop.ts';
import type { Frame } from '../../lib/media/frame.ts';
import type { FaceBox, FaceDetector } from '../../lib/utils/face_detection/face_detector.ts';
import { Random } from '../../lib/utils/random.ts';
import { FramePicture } from './frame_picture.ts';

const [WIDTH, HEIGHT] = [320, 240];
const INTERVAL = 40;

/** Smooth blotches of light. */
function blotches(seed: number, size: number): Frame {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: 8 * 8 * 3 }, () => 40 + 160 * random.next());
  return resizeFrame({ data, width: 8, height: 8 }, size, size);
}

const wall = blotches(5, WIDTH);

/** A blotchy square, `size` pixels a side, around a centre in front of a blotchy wall. */
function scene(x: number, y: number, size: number, light = 1): Frame {
  const picture = new FramePicture(
    { data: wall.data.subarray(0, WIDTH * HEIGHT * 3), width: WIDTH, height: HEIGHT },
    0,
  );
  if (size > 0) picture.write(blotches(1, size), Math.round(x - size / 2), Math.round(y - size / 2));
  const { frame } = picture;
  return light === 1 ? frame : { ...frame, data: frame.data.map((value) => light * value) };
}

const boxOf = (x: number, y: number, size: number): FaceBox => ({
  left: x - size / 2,
  top: y - size / 2,
  right: x + size / 2,
  bottom: y + size / 2,
  score: 0.9,
});

/** Says what it is told to, and counts how often it is asked. */
class ToldDetector implements FaceDetector {
  readonly name = 'told';
  faces: FaceBox[] = [];
  asked = 0;

  async detect(): Promise<FaceBox[][]> {
    this.asked++;
    return [this.faces];
  }

  dispose(): void {}
}

/** Follows the square along a path of `[x, y, size]`; gives the errors in part of its size. */
async function follow(path: readonly (readonly [number, number, number])[], tremble = 0, light = (_i: number) => 1) {
  const detector = new ToldDetector();
  const face = new LiveFace(detector);
  const random = new Random(2);
  const errors: (number | undefined)[] = [];
  for (const [i, [x, y, size]] of path.entries()) {
    const off = () => tremble * size * (2 * random.next() - 1);
    detector.faces = size > 0 ? [boxOf(x + off(), y + off(), size)] : [];
    const box = await face.next(new FramePicture(scene(x, y, size, light(i)), i * INTERVAL));
    const truth = boxOf(x, y, size);
    errors.push(
      box &&
        Math.max(...(['left', 'top', 'right', 'bottom'] as const).map((side) => Math.abs(box[side] - truth[side]))) /
          size,
    );
  }
  return { errors, asked: detector.asked };
}

const frames = (count: number) => Array.from({ length: count }, (_, i) => i);

it('looks for the face twice a second and follows it between', async () => {
  const path = frames(50).map((i) => [160 + 40 * Math.sin(i / 8), 120 + 20 * Math.sin(i / 5), 90] as const);
  const { errors, asked } = await follow(path);
  // 2 s: at the start and every 500 ms, which frames 40 ms apart meet every 13th time.
  expect(asked).toBe(4);
  expect(Math.max(...errors.map((error) => error ?? 1))).toBeLessThan(0.03);
});

it('follows a face that comes closer, and through a change of light', async () => {
  const path = frames(12).map((i) => [160, 120, Math.round(80 * 1.015 ** i)] as const);
  const { errors, asked } = await follow(path, 0, (i) => 1 - 0.03 * i);
  expect(asked).toBe(1);
  expect(Math.max(...errors.map((error) => error ?? 1))).toBeLessThan(0.04);
});

it('keeps still when the detector trembles', async () => {
  const { errors } = await follow(
    frames(100).map(() => [160, 120, 100] as const),
    0.06,
  );
  // Steps between frames, after the first look.
  const steps = errors.slice(1).map((error, i) => Math.abs(error! - errors[i]!));
  expect(Math.max(...steps)).toBeLessThan(0.06 * 2 * 0.3);
  expect(steps.filter((step) => step > 1e-3).length).toBeLessThanOrEqual(100 / 12);
});

it('looks at once when the face jumps, and goes there without delay', async () => {
  const { errors, asked } = await follow(frames(10).map((i) => [i < 5 ? 80 : 240, i < 5 ? 80 : 150, 80] as const));
  expect(asked).toBe(2);
  expect(errors[5]).toBeLessThan(0.01);
});

it('says at once when the face is gone, asks now and then, and finds it again', async () => {
  const present = (i: number) => i < 5 || i >= 20;
  const { errors, asked } = await follow(frames(26).map((i) => [160, 120, present(i) ? 90 : 0] as const));
  expect(errors.slice(0, 5).every((error) => error !== undefined)).toBe(true);
  expect(errors.slice(5, 20).every((error) => error === undefined)).toBe(true);
  expect(errors.at(-1)).toBeLessThan(0.02);
  // Once at the start, once when it vanished, then every fifth frame.
  expect(asked).toBeLessThanOrEqual(2 + 21 / 5);
});

it('stays with a face that the detector misses once', async () => {
  const detector = new ToldDetector();
  const face = new LiveFace(detector);
  const found = [];
  for (const i of frames(40)) {
    detector.faces = detector.asked === 1 ? [] : [boxOf(160, 120, 90)];
    found.push(await face.next(new FramePicture(scene(160, 120, 90), i * INTERVAL)));
  }
  expect(detector.asked).toBe(4);
  expect(found.every((box) => box !== undefined)).toBe(true);
});

it('begins with the largest face, or the one of the index from the left, and stays with it', async () => {
  const small = boxOf(60, 120, 40);
  const large = boxOf(220, 120, 90);
  for (const [faceIndex, expected] of [
    [undefined, large],
    [0, small],
    [1, large],
  ] as const) {
    const detector = new ToldDetector();
    detector.faces = [small, large];
    const face = new LiveFace(detector, { faceIndex });
    for (const i of frames(30)) {
      // It grows: the choice has been made.
      if (i === 5) detector.faces = [small, large, boxOf(160, 120, 200)];
      expect(await face.next(new FramePicture(scene(220, 120, 90), i * INTERVAL))).toMatchObject({
        left: expected.left,
      });
    }
  }
});
