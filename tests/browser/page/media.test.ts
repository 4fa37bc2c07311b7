import { describe, expect, it } from 'vitest';
import { browserMedia } from '../../../lib/media/browser/browser_media.ts';
import type { Frame } from '../../../lib/media/frame.ts';
import type { VideoReader } from '../../../lib/media/media_platform.ts';
import { encodeWav } from '../../../lib/media/wav.ts';
import { UserError } from '../../../lib/utils/errors.ts';
import { repositoryFile } from './files.ts';
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

describe("media by the browser's codecs", () => {
  it('a video with sound is written and read back', async () => {
    const [width, height, frameRate, frames] = [320, 240, 25, 12];
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
    expect((await browserMedia.readSound(file, 16000)).samples.length).toBeGreaterThan(16000);
  });
});
