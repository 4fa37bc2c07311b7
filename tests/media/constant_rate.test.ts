import { describe, expect, it } from 'vitest';
import { atConstantRate, type TimedFrame } from '../../lib/media/constant_rate.ts';

/** One-pixel pictures at these times in s, of grey levels 1, 2, ... */
async function* at(...times: number[]): AsyncGenerator<TimedFrame> {
  for (const [i, timestamp] of times.entries()) {
    yield { frame: { data: new Uint8Array(3).fill(i + 1), width: 1, height: 1 }, timestamp };
  }
}

describe('pictures placed at a constant rate', () => {
  it('repeat where there is none, as copies that can be painted on', async () => {
    const levels: number[] = [];
    for await (const { data, index, timestamp } of atConstantRate(at(5, 5.1, 5.4, 5.5), 10)) {
      expect([index, timestamp]).toEqual([levels.length, levels.length / 10]);
      levels.push(data[0]);
      data.fill(99);
    }
    expect(levels).toEqual([1, 2, 2, 2, 3, 4]);
  });

  it('leave out those that share a place', async () => {
    const levels: number[] = [];
    for await (const { data } of atConstantRate(at(0, 0.02, 0.1, 0.21), 10)) levels.push(data[0]);
    expect(levels).toEqual([1, 3, 4]);
  });
});
