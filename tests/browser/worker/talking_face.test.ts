/// <reference types="vite/client" />
import wasm from '@ffmpeg/core/wasm?url';
import core from '@ffmpeg/core?url';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  type Clip,
  createTalkingFace,
  type LoadProgress,
  type TalkingFace,
  type TalkingFaceOptions,
  UserError,
  type WorkerMemory,
} from '../../../lib/index.ts';
import { browserMedia } from '../../../lib/media/browser/browser_media.ts';
import { referenceBlob } from '../page/reference.ts';
import { shortClip, takeAll, tinyWeights } from './clips.ts';

let weights: File;
let clip: Clip;
/** With the weights loaded, for tests that leave it as it was. */
let face: TalkingFace;
let before: WorkerMemory;

beforeAll(async () => {
  weights = await tinyWeights();
  clip = await shortClip(0.8);
  face = await createTalkingFace({ backend: 'wasm', threads: 1 });
  await face.fromPretrained(weights);
  before = await face.memory();
});
afterAll(() => face.dispose());

const open: TalkingFace[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((face) => face.dispose()));
  expect(await face.memory()).toEqual(before);
});

async function start(options: TalkingFaceOptions = {}): Promise<TalkingFace> {
  const face = await createTalkingFace({ backend: 'wasm', threads: 1, ...options });
  open.push(face);
  return face;
}

async function startWithWeights(options?: TalkingFaceOptions): Promise<TalkingFace> {
  const face = await start(options);
  await face.fromPretrained(weights);
  return face;
}

function failure(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => expect.unreachable('should have failed'),
    (error) => error,
  );
}

it('loads weights of any width, telling how far it is', async () => {
  const face = await start();
  expect(face.backend).toMatchObject({ name: 'wasm', attempts: [] });
  expect(face.model).toBeUndefined();
  const progress: LoadProgress[] = [];
  const onProgress = (news: LoadProgress) => progress.push(news);
  const info = await face.fromPretrained(weights, { dtype: 'float16', onProgress });
  // WebAssembly has no half precision.
  expect(info).toMatchObject({ name: 'tiny.safetensors', width: 1 / 16, dtype: 'float32', warnings: [] });
  expect(info.bytes).toBeGreaterThan(4 * info.parameters);
  expect(info.bytes).toBeLessThan(weights.size);
  expect(face.model).toEqual(info);
  expect([...new Set(progress.map(({ stage }) => stage))]).toEqual(['load', 'warm-up']);
  for (const stage of ['load', 'warm-up']) {
    const steps = progress.filter((news) => news.stage === stage);
    expect(steps.map(({ done }) => done)).toEqual(Array.from(steps, (_, i) => i));
    expect(steps.at(-1)?.done).toBe(steps[0].total);
  }
});

describe('frames', () => {
  it('come in order with their times, and leave nothing in the worker', async () => {
    const frames = await takeAll(face.animate(clip));
    const { frameRate } = await browserMedia.openVideo(clip.face as Blob);
    expect(frames.length / frameRate).toBeCloseTo(0.8, 0);
    expect(frames.map(({ index }) => index)).toEqual(Array.from(frames, (_, i) => i));
    expect(frames.map(({ timestamp }) => timestamp)).toEqual(Array.from(frames, (_, i) => i / frameRate));
    expect(frames[0].picture).toBeInstanceOf(ImageBitmap);
  });

  it('are the same pictures in every format', async () => {
    const box = [60, 320, 80, 300] as const;
    const context = new OffscreenCanvas(384, 384).getContext('2d')!;
    const pixels: Uint8ClampedArray[] = [];
    for (const format of ['imagedata', 'bitmap', 'videoframe'] as const) {
      for await (const { picture } of face.animate(clip, { format, box })) {
        if (picture instanceof ImageData) context.putImageData(picture, 0, 0);
        else {
          context.drawImage(picture, 0, 0);
          picture.close();
        }
        break;
      }
      pixels.push(context.getImageData(0, 0, 384, 384).data);
    }
    expect(pixels[1]).toEqual(pixels[0]);
    const mean = pixels[2].reduce((sum, value, i) => sum + Math.abs(value - pixels[0][i]), 0) / pixels[0].length;
    expect(mean).toBeLessThan(1);
  });

  it('are not made far ahead of the loop that takes them', async () => {
    let made = 0;
    const frames = face.animate(clip, { batchSize: 1, onProgress: (done) => (made = done) });
    (await frames.next()).value.picture.close();
    // The one that was taken, and three more.
    await expect.poll(() => made, { timeout: 60_000 }).toBe(4);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(made).toBe(4);
    await frames.return?.();
    expect(await face.memory()).toMatchObject({ jobs: 0 });
  });

  it('stop when the loop is left, and the worker is ready for the next', async () => {
    for await (const { picture, index } of face.animate(clip)) {
      picture.close();
      if (index === 2) break;
    }
    expect((await takeAll(face.animate(clip))).length).toBeGreaterThan(10);
  });
});

