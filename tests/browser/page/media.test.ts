/// <reference types="vite/client" />
import wasm from '@ffmpeg/core/wasm?url';
import core from '@ffmpeg/core?url';
import { describe, expect, it } from 'vitest';
import { browserMedia } from '../../../lib/media/browser/browser_media.ts';
import type { FfmpegFiles } from '../../../lib/media/browser/ffmpeg.ts';
import type { Frame } from '../../../lib/media/frame.ts';
import type { VideoReader } from '../../../lib/media/media_platform.ts';
import { encodeWav } from '../../../lib/media/wav.ts';
import { UserError } from '../../../lib/utils/errors.ts';
import { firstColour } from './colour.ts';
import { repositoryFile } from './files.ts';
import type { Opened } from './media_worker.ts';
import { hasReference, referenceBlob } from './reference.ts';

/** A picture with a bright square that moves to the right. */
function picture(index: number, width: number, height: number): Frame {
  const data = new Uint8Array(width * height * 3).fill(40);
  for (let y = 16; y < 48; y++)
    for (let x = 0; x < 32; x++) data.set([220, 60, 60], (y * width + x + 16 + 8 * index) * 3);
  return { data, width, height };
}

async function count(reader: VideoReader): Promise<number> {
  let frames = 0;
  for await (const frame of reader.frames()) {
    expect([frame.index, frame.width, frame.height]).toEqual([frames, reader.width, reader.height]);
    frames++;
  }
  return frames;
}

/** The files' colours as the command line's FFmpeg decodes them: it rounds down, which makes a difference of about 1. */
function expectColour(colour: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of colour.entries()) expect(Math.abs(value - expected[i]), `${colour}`).toBeLessThan(2);
}

describe("media by the browser's codecs", () => {
  // At the small size Chromium's encoder would choose a level that its decoder does not know.
  it.each([
    [320, 240],
    [160, 64],
  ])('a video of %ix%i with sound is written and read back', async (width, height) => {
    const [frameRate, frames] = [25, 12];
    const tone = Float32Array.from({ length: 8000 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 440 * i) / 16000));
    const audio = new Blob([encodeWav({ samples: tone, sampleRate: 16000 }) as BlobPart]);
    const writer = await browserMedia.createVideo('out.mp4', { width, height, frameRate, audio });
    for (let i = 0; i < frames; i++) await writer.write(picture(i, width, height));
    const file = (await writer.finish()) as Blob;
    const reader = await browserMedia.openVideo(file);
    expect([reader.width, reader.height, reader.frameRate, reader.still]).toEqual([width, height, frameRate, false]);
    let read = 0;
    for await (const { data } of reader.frames()) {
      const expected = picture(read, width, height).data;
      const difference = data.reduce((sum, value, i) => sum + Math.abs(value - expected[i]), 0) / data.length;
      expect(difference, `frame ${read}`).toBeLessThan(4);
      read++;
    }
    await reader.close();
    expect(read).toBe(frames);
    const sound = await browserMedia.readSound(file, 16000);
    const power = sound.samples.reduce((sum, value) => sum + value * value, 0) / sound.samples.length;
    expect(sound.samples.length / 16000).toBeCloseTo(frames / frameRate, 1);
    expect(power).toBeGreaterThan(0.08);
    expect(power).toBeLessThan(0.17);
  });

  it('a still image is a video of one frame', async () => {
    const canvas = new OffscreenCanvas(20, 10);
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.fillStyle = 'rgb(10, 200, 30)';
    context.fillRect(0, 0, 10, 10);
    const reader = await browserMedia.openVideo(await canvas.convertToBlob({ type: 'image/png' }));
    expect([reader.still, reader.width, reader.height]).toEqual([true, 20, 10]);
    for await (const { data } of reader.frames()) {
      expect([...data.slice(0, 3)]).toEqual([10, 200, 30]);
      expect([...data.slice(45, 48)], 'transparent parts are white').toEqual([255, 255, 255]);
    }
  });

  it('a file that is no video is refused in a sentence', async () => {
    await expect(browserMedia.openVideo(new Blob(['not a video']))).rejects.toThrow(UserError);
    await expect(browserMedia.openVideo(new Blob([]))).rejects.toThrow(UserError);
  });

  it('the bundled clip and voice open', async () => {
    const reader = await browserMedia.openVideo(await repositoryFile('demo/assets/face.mp4'));
    expect(await count(reader)).toBe(reader.frameCount);
    const sound = await browserMedia.readSound(await repositoryFile('demo/assets/voice.wav'), 16000);
    expect(sound.samples.length).toBeGreaterThan(16000);
  });

  it.skipIf(!hasReference)('a real clip opens', async () => {
    const file = await referenceBlob('media/video/videoretalking_face3.mp4');
    const reader = await browserMedia.openVideo(file);
    expect(await count(reader)).toBe(reader.frameCount);
    // It does not say what its colours mean.
    expectColour(await firstColour(reader), [113.79, 84.81, 96.55]);
    expect((await browserMedia.readSound(file, 16000)).samples.length).toBeGreaterThan(16000);
  });
});

