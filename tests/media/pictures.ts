import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Frame, VideoFrame } from '../../lib/media/frame.ts';
import type { VideoWriterOptions } from '../../lib/media/media_platform.ts';
import { encodeWav } from '../../lib/media/wav.ts';
import { nodeMedia } from '../../node-harness/platform/media.ts';

/** A folder that is removed after the tests of a file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'talkingface-media-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A smooth picture, different for each index, that shows turns, mirroring and swapped colours. */
export function picture(width: number, height: number, index = 0): Frame {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 3 * (y * width + x);
      data[at] = 40 + (160 * x) / width;
      data[at + 1] = 40 + (120 * y) / height;
      data[at + 2] = 60 + ((index * 8) % 120);
    }
  }
  return { data, width, height };
}

/** Writes `count` pictures as a video. */
export async function writeVideo(path: string, count: number, options: VideoWriterOptions): Promise<string> {
  const writer = await nodeMedia.createVideo(path, options);
  for (let index = 0; index < count; index++) await writer.write(picture(options.width, options.height, index));
  return (await writer.finish()) as string;
}

export async function readFrames(path: string | Blob): Promise<VideoFrame[]> {
  const reader = await nodeMedia.openVideo(path);
  try {
    return await collect(reader.frames());
  } finally {
    await reader.close();
  }
}

export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

/** Mean difference of two pictures' values, 0 to 255. */
export function meanDifference(a: Frame, b: Frame): number {
  if (a.width !== b.width || a.height !== b.height) throw new Error('Pictures of different sizes.');
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]), 0) / a.data.length;
}

/** A WAV file of a tone that changes, so that a shift in time shows. */
export function chirp(seconds: number, sampleRate: number): Uint8Array {
  const samples = Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, n) => {
    const t = n / sampleRate;
    return 0.5 * Math.sin(2 * Math.PI * (200 + 300 * t) * t);
  });
  return encodeWav({ samples, sampleRate });
}

/** By how many samples `b` lags behind `a`, at most `limit`. */
export function lag(a: Float32Array, b: Float32Array, limit: number): number {
  let [best, bestSum] = [0, -Infinity];
  for (let shift = -limit; shift <= limit; shift++) {
    let sum = 0;
    for (let n = limit; n < Math.min(a.length, b.length) - limit; n++) sum += a[n] * b[n + shift];
    if (sum > bestSum) [best, bestSum] = [shift, sum];
  }
  return best;
}

/** Names of what is left in a folder. */
export async function listing(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}