it('writes a file with picture and voice', async () => {
  const progress: number[] = [];
  const result = await face.animateToFile(clip, { onProgress: (done) => progress.push(done) });
  expect(progress).toEqual(Array.from({ length: result.frames + 1 }, (_, i) => i));
  expect(result).toMatchObject({ width: 384, height: 384, missingFaces: [] });
  expect(result.file.type).toBe('video/mp4');
  const reader = await browserMedia.openVideo(result.file);
  expect([reader.width, reader.height, reader.frameRate]).toEqual([384, 384, result.frameRate]);
  const { samples } = await browserMedia.readSound(result.file, 16000);
  expect(samples.some((sample) => Math.abs(sample) > 0.1)).toBe(true);
});

describe('stopping', () => {
  it('an animation ends with the reason that is given, and leaves nothing', async () => {
    const reason = new Error('The person closed the panel.');
    const controller = new AbortController();
    const onProgress = (done: number) => {
      if (done === 3) controller.abort(reason);
    };
    expect(await failure(face.animateToFile(clip, { signal: controller.signal, onProgress }))).toBe(reason);
    const { signal } = controller;
    for (const work of [face.animateToFile(clip, { signal }), takeAll(face.animate(clip, { signal }))])
      expect(await failure(work)).toBe(reason);
  });

  it.skipIf(!inject('hasReference'))('a conversion by FFmpeg ends at once, and the worker is free', async () => {
    const controller = new AbortController();
    const reason = new Error('The person has chosen another file.');
    const onNotice = () => controller.abort(reason);
    const converting = await startWithWeights({ ffmpeg: { core, wasm }, onNotice });
    const avi = new File([await referenceBlob('media/video/syncnet_example.avi')], 'example.avi');
    const { signal } = controller;
    expect(await failure(converting.animateToFile({ ...clip, face: avi }, { signal }))).toBe(reason);
    expect(await converting.memory()).toEqual(before);

    // And it comes to its end where it is not given up.
    const short = new File([await referenceBlob('media/grid/bbaf2n.mpg')], 'short.mpg');
    const { width, height } = await converting.animateToFile({ ...clip, face: short }, { box: [60, 220, 80, 220] });
    expect([width, height]).toEqual([360, 288]);
  });

  it('loading keeps the weights that were there', async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    const other = await tinyWeights(2);
    expect((await failure(face.fromPretrained(other, { signal: controller.signal, onProgress }))).name).toBe(
      'AbortError',
    );
    expect(face.model?.name).toBe('tiny.safetensors');
    expect((await takeAll(face.animate(clip))).length).toBeGreaterThan(10);
  });

  it('disposing rejects what is waited for, and everything afterwards', async () => {
    const face = await startWithWeights();
    const work = failure(face.animateToFile(clip));
    const frames = failure(takeAll(face.animate(clip)));
    await face.memory();
    await face.dispose();
    await face.dispose();
    for (const error of [
      await work,
      await frames,
      await failure(face.memory()),
      await failure(face.animateToFile(clip)),
    ])
      expect(error).toMatchObject({ name: 'AbortError', message: expect.stringMatching(/disposed/) });
  });
});

describe('errors cross whole', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['no weights', async () => takeAll((await start()).animate(clip)), /fromPretrained/],
    ['weights that are none', () => face.fromPretrained(new File(['hello, world'], 'notes.txt')), /notes\.txt/],
    ['weights that are missing', () => face.fromPretrained('/there/is/none.pth'), /\/there\/is\/none\.pth.*404/],
  ])('%s', async (_, work, message) => {
    const error = await failure(work());
    expect(error).toBeInstanceOf(UserError);
    expect(error.name).toBe('UserError');
    expect(error.message).toMatch(message);
    expect(error.stack).toMatch(/lib\/(worker|checkpoint)\//);
    expect(face.model?.name).toBe('tiny.safetensors');
  });

  it('a face that cannot be read', async () => {
    const broken = { ...clip, face: new File([new Uint8Array(1000)], 'broken.mp4') };
    for (const work of [face.animateToFile(broken), takeAll(face.animate(broken))]) {
      const error = await failure(work);
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toMatch(/broken\.mp4/);
    }
  });

  it('a worker whose script is not there', async () => {
    const worker = () => new Worker('/there/is/no/worker.js', { type: 'module' });
    expect(await failure(createTalkingFace({ worker }))).toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(/cannot be loaded/),
    });
  });

  it('assets that are not where they should be', async () => {
    const face = await start({ assets: '/there/is/nothing/', backend: 'wasm' }).catch((error) => error);
    expect(face).toBeInstanceOf(UserError);
  });
});

it('holds the same after every session and every load', async () => {
  const held: unknown[] = [];
  for (let session = 0; session < 3; session++) {
    const face = await startWithWeights();
    held.push(await face.memory());
    await face.fromPretrained(weights);
    held.push(await face.memory());
    await takeAll(face.animate(clip, { box: [60, 320, 80, 300] }));
    held.push(await face.memory());
    await face.dispose();
  }
  expect(new Set(held.map((memory) => JSON.stringify(memory))).size).toBe(1);
});

it('uses the threads that the page may have', async () => {
  const face = await start({ threads: 2 });
  expect(face.backend.description).toMatch(inject('isolated') ? /2 threads/ : /1 thread$/);
});
