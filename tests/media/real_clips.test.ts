import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeMedia } from '../../node-harness/platform/media.ts';
import { sharedDir } from '../shared.ts';

/** File, size, frames per second, frames, and the mean R, G and B of frame 10 (of a still picture: the only one), as FFmpeg's own program gives them. */
const CLIPS = [
  ['video/WDA_KatieHill_000.mp4', 512, 512, 25, 200, [130.05, 113.85, 97.66]],
  ['video/dhlive_000001.mp4', 720, 974, 30, 126, [147.72, 140.8, 139.06]],
  ['video/hyperlips_video2.mp4', 1280, 720, 25, 240, [116.27, 92.09, 74.5]],
  ['video/musetalk_yongen.mp4', 704, 1216, 25, 268, [103.42, 98.93, 98.18]],
  ['video/syncnet_example.avi', 224, 224, 25, 317, [76.35, 64.99, 80.61]],
  ['video/videoretalking_face1.mp4', 700, 700, 1350 / 61, 135, [127.35, 122.13, 121.31]],
  ['video/videoretalking_face3.mp4', 590, 590, 25, 125, [114.42, 85.85, 97.28]],
  ['grid/bbaf2n.mpg', 360, 288, 25, 75, [79.6, 159.52, 167.71]],
  ['grid/brbk7n.mpg', 360, 288, 25, 75, [84.9, 156.26, 154.27]],
  ['grid/id2_vcd_swwp2s.mpg', 360, 288, 25, 75, [75.61, 150.11, 161.04]],
  ['grid/lbax4n.mpg', 360, 288, 25, 75, [121.28, 138.45, 105.24]],
  ['grid/lbbc2a.mpg', 360, 288, 25, 75, [81.72, 151.19, 162.68]],
  ['grid/lrwp9a.mpg', 360, 288, 25, 75, [115.74, 137.55, 98.62]],
  ['portraits/anitalker_aiface2.png', 256, 256, 0, 1, [130.66, 110.24, 103.01]],
  ['portraits/sadtalker_art_0.png', 640, 896, 0, 1, [78.57, 70.88, 77.26]],
  ['portraits/sadtalker_full4.jpeg', 450, 675, 0, 1, [131.27, 94.45, 63.66]],
  ['portraits/sadtalker_people_0.png', 474, 474, 0, 1, [143.43, 135.61, 129.95]],
] as const;

it.skipIf(!sharedDir).each(CLIPS)('%s is read as FFmpeg reads it', async (name, width, height, rate, count, mean) => {
  const reader = await nodeMedia.openVideo(join(sharedDir!, 'media', name));
  expect([reader.width, reader.height, reader.still]).toEqual([width, height, rate === 0]);
  expect(reader.frameRate).toBeCloseTo(rate, 3);
  expect(Math.abs(reader.frameCount - count)).toBeLessThanOrEqual(2);
  let frames = 0;
  for await (const { data, index } of reader.frames()) {
    expect(index).toBe(frames++);
    if (index !== 10 && rate !== 0) continue;
    const sum = [0, 0, 0];
    for (let i = 0; i < data.length; i++) sum[i % 3] += data[i];
    // Without SIMD the conversion rounds in another way, by up to about 1.
    for (const c of [0, 1, 2]) expect(Math.abs(sum[c] / (width * height) - mean[c])).toBeLessThan(1.5);
  }
  expect(frames).toBe(count);
  await reader.close();
});

it.skipIf(!sharedDir).each([
  ['audio/musetalk_eng.wav', 60],
  ['audio/sadtalker_RD_Radio31_000.wav', 8],
  ['audio/sadtalker_chinese_poem1.wav', 5.472],
  ['audio/videoretalking_1.wav', 5.0155],
  ['video/hyperlips_video2.mp4', 9.59],
  ['video/syncnet_example.avi', 12.68],
  ['grid/bbaf2n.mpg', 2.978],
])('the sound of %s lasts %f s', async (name, seconds) => {
  const { samples } = await nodeMedia.readSound(join(sharedDir!, 'media', name), 16000);
  expect(samples.length / 16000).toBeCloseTo(seconds, 2);
  expect(samples.some((value) => Math.abs(value) > 0.05)).toBe(true);
});
