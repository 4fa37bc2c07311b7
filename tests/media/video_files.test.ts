import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BufferTarget,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  FilePathSource,
  Input,
  MP4,
  Mp4OutputFormat,
  Output,
} from 'mediabunny';
import { expect, it } from 'vitest';
import { orient } from '../../lib/media/orient.ts';
import { nodeMedia } from '../../node-harness/platform/media.ts';
import { openFfmpegVideo } from '../../node-harness/platform/media_ffmpeg.ts';
import {
  chirp,
  collect,
  lag,
  listing,
  meanDifference,
  picture,
  readFrames,
  temporaryFolder,
  writeVideo,
} from './pictures.ts';

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);

it.each([
  [64, 48, 25, 30],
  [176, 144, 30000 / 1001, 45],
  [320, 240, 22.13, 20],
  [64, 64, 60, 1],
])('what was written as %ix%i at %f fps comes back', async (width, height, frameRate, count) => {
  const path = await writeVideo(at('video.mp4'), count, { width, height, frameRate, frameCount: count });
  const reader = await nodeMedia.openVideo(path);
  expect([reader.width, reader.height, reader.still, reader.frameCount]).toEqual([width, height, false, count]);
  expect(reader.frameRate).toBeCloseTo(frameRate, 2);
  expect(reader.duration).toBeCloseTo(count / frameRate, 2);
  for (let pass = 0; pass < 2; pass++) {
    const frames = await collect(reader.frames());
    expect(frames.map((frame) => frame.index)).toEqual(frames.map((_, index) => index));
    expect(frames.length).toBe(count);
    frames.forEach((frame, index) => {
      expect(frame.timestamp).toBeCloseTo(index / frameRate, 2);
      expect(meanDifference(frame, picture(width, height, index))).toBeLessThan(2);
    });
  }
  await reader.close();
});

it('both readers give the same frames, from a file and from memory', async () => {
  const path = await writeVideo(at('readers.mp4'), 12, { width: 96, height: 64, frameRate: 25 });
  const frames = await readFrames(path);
  const ffmpeg = await openFfmpegVideo(path);
  expect([ffmpeg.width, ffmpeg.height, ffmpeg.frameRate, ffmpeg.frameCount]).toEqual([96, 64, 25, 12]);
  expect(await collect(ffmpeg.frames())).toEqual(frames);
  expect(await readFrames(new Blob([await readFile(path)]))).toEqual(frames);
});

it('an odd size becomes even by repeating the last row and column', async () => {
  const [frame] = await readFrames(await writeVideo(at('odd.mp4'), 3, { width: 65, height: 47, frameRate: 25 }));
  expect([frame.width, frame.height]).toEqual([66, 48]);
  const cut = picture(65, 47, 0);
  const kept = new Uint8Array(cut.data.length);
  for (let y = 0; y < 47; y++) kept.set(frame.data.subarray(y * 66 * 3, (y * 66 + 65) * 3), y * 65 * 3);
  expect(meanDifference({ ...cut, data: kept }, cut)).toBeLessThan(2);
});

it.each([
  [0.7, 16000],
  [1, 44100],
  [3, 22050],
  [1, 11127],
])('sound of %f s at %i Hz lasts as long as the video and stays in place', async (seconds, sampleRate) => {
  const voice = at('voice.wav');
  await writeFile(voice, chirp(seconds, sampleRate));
  const path = await writeVideo(at('sound.mp4'), 30, {
    width: 64,
    height: 48,
    frameRate: 20,
    audio: voice,
    frameCount: 30,
  });
  const sound = await nodeMedia.readSound(path, 16000);
  expect(sound.samples.length).toBeGreaterThanOrEqual(24000 - 2);
  expect(sound.samples.length).toBeLessThanOrEqual(24000 + 2);
  const original = (await nodeMedia.readSound(voice, 16000)).samples;
  expect(original.length).toBe(Math.round(seconds * 16000));
  expect(Math.abs(lag(original, sound.samples, 1200))).toBeLessThanOrEqual(1);
  if (seconds < 1) {
    const rest = sound.samples.subarray(Math.round((seconds + 0.15) * 16000));
    expect(Math.max(...rest.map(Math.abs))).toBeLessThan(0.01);
  }
});

it('a sound can come from a video, and from memory', async () => {
  const voice = at('source.wav');
  await writeFile(voice, chirp(1, 16000));
  const video = await writeVideo(at('talking.mp4'), 25, { width: 64, height: 48, frameRate: 25, audio: voice });
  const copy = await writeVideo(at('copy.mp4'), 25, { width: 64, height: 48, frameRate: 25, audio: video });
  const original = (await nodeMedia.readSound(voice, 16000)).samples;
  expect(Math.abs(lag(original, (await nodeMedia.readSound(copy, 16000)).samples, 1200))).toBeLessThanOrEqual(1);
  const blob = new Blob([await readFile(voice)]);
  expect(await nodeMedia.readSound(blob, 16000)).toEqual(await nodeMedia.readSound(voice, 16000));
});

