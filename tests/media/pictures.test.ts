import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as av from 'node-av';
import { expect, it } from 'vitest';
import type { Frame } from '../../lib/media/frame.ts';
import { imageSequenceName } from '../../lib/media/image_sequence.ts';
import { orient } from '../../lib/media/orient.ts';
import { nodeMedia } from '../../node-harness/platform/media.ts';
import { listing, meanDifference, picture, readFrames, temporaryFolder, writeVideo } from './pictures.ts';

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);

/** Encodes raw pixels as a still picture with FFmpeg. */
async function writePicture(
  path: string,
  codec: av.AVCodecID,
  format: av.AVPixelFormat,
  frame: Frame,
): Promise<string> {
  const encoder = av.Codec.findEncoder(codec)!;
  const context = new av.CodecContext();
  context.allocContext3(encoder);
  Object.assign(context, { width: frame.width, height: frame.height, pixelFormat: format });
  context.timeBase = new av.Rational(1, 25);
  context.colorRange = av.AVCOL_RANGE_JPEG;
  if (codec === av.AV_CODEC_ID_MJPEG) Object.assign(context, { qMin: 1, qMax: 1 });
  else context.setOption('lossless', '1');
  av.FFmpegError.throwIfError(await context.open2(encoder), 'open');
  const { width, height } = frame;
  const timeBase = { num: 1, den: 25 };
  await context.sendFrame(av.Frame.fromVideoBuffer(Buffer.from(frame.data), { width, height, format, timeBase }));
  await context.sendFrame(null);
  const packet = new av.Packet();
  packet.alloc();
  av.FFmpegError.throwIfError(await context.receivePacket(packet), 'encode');
  await writeFile(path, packet.data!);
  return path;
}

it('a PNG sequence is lossless, numbered from 0, and appears when it is finished', async () => {
  const target = join(await temporaryFolder(), 'frames');
  const writer = await nodeMedia.createVideo(join(target, '%05d.png'), { width: 33, height: 21, frameRate: 25 });
  const frames = Array.from({ length: 7 }, (_, index) => picture(33, 21, index));
  for (const frame of frames) await writer.write(frame);
  expect((await listing(target)).every((name) => name.includes('.partial-'))).toBe(true);
  await writer.finish();
  expect(await listing(target)).toEqual(frames.map((_, index) => `0000${index}.png`));
  for (const [index, frame] of frames.entries()) {
    const [read] = await readFrames(join(target, `0000${index}.png`));
    expect(Buffer.compare(read.data, frame.data)).toBe(0);
  }
});

it('an aborted PNG sequence leaves nothing behind', async () => {
  const target = join(await temporaryFolder(), 'frames');
  const writer = await nodeMedia.createVideo(join(target, '%d.png'), { width: 32, height: 32, frameRate: 25 });
  await writer.write(picture(32, 32));
  await writer.abort();
  expect(await listing(target)).toEqual([]);
});

it('names the pictures of a sequence', () => {
  expect(imageSequenceName('frames/%05d.png')(12)).toBe('frames/00012.png');
  expect(imageSequenceName('a%d_b.png')(3)).toBe('a3_b.png');
  for (const pattern of ['%s.png', '%5d.png', 'a%d%d.png', '%05d.jpg', '%d/x.png', '100%.png']) {
    expect(() => imageSequenceName(pattern)).toThrow('is not a pattern for numbered PNG pictures');
  }
});

it('a still picture is one frame', async () => {
  const frame = picture(40, 30);
  const path = await writePicture(at('still.png'), av.AV_CODEC_ID_PNG, av.AV_PIX_FMT_RGB24, frame);
  const reader = await nodeMedia.openVideo(path);
  expect([reader.still, reader.width, reader.height, reader.frameRate, reader.frameCount]).toEqual([
    true,
    40,
    30,
    0,
    1,
  ]);
  await reader.close();
  expect(await readFrames(path)).toEqual([{ ...frame, index: 0, timestamp: 0 }]);
});

