import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type AnimatedTrack, createTalkingFace, type LiveStats, type TalkingFace } from '../../../lib/index.ts';
import { changedPart, framesOf, pairsOf, type Received, sendOverWebRtc } from './frames.ts';

let face: TalkingFace;
let video: MediaStreamTrack;
let audio: MediaStreamTrack;
const running: AnimatedTrack[] = [];

beforeAll(async () => {
  face = await createTalkingFace({ backend: 'wasm', threads: 2 });
  await face.fromPretrained('small');
  const devices = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
  [video] = devices.getVideoTracks();
  [audio] = devices.getAudioTracks();
});
afterEach(() => Promise.all(running.splice(0).map((live) => live.stop())));
afterAll(() => {
  video.stop();
  audio.stop();
  return face.dispose();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs a live animation; `until` waits for a report that satisfies it. */
async function animate(input: Parameters<TalkingFace['animateTrack']>[0]) {
  const reports: LiveStats[] = [];
  const errors: Error[] = [];
  const live = await face.animateTrack(input, {
    onStats: (report) => reports.push(report),
    onError: (error) => errors.push(error),
  });
  running.push(live);
  const until = async (satisfied: (report: LiveStats) => boolean): Promise<LiveStats> => {
    for (const end = performance.now() + 60_000; performance.now() < end; await pause(50)) {
      const report = reports.at(-1);
      if (report && satisfied(report)) return report;
    }
    throw new Error(`The last report is ${JSON.stringify(reports.at(-1))}.`);
  };
  return { live, until, reports, errors };
}

/** A track of a canvas that shows noise. */
function noise(): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d')!;
  const draw = () => {
    const { data } = new ImageData(canvas.width, canvas.height);
    for (let i = 0; i < data.length; i++) data[i] = i % 4 === 3 ? 255 : 255 * Math.random();
    context.putImageData(new ImageData(data, canvas.width), 0, 0);
  };
  const [track] = canvas.captureStream(20).getVideoTracks();
  const timer = setInterval(() => (track.readyState === 'live' ? draw() : clearInterval(timer)), 50);
  return track;
}

it('a webcam and a microphone become a talking face and its voice', async () => {
  const before = await face.memory();
  const { live, until, reports, errors } = await animate({ video, audio });
  await until((report) => report.voice && report.face);

  const slow: number[] = [];
  const observer = new PerformanceObserver((list) => slow.push(...list.getEntries().map(({ duration }) => duration)));
  observer.observe({ type: 'longtask' });
  await pause(3000);
  observer.disconnect();
  const report = await until(({ frameRate }) => frameRate > 1);
  console.info(`Live on ${face.backend.description}: ${JSON.stringify(report)}`);
  expect(slow, 'ms of tasks on the main thread').toEqual([]);
  expect(report.latency.median).toBeGreaterThan(0);
  expect(report.stages.network).toBeGreaterThan(0);
  // A mouth needs 0.2 s of the voice that comes after its moment.
  expect(report.voiceDelay).toBeGreaterThan(210);

  // A busy machine gets smaller pictures.
  const width = () => reports.at(-1)!.width;
  const pairs = await pairsOf(video, live.track, 5, width);
  expect(pairs.length).toBe(5);
  for (const { before, after } of pairs) {
    const changed = changedPart(before, after, 2);
    const scale = before.width / 384;
    // Where the drawn face has its mouth, wherever it moves.
    expect(changed, 'nothing was drawn').toBeDefined();
    expect(changed!.left).toBeGreaterThan(90 * scale);
    expect(changed!.right).toBeLessThan(310 * scale);
    expect(changed!.top).toBeGreaterThan(150 * scale);
    expect(changed!.bottom).toBeLessThan(330 * scale);
  }

  // The size of the picture may change at any time.
  const isEnough = (got: Received) => got.frames > 0 && got.sound > 0 && got.width === width();
  const received = await sendOverWebRtc([live.track, live.audioTrack!], isEnough);
  expect(received.frames).toBeGreaterThan(0);
  expect(received.sound).toBeGreaterThan(0);
  expect([received.width, received.height]).toEqual([width(), width()]);

  await live.stop();
  expect([live.track.readyState, live.audioTrack!.readyState]).toEqual(['ended', 'ended']);
  expect([video.readyState, audio.readyState]).toEqual(['live', 'live']);
  expect(await face.memory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes, jobs: 0 });
  expect(errors).toEqual([]);
});

it('frames without a face come out as they are, and the end of the camera ends the track', async () => {
  const blank = noise();
  const { live, until, reports } = await animate({ video: blank, audio });
  expect((await until((report) => report.voice)).face).toBe(false);
  for (const { before, after } of await pairsOf(blank, live.track, 2, () => reports.at(-1)!.width))
    expect(changedPart(before, after, 2)).toBe(undefined);
  blank.stop();
  for (const end = performance.now() + 20_000; live.track.readyState === 'live' && performance.now() < end; )
    await pause(20);
  expect(live.track.readyState).toBe('ended');
  expect((await face.memory()).jobs).toBe(0);
});

it('works through a video element and a canvas where the browser has no streams of frames', async () => {
  const names = ['MediaStreamTrackProcessor', 'MediaStreamTrackGenerator'] as const;
  const originals = names.map((name) => [name, Reflect.get(globalThis, name)] as const);
  for (const name of names) Reflect.set(globalThis, name, undefined);
  const { live, until } = await animate({ video, audio: '/demo/assets/voice.wav' }).finally(() => {
    for (const [name, value] of originals) Reflect.set(globalThis, name, value);
  });
  expect(live.track).toBeInstanceOf(CanvasCaptureMediaStreamTrack);
  // The first report may come before the second frame.
  await until((report) => report.voice && report.face && report.frameRate > 1);
  let frames = 0;
  for await (const frame of framesOf(live.track, 5)) {
    expect(frame.displayWidth).toBe(frame.displayHeight);
    expect([384, 288, 192]).toContain(frame.displayWidth);
    frame.close();
    frames++;
  }
  expect(frames).toBe(5);
});

it('what cannot be used is one sentence, and leaves nothing', async () => {
  const ended = video.clone();
  ended.stop();
  await expect(face.animateTrack({ video: ended })).rejects.toThrow('The video track has ended');
  await expect(face.animateTrack({ video: audio })).rejects.toThrow('The face needs a video track');
  const text = new File(['no sound'], 'notes.txt');
  await expect(face.animateTrack({ video, audio: text })).rejects.toThrow('notes.txt has no sound');
  expect((await face.memory()).jobs).toBe(0);
});