it('the index comes before the media when the number of frames is known', async () => {
  for (const [frameCount, first] of [
    [10, 'moov'],
    [undefined, 'mdat'],
  ] as const) {
    const path = await writeVideo(at('index.mp4'), 10, { width: 64, height: 48, frameRate: 25, frameCount });
    const text = (await readFile(path)).toString('latin1');
    const other = first === 'moov' ? 'mdat' : 'moov';
    expect(text.indexOf(first)).toBeGreaterThan(0);
    expect(text.indexOf(first)).toBeLessThan(text.indexOf(other));
  }
});

it.each([90, 180, 270] as const)('a rotation flag of %i degrees is applied', async (rotation) => {
  const upright = await writeVideo(at('upright.mp4'), 3, { width: 64, height: 48, frameRate: 25 });
  const turned = at('turned.mp4');
  await writeFile(turned, await withRotation(upright, rotation));
  const expected = (await readFrames(upright)).map((frame) => orient(frame, { rotation, flip: false }));
  const reader = await nodeMedia.openVideo(turned);
  expect([reader.width, reader.height]).toEqual([expected[0].width, expected[0].height]);
  await reader.close();
  const ffmpeg = await openFfmpegVideo(turned);
  for (const frames of [await readFrames(turned), await collect(ffmpeg.frames())]) {
    expect(frames.map((frame) => meanDifference(frame, expected[frame.index]))).toEqual([0, 0, 0]);
  }
});

it('a video of variable rate keeps its timing', async () => {
  const path = at('variable.mp4');
  const upright = await writeVideo(at('constant.mp4'), 12, { width: 64, height: 48, frameRate: 25 });
  const times = [0, 1, 2, 3, 4, 5, 12, 13, 14, 30, 31, 32].map((tick) => tick / 25);
  await writeFile(path, await withTimes(upright, times));
  const reader = await nodeMedia.openVideo(path);
  const frames = await collect(reader.frames());
  await reader.close();
  expect(reader.duration).toBeCloseTo(33 / 25, 2);
  expect(Math.abs(frames.length - (33 / 25) * reader.frameRate)).toBeLessThanOrEqual(1);
  const source = await readFrames(upright);
  const shown = frames.map((frame) => source.findIndex((candidate) => meanDifference(candidate, frame) === 0));
  shown.forEach((index, place) => {
    const late = place / reader.frameRate - times[index];
    expect(late).toBeGreaterThan(-0.6 / reader.frameRate);
  });
  expect(shown.at(-1)).toBe(11);
});

it('what an edit list hides is not shown', async () => {
  const whole = await writeVideo(at('whole.mp4'), 20, { width: 64, height: 48, frameRate: 25 });
  await writeFile(
    at('trimmed.mp4'),
    await withTimes(
      whole,
      Array.from({ length: 20 }, (_, tick) => (tick - 8) / 25),
    ),
  );
  const reader = await nodeMedia.openVideo(at('trimmed.mp4'));
  expect(reader.frameCount).toBe(12);
  expect(reader.duration).toBeCloseTo(12 / 25, 2);
  const frames = await collect(reader.frames());
  await reader.close();
  const expected = (await readFrames(whole)).slice(8);
  expect(frames.map((frame) => frame.data)).toEqual(expected.map((frame) => frame.data));
});

it('an aborted or failed video leaves nothing behind', async () => {
  const empty = join(await temporaryFolder(), 'out');
  const writer = await nodeMedia.createVideo(join(empty, 'a.mp4'), { width: 64, height: 48, frameRate: 25 });
  await writer.write(picture(64, 48));
  expect((await listing(empty)).join()).toMatch(/^a\.mp4\.partial-\w+$/);
  await writer.abort();
  await writer.abort();
  expect(await listing(empty)).toEqual([]);

  const wrong = await nodeMedia.createVideo(join(empty, 'b.mp4'), { width: 64, height: 48, frameRate: 25 });
  await expect(wrong.write(picture(48, 64))).rejects.toThrow('Frame 0 is 48x64, but the video being written is 64x48.');
  expect(await listing(empty)).toEqual([]);

  const none = await nodeMedia.createVideo(join(empty, 'c.mp4'), { width: 64, height: 48, frameRate: 25 });
  await expect(none.finish()).rejects.toThrow('There is no frame to write');
  expect(await listing(empty)).toEqual([]);
});

/** The packets of an MP4 in a new one, with a rotation flag. */
async function withRotation(path: string, rotation: 90 | 180 | 270): Promise<Uint8Array> {
  return remux(path, { rotation }, (timestamp) => timestamp);
}

/** The packets of an MP4 in a new one, its frames at other times. */
async function withTimes(path: string, times: readonly number[]): Promise<Uint8Array> {
  return remux(path, {}, (timestamp) => times[Math.round(timestamp * 25)]);
}

async function remux(path: string, metadata: object, time: (timestamp: number) => number): Promise<Uint8Array> {
  const input = new Input({ source: new FilePathSource(path), formats: [MP4] });
  const track = (await input.getPrimaryVideoTrack())!;
  const decoderConfig = (await track.getDecoderConfig())!;
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat(), target });
  const source = new EncodedVideoPacketSource('avc');
  output.addVideoTrack(source, metadata);
  await output.start();
  for await (const packet of new EncodedPacketSink(track).packets()) {
    await source.add(packet.clone({ timestamp: time(packet.timestamp) }), { decoderConfig });
  }
  await output.finalize();
  input.dispose();
  return new Uint8Array(target.buffer!);
}
