import { afterAll, beforeAll, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import { LiveAnimator } from '../../lib/live/live_animator.ts';
import type { Frame } from '../../lib/media/frame.ts';
import { Wav2LipAnimator } from '../../lib/model/audio_driven_talkingface/wav2lip/animator.ts';
import { Wav2LipGenerator } from '../../lib/model/audio_driven_talkingface/wav2lip/generator.ts';
import { lipsync, lipsyncDefaults } from '../../lib/quick_start/lipsync.ts';
import { BuiltInDetector } from '../../lib/utils/face_detection/built_in_detector.ts';
import type { FaceDetector } from '../../lib/utils/face_detection/face_detector.ts';
import { Random } from '../../lib/utils/random.ts';
import { StageClock } from '../../lib/utils/stage_clock.ts';
import { readFaceModel } from '../../node-harness/platform/face_models.ts';
import { nodeMedia } from '../../node-harness/platform/media.ts';
import { startTestBackend } from '../backends.ts';
import { watching } from '../lipsync/helpers.ts';
import { FramePicture } from './frame_picture.ts';

const face = 'demo/assets/face.mp4';
const audio = 'demo/assets/voice.wav';
const interval = 40;
const frames: Frame[] = [];
let voice: Float32Array;
let animator: Wav2LipAnimator;
let detector: BuiltInDetector;

beforeAll(async () => {
  await startTestBackend('wasm');
  const generator = new Wav2LipGenerator(1 / 16).initialize(new Random(1));
  animator = new Wav2LipAnimator(generator.prepare({ release: true }));
  detector = await BuiltInDetector.load(readFaceModel);
  const video = await nodeMedia.openVideo(face);
  for await (const frame of video.frames()) frames.push(frame);
  await video.close();
  voice = (await nodeMedia.readSound(audio, 16000)).samples;
});
afterAll(() => {
  animator.dispose();
  detector.dispose();
});

/** The sound of frame `i`, in pieces as they come from a microphone. */
function* soundOf(i: number): Generator<Float32Array> {
  const samples = (interval * 16000) / 1000;
  for (let at = i * samples; at < (i + 1) * samples; at += 160) yield voice.subarray(at, at + 160);
}

it('draws what lipsync draws, given the same box and sound', async () => {
  const box = { left: 111, top: 85, right: 270, bottom: 291 };
  const told: FaceDetector = { name: 'told', detect: async () => [[{ ...box, score: 1 }]], dispose: () => {} };
  const count = 4;
  const expected: Frame[] = [];
  const enough = new AbortController();
  const media = watching(nodeMedia, ({ data, ...size }) => {
    expected.push({ data: data.slice(), ...size });
    if (expected.length === count) enough.abort('enough');
  });
  const { left, top, right, bottom } = box;
  const run = lipsync(
    { ...lipsyncDefaults, face, audio, output: '', box: [top, bottom + 10, left, right], batchSize: 4 },
    { media, loadModels: async () => ({ animator }) },
    { signal: enough.signal },
  );
  await expect(run).rejects.toBe('enough');

  for (let i = 0; i < count; i++) {
    // One for each frame: later ones would follow the face instead of going to the told box at once.
    const live = new LiveAnimator({ animator, detector: told });
    // A picture shows 0.2 s from its moment on, and half a transform.
    for (let n = 0; n < i + 6; n++) for (const piece of soundOf(n)) live.hear(piece);
    const picture = new FramePicture(frames[i], 0);
    expect(await live.draw([{ picture, moment: (i * interval) / 1000 }])).toEqual([true]);
    expect(changedPart(expected[i], picture.frame)).toBeUndefined();
  }
});

it('draws frames together as it draws them one by one', async () => {
  const shots = () =>
    [0, 1, 2].map((i) => ({ picture: new FramePicture(frames[i], i * interval), moment: (i * interval) / 1000 }));
  const [together, alone] = [shots(), shots()];
  const lives = [together, alone].map(() => new LiveAnimator({ animator, detector }));
  for (const live of lives) for (let i = 0; i < 10; i++) for (const piece of soundOf(i)) live.hear(piece);
  await lives[0].draw(together);
  for (const shot of alone) await lives[1].draw([shot]);
  for (const [i, { picture }] of together.entries()) {
    expect(changedPart(alone[i].picture.frame, picture.frame)).toBeUndefined();
    expect(changedPart(frames[i], picture.frame)).toBeDefined();
  }
});

it('finds the face in every frame, draws its mouth alone, and keeps no tensors', async () => {
  const live = new LiveAnimator({ animator, detector });
  const clock = new StageClock();
  let tensors: number | undefined;
  for (const [i, frame] of frames.entries()) {
    for (const piece of soundOf(i)) live.hear(piece);
    const picture = new FramePicture(frame, i * interval);
    expect(await live.draw([{ picture, moment: live.heardUntil }], clock)).toEqual([true]);
    const changed = changedPart(frame, picture.frame);
    if (live.heardUntil < 0) {
      expect(changed).toBeUndefined();
      continue;
    }
    // The drawn face of the clip has its mouth in the middle of the lower half, wherever it moves.
    expect(changed!.left).toBeGreaterThan(90);
    expect(changed!.right).toBeLessThan(310);
    expect(changed!.top).toBeGreaterThan(150);
    expect(changed!.bottom).toBeLessThan(330);
    tensors ??= tf.memory().numTensors;
    expect(tf.memory().numTensors).toBe(tensors);
  }
  expect(Object.keys(clock.times())).toEqual(['find face', 'crop', 'network', 'paste']);
});

it('leaves frames without a face, and those before the voice, as they are', async () => {
  const grey: Frame = { data: new Uint8Array(160 * 120 * 3).fill(128), width: 160, height: 120 };
  const live = new LiveAnimator({ animator, detector });
  const early = new FramePicture(frames[0], 0);
  expect(await live.draw([{ picture: early, moment: 0 }])).toEqual([true]);
  expect(changedPart(frames[0], early.frame)).toBeUndefined();
  live.hear(voice.subarray(0, 8000));
  const empty = new FramePicture(grey, 40);
  expect(await live.draw([{ picture: empty, moment: 0 }])).toEqual([false]);
  expect(changedPart(grey, empty.frame)).toBeUndefined();
});

it('shows the moment that is asked for, or the closest that has been heard', async () => {
  const heard = animator.listen();
  expect(heard.until).toBeLessThan(0);
  heard.push(voice.subarray(0, 16000));
  // Columns are 12.5 ms apart; the last window begins 16 of them before the end, whose last lacks 25 ms.
  expect(heard.until).toBeCloseTo(1 - 0.2 - 0.025 + 0.0125, 6);
  const whole = animator.hear({ samples: voice.subarray(0, 16000), sampleRate: 16000 }, 80);
  const faces = new Uint8Array(3 * 96 * 96 * 3).fill(99);
  const { voice: recent, frames: numbers } = heard.at([0.1, 0.5, 7]);
  const drawn = await animator.animate(faces, recent, numbers);
  const expected = await animator.animate(faces, whole, [8, 40, Math.round(heard.until * 80)]);
  expect(Buffer.compare(drawn, expected)).toBe(0);
});

/** The smallest rectangle in which two frames differ. */
function changedPart(a: Frame, b: Frame) {
  const part = { left: a.width, top: a.height, right: -1, bottom: -1 };
  for (let i = 0; i < a.data.length; i++) {
    if (a.data[i] === b.data[i]) continue;
    const [x, y] = [Math.floor(i / 3) % a.width, Math.floor(i / 3 / a.width)];
    part.left = Math.min(part.left, x);
    part.top = Math.min(part.top, y);
    part.right = Math.max(part.right, x);
    part.bottom = Math.max(part.bottom, y);
  }
  return part.right < 0 ? undefined : part;
}
