import { describe, expect, it } from 'vitest';
import { LiveMeter } from '../../lib/live/live_meter.ts';
import { NewestFrames } from '../../lib/live/newest_frames.ts';
import { StreamClock } from '../../lib/live/stream_clock.ts';
import { VoiceDelay } from '../../lib/live/voice_delay.ts';
import { Random } from '../../lib/utils/random.ts';

describe("a stream's clock", () => {
  it('is known from the messages that were not held up', () => {
    const random = new Random(1);
    const clock = new StreamClock();
    for (let t = 0; t < 10_000; t += 20) clock.observe(t, 5000 + t + (t % 400 === 0 ? 3 : 100 * random.next() + 3));
    expect(clock.toLocal(1000)).toBeCloseTo(6003, 6);
    expect(clock.fromLocal(clock.toLocal(1234))).toBeCloseTo(1234, 6);
  });

  it('may drift', () => {
    const clock = new StreamClock();
    // The other clock loses 1 ms each second.
    for (let now = 0; now < 60_000; now += 20) clock.observe(now * 0.999, now);
    expect(Math.abs(clock.toLocal(60_000 * 0.999) - 60_000)).toBeLessThan(5);
  });
});

describe("the voice's delay", () => {
  /** Runs for so many seconds at 25 pictures a second; gives how often it changed. */
  function run(delay: VoiceDelay, needAt: (s: number) => number, seconds: number): number {
    let changes = 0;
    for (let now = 0; now < seconds * 1000; now += 40) {
      const before = delay.ms;
      delay.observe(needAt(now / 1000), now);
      if (delay.ms !== before) changes++;
    }
    return changes;
  }

  it('becomes long enough soon and then stays', () => {
    const random = new Random(1);
    const delay = new VoiceDelay();
    expect(run(delay, () => 400 + 40 * random.next(), 2)).toBeLessThanOrEqual(6);
    expect(delay.ms).toBeGreaterThan(430);
    expect(delay.ms).toBeLessThan(460);
    expect(run(delay, () => 400 + 40 * random.next(), 60)).toBeLessThanOrEqual(2);
  });

  it('is not made longer by a single late picture', () => {
    const delay = new VoiceDelay();
    run(delay, (s) => (s === 1 ? 900 : 250), 3);
    expect(delay.ms).toBe(300);
  });

  it('becomes shorter when less has been enough for a while', () => {
    const delay = new VoiceDelay();
    run(delay, () => 600, 2);
    expect(delay.ms).toBe(610);
    run(delay, () => 250, 3);
    expect(delay.ms).toBe(610);
    run(delay, () => 250, 8);
    expect(delay.ms).toBe(260);
  });
});

it('a meter tells rate, latency, offset and stages of the last frames', () => {
  const meter = new LiveMeter();
  for (let i = 0; i < 100; i++) {
    const givenAt = 40 * i;
    const latency = i % 10 === 0 ? 90 : 50;
    meter.add({
      capturedAt: givenAt - latency,
      givenAt,
      offset: i % 2 ? 4 : -2,
      stages: { network: 30, paste: i % 2 },
    });
  }
  const { frameRate, latency, offset, stages } = meter.measures(40 * 99);
  expect(frameRate).toBeCloseTo(25, 6);
  expect(latency).toEqual({ median: 50, p95: 90 });
  expect(offset).toBeCloseTo(1, 0);
  expect(stages.network).toBeCloseTo(30, 6);
  expect(stages.paste).toBeCloseTo(0.5, 1);
  expect(meter.measures(100_000).frameRate).toBe(0);
});

describe('the newest frames', () => {
  /** A source of frames at 25 per second which, as that of a camera, keeps the newest for whoever asks. */
  function source() {
    const open = new Set<number>();
    let [kept, asked, most] = [-1, false, 0];
    let controller!: ReadableStreamDefaultController<{ timestamp: number; close(): void }>;
    const give = () => {
      if (!asked || kept < 0) return;
      const n = kept;
      [kept, asked] = [-1, false];
      open.add(n);
      most = Math.max(most, open.size);
      controller.enqueue({ timestamp: n * 40_000, close: () => open.delete(n) });
    };
    const stream = new ReadableStream<{ timestamp: number; close(): void }>(
      {
        start: (c) => {
          controller = c;
        },
        pull: () => {
          asked = true;
          give();
        },
      },
      { highWaterMark: 0 },
    );
    const send = async (...numbers: number[]) => {
      for (const n of numbers) {
        kept = n;
        give();
        await new Promise((resolve) => setTimeout(resolve));
      }
    };
    const frames = new NewestFrames(stream, 40);
    const take = async (count: number, stride: number) => {
      const shown: number[] = [];
      const number = await frames.take(count, stride, ({ timestamp }) => shown.push(timestamp / 40_000));
      expect(shown.length).toBe(number);
      return shown;
    };
    return { frames, send, take, end: () => controller.close(), held: () => [...open], most: () => most };
  }

  it('are taken and the others counted', async () => {
    const { frames, send, take, held } = source();
    await send(0);
    expect(await take(1, 1)).toEqual([0]);
    await send(1, 2, 3, 4);
    expect(await take(1, 1)).toEqual([4]);
    expect(held()).toEqual([]);
    expect(frames.dropped).toBe(3);
    expect(frames.interval).toBe(40);
  });

  it('come in order when more are wanted, are waited for, and are held one at a time', async () => {
    const { send, take, most } = source();
    const taken = take(2, 1);
    await send(0, 1);
    expect(await taken).toEqual([0, 1]);
    expect(most()).toBe(1);
  });

  it('are evenly spaced when fewer are wanted', async () => {
    const { frames, send, take, held } = source();
    const kept: number[] = [];
    for (let n = 0; n < 12; n++) {
      const taken = take(1, 3);
      await send(...(n === 0 ? [0] : [3 * n - 2, 3 * n - 1, 3 * n]));
      kept.push(...(await taken));
    }
    expect(kept).toEqual(Array.from({ length: 12 }, (_, n) => 3 * n));
    expect(held()).toEqual([]);
    expect(frames.dropped).toBe(22);
  });

  it('end with the source, or when it is closed', async () => {
    const { take, send, end } = source();
    const taken = take(2, 1);
    await send(0);
    end();
    expect(await taken).toEqual([0]);
    expect(await take(2, 1)).toEqual([]);
    const other = source();
    const waiting = other.take(1, 1);
    await other.frames.close();
    expect(await waiting).toEqual([]);
    expect(other.held()).toEqual([]);
  });

  it('pass on what broke the source', async () => {
    const broken = new ReadableStream<{ timestamp: number; close(): void }>({
      pull: () => Promise.reject(new Error('no camera')),
    });
    await expect(new NewestFrames(broken, 40).take(1, 1, () => {})).rejects.toThrow('no camera');
  });
});
