import { expect, it } from 'vitest';
import { browserMedia } from '../../../lib/media/browser/browser_media.ts';
import type { Frame, VideoFrame } from '../../../lib/media/frame.ts';
import { encodeWav } from '../../../lib/media/wav.ts';
import { UserError } from '../../../lib/utils/errors.ts';

const [WIDTH, HEIGHT, RATE] = [96, 64, 25];

/** A smooth picture, brighter from one index to the next. */
function picture(index: number): Frame {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let i = 0; i < WIDTH * HEIGHT; i++)
    data.set([40 + (i % WIDTH), 60 + Math.floor(i / WIDTH), 20 + 6 * index], 3 * i);
  return { data, width: WIDTH, height: HEIGHT };
}

function meanDifference(a: Frame, b: Frame): number {
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]), 0) / a.data.length;
}

async function readFrames(input: Blob): Promise<VideoFrame[]> {
  const reader = await browserMedia.openVideo(input);
  const frames: VideoFrame[] = [];
  for await (const frame of reader.frames()) frames.push(frame);
  await reader.close();
  return frames;
}

const voice = new Blob([
  encodeWav({
    samples: Float32Array.from({ length: 22050 }, (_, n) => 0.5 * Math.sin((2 * Math.PI * 440 * n) / 22050)),
    sampleRate: 22050,
  }) as BufferSource,
]);

it('a page writes a video with sound and reads it back', async () => {
  const options = { width: WIDTH, height: HEIGHT, frameRate: RATE, audio: voice };
  const writer = await browserMedia.createVideo('out.mp4', options);
  for (let index = 0; index < 20; index++) await writer.write(picture(index));
  const video = (await writer.finish()) as Blob;
  expect(video.type).toBe('video/mp4');

  const reader = await browserMedia.openVideo(video);
  expect([reader.width, reader.height, reader.frameRate, reader.frameCount]).toEqual([WIDTH, HEIGHT, RATE, 20]);
  await reader.close();
  const frames = await readFrames(video);
  expect(frames.map((frame) => frame.index)).toEqual(frames.map((_, index) => index));
  expect(frames.length).toBe(20);
  for (const frame of frames) expect(meanDifference(frame, picture(frame.index))).toBeLessThan(3);

  const { samples } = await browserMedia.readSound(video, 16000);
  expect(Math.abs(samples.length / 16000 - 20 / RATE)).toBeLessThan(0.1);
  expect((await browserMedia.readSound(voice, 16000)).samples.length).toBe(16000);
});

it('a page reads a still picture, transparent parts on white', async () => {
  const canvas = new OffscreenCanvas(20, 10);
  const context = canvas.getContext('2d')!;
  context.fillStyle = 'rgb(200, 100, 50)';
  context.fillRect(0, 0, 10, 10);
  const image = await canvas.convertToBlob({ type: 'image/png' });
  for (const input of [image, new Blob([image])]) {
    const reader = await browserMedia.openVideo(input);
    expect([reader.still, reader.width, reader.height, reader.frameRate]).toEqual([true, 20, 10, 0]);
    await reader.close();
    const [frame] = await readFrames(input);
    expect([...frame.data.subarray(0, 3)]).toEqual([200, 100, 50]);
    expect([...frame.data.subarray(45, 48)]).toEqual([255, 255, 255]);
  }
});

it('a page refuses what it cannot read in one sentence', async () => {
  const text = new Blob(['This is a text.']);
  for (const [action, message] of [
    [() => browserMedia.openVideo(text), 'cannot be decoded by this browser'],
    [() => browserMedia.openVideo(new Blob([])), 'is empty (0 bytes)'],
    [() => browserMedia.openVideo(voice), 'has sound but no video track'],
    [() => browserMedia.readSound(text, 16000), 'is not a video, picture or sound'],
    [() => browserMedia.createVideo('%05d.png', { width: 8, height: 8, frameRate: 25 }), 'a page cannot write'],
  ] as const) {
    const error = await action().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(message);
  }
});
