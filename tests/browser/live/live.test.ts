import { afterEach, expect, it } from 'vitest';
import { createTalkingFace, type TalkingFace } from '../../../lib/index.ts';
import type { LiveStats } from '../../../lib/worker/types.ts';

const open: TalkingFace[] = [];
afterEach(() => Promise.all(open.splice(0).map((face) => face.dispose())));

it('first', async () => {
  const t0 = performance.now();
  const face = await createTalkingFace({ backend: 'wasm', threads: 2 });
  open.push(face);
  await face.fromPretrained('/checkpoints/small/wav2lip.safetensors');
  console.log('loaded', performance.now() - t0, face.backend, await face.memory());
  const devices = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
  const [video] = devices.getVideoTracks();
  const [audio] = devices.getAudioTracks();
  console.log(JSON.stringify(video.getSettings()), JSON.stringify(audio.getSettings()));
  const long: number[] = [];
  new PerformanceObserver((list) => long.push(...list.getEntries().map((e) => e.duration))).observe({
    type: 'longtask',
  });
  const t1 = performance.now();
  const live = await face.animateTrack(
    { video, audio },
    { onStats: (s: LiveStats) => console.log(JSON.stringify(s)), onError: (e) => console.log('ERR', e.stack) },
  );
  console.log('started', performance.now() - t1);
  await new Promise((r) => setTimeout(r, 8000));
  console.log('long', long, await face.memory());
  await live.stop();
  console.log(await face.memory(), live.track.readyState, live.audioTrack?.readyState, video.readyState);
  expect(1).toBe(1);
});