it('WebP, grayscale, 16-bit and transparent pictures become RGB', async () => {
  const rgb = picture(16, 8);
  const webp = await writePicture(at('p.webp'), av.AV_CODEC_ID_WEBP, av.AV_PIX_FMT_BGRA, {
    ...rgb,
    data: Uint8Array.from({ length: 16 * 8 * 4 }, (_, i) => (i % 4 === 3 ? 255 : rgb.data[3 * (i >> 2) + 2 - (i % 4)])),
  });
  expect(meanDifference((await readFrames(webp))[0], rgb)).toBe(0);

  const gray = { width: 16, height: 8, data: Uint8Array.from({ length: 128 }, (_, i) => 2 * i) };
  const grayFile = await writePicture(at('gray.png'), av.AV_CODEC_ID_PNG, av.AV_PIX_FMT_GRAY8, gray);
  expect([...(await readFrames(grayFile))[0].data]).toEqual([...gray.data].flatMap((value) => [value, value, value]));

  const deep = { ...rgb, data: Uint8Array.from({ length: rgb.data.length * 2 }, (_, i) => rgb.data[i >> 1]) };
  const deepFile = await writePicture(at('deep.png'), av.AV_CODEC_ID_PNG, av.AV_PIX_FMT_RGB48BE, deep);
  expect(meanDifference((await readFrames(deepFile))[0], rgb)).toBeLessThan(1);

  const alpha = [0, 128, 255, 51];
  const clear = {
    ...rgb,
    data: Uint8Array.from({ length: 16 * 8 * 4 }, (_, i) =>
      i % 4 === 3 ? alpha[(i >> 2) % 4] : rgb.data[3 * (i >> 2) + (i % 4)],
    ),
  };
  const clearFile = await writePicture(at('clear.png'), av.AV_CODEC_ID_PNG, av.AV_PIX_FMT_RGBA, clear);
  const onWhite = rgb.data.map((value, i) => Math.round(255 + (alpha[Math.floor(i / 3) % 4] / 255) * (value - 255)));
  expect([...(await readFrames(clearFile))[0].data]).toEqual([...onWhite]);
});

const ORIENTATIONS = [
  [1, 0, false],
  [2, 0, true],
  [3, 180, false],
  [4, 180, true],
  [5, 90, true],
  [6, 90, false],
  [7, 270, true],
  [8, 270, false],
] as const;

it.each(ORIENTATIONS)('a JPEG with EXIF orientation %i stands upright', async (value, rotation, flip) => {
  const yuv = { width: 24, height: 16, data: new Uint8Array(24 * 16 * 3).fill(128) };
  picture(24, 16).data.forEach((sample, i) => {
    if (i % 3 === 0) yuv.data[i / 3] = sample;
    if (i % 3 === 1) yuv.data[24 * 16 + (i - 1) / 3] = sample;
  });
  const plain = await writePicture(at('plain.jpg'), av.AV_CODEC_ID_MJPEG, av.AV_PIX_FMT_YUVJ444P, yuv);
  const jpeg = await readFile(plain);
  const entry = [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0];
  const exif = Buffer.from([...Buffer.from('Exif\0\0MM\0*\0\0\0\x08', 'latin1'), ...entry]);
  const marker = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
  const turned = at(`exif${value}.jpg`);
  await writeFile(turned, Buffer.concat([jpeg.subarray(0, 2), marker, exif, jpeg.subarray(2)]));
  const expected = orient((await readFrames(plain))[0], { rotation, flip });
  const reader = await nodeMedia.openVideo(turned);
  expect([reader.width, reader.height]).toEqual([expected.width, expected.height]);
  await reader.close();
  expect(meanDifference((await readFrames(turned))[0], expected)).toBe(0);
});

it('turns and mirrors pixels', () => {
  const pixels = (values: string) => Uint8Array.from([...values].flatMap((c) => [c.charCodeAt(0), 0, 0]));
  const letters = ({ data, width, height }: Frame) =>
    `${width}x${height} ${[...data]
      .filter((_, i) => i % 3 === 0)
      .map((c) => String.fromCharCode(c))
      .join('')}`;
  const frame = { data: pixels('abcdef'), width: 3, height: 2 };
  const turned = ORIENTATIONS.map(([, rotation, flip]) => letters(orient(frame, { rotation, flip })));
  expect(turned).toEqual([
    '3x2 abcdef',
    '3x2 cbafed',
    '3x2 fedcba',
    '3x2 defabc',
    '2x3 adbecf',
    '2x3 daebfc',
    '2x3 fcebda',
    '2x3 cfbead',
  ]);
});

it('a video keeps the colours of its pictures', async () => {
  const path = await writeVideo(at('colours.mp4'), 2, { width: 64, height: 64, frameRate: 25 });
  const [frame] = await readFrames(path);
  const sum = [0, 0, 0];
  const source = picture(64, 64, 0).data;
  frame.data.forEach((value, i) => {
    sum[i % 3] += value - source[i];
  });
  // FFmpeg's fast conversion to RGB, which OpenCV uses too, rounds down: about 1 too dark.
  for (const total of sum) expect(Math.abs(total / (64 * 64) + 1)).toBeLessThan(1);
});