/** Opens a file in a worker that has FFmpeg at `ffmpeg`. */
async function openInWorker(file: Blob, ffmpeg: FfmpegFiles = { core, wasm }): Promise<Opened> {
  const worker = new Worker(new URL('./media_worker.ts', import.meta.url), { type: 'module' });
  try {
    const answer = await new Promise<MessageEvent>((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage({ file, ffmpeg });
    });
    if (answer.data.error) throw new UserError(answer.data.error);
    return answer.data;
  } finally {
    worker.terminate();
  }
}

describe.skipIf(!hasReference)('media that the browser cannot decode', () => {
  it('is converted by FFmpeg: MPEG', async () => {
    const file = new File([await referenceBlob('media/grid/bbaf2n.mpg')], 'bbaf2n.mpg');
    const { samples, power, colour, messages, ...video } = await openInWorker(file);
    expect(video).toEqual({ width: 360, height: 288, frameRate: 25, frames: 75 });
    expectColour(colour, [79.96, 159.58, 168.46]);
    expect(samples).toBe(47648);
    expect(Math.sqrt(power)).toBeCloseTo(0.08138, 4);
    expect(messages, 'converted once').toEqual([expect.stringMatching(/^bbaf2n\.mpg is of a kind/)]);
  });

  it('is converted by FFmpeg: AVI', async () => {
    const { samples, colour, ...video } = await openInWorker(await referenceBlob('media/video/syncnet_example.avi'));
    expect(video).toMatchObject({ width: 224, height: 224, frameRate: 25, frames: 317 });
    expectColour(colour, [76.52, 65.59, 81.0]);
    expect(samples).toBe(202880);
  });

  it('is refused in a sentence without FFmpeg, or where FFmpeg cannot read it either', async () => {
    const file = await referenceBlob('media/grid/bbaf2n.mpg');
    await expect(browserMedia.openVideo(file)).rejects.toThrow(/cannot be decoded by this browser; convert it/);
    await expect(browserMedia.readSound(file, 16000)).rejects.toThrow(UserError);
    const nowhere = new URL('/nowhere/core.js', location.href);
    await expect(openInWorker(file, { core: nowhere.href })).rejects.toThrow(`FFmpeg cannot be loaded from ${nowhere}`);
    const damaged = new Blob(['RIFF\x10\0\0\0AVI LIST', new Uint8Array(5000)]);
    await expect(openInWorker(damaged)).rejects.toThrow(/cannot be read by FFmpeg either \(.+\)/);
  });

  it('is not even tried by FFmpeg when it is no media', async () => {
    const text = new Blob(['just a text']);
    await expect(openInWorker(text, { core: '/nowhere.js' })).rejects.toThrow('cannot be decoded by this browser');
  });
});
