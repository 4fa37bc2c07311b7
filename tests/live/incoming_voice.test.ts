import { expect, it } from 'vitest';
import type { LiveAnimator } from '../../lib/live/live_animator.ts';
import { IncomingVoice } from '../../lib/live/live_voice.ts';

/** Takes what is heard, and knows until when pictures could be drawn: 0.2 s before the end of the sound. */
class Ear implements Pick<LiveAnimator, 'hear' | 'heardUntil'> {
  samples = 0;

  get heardUntil(): number {
    return this.samples / 16000 - 0.2;
  }

  hear(samples: Float32Array): void {
    this.samples += samples.length;
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it('knows which moment of the voice leaves with a picture, and holds the voice back for it', async () => {
  const sound = new MessageChannel();
  const delay = new MessageChannel();
  const delays: number[] = [];
  delay.port1.onmessage = ({ data }: MessageEvent<number>) => void delays.push(data);
  const ear = new Ear();
  const connection = { samples: sound.port2, sampleRate: 48000, delay: delay.port2 };
  const voice = new IncomingVoice(connection, ear as unknown as LiveAnimator);
  const start = performance.now();
  const send = async (until: number) => {
    for (let ms = 0; ms < until; ms += 10) {
      sound.port1.postMessage(new Float32Array(480));
      await pause(Math.max(0, start + ms + 10 - performance.now()));
    }
  };
  await send(400);
  // Before much is known: 0.3 s.
  expect(delays).toEqual([300]);
  // All but what the resampler holds back.
  expect(ear.samples).toBeGreaterThan(6400 - 200);
  const now = performance.now();
  const moment = voice.momentAt(now);
  // The sample that comes now is the newest; the one that leaves came 300 ms before. Timers are late, never early.
  expect(Math.abs(moment - ((now - start) / 1000 - 0.3))).toBeLessThan(0.03);
  expect(voice.momentAt(now + 40) - moment).toBeCloseTo(0.04, 6);

  // Pictures that are given out 100 ms after they were drawn need a voice that is 100 ms later than the 0.2 s ahead.
  for (let i = 0; i < 10; i++) {
    const givenAt = now + 40 * i;
    const shown = (givenAt - start) / 1000 - 0.2 - 0.2;
    voice.shown(shown, shown, givenAt);
  }
  expect(voice.delay).toBeGreaterThan(380);
  expect(voice.delay).toBeLessThan(440);
  const givenAt = now + 400;
  const exact = voice.momentAt(givenAt);
  expect(voice.shown(exact, exact + 1, givenAt)).toBeCloseTo(0, 6);
  // One that could not be drawn yet is late by so much.
  expect(voice.shown(exact, exact - 0.05, givenAt)).toBeCloseTo(50, 6);
  await pause(10);
  expect(delays.at(-1)).toBe(voice.delay);
  voice.close();
  sound.port1.close();
  delay.port1.close();
});
