import { expect, it } from 'vitest';
import { Resampler, resample } from '../../lib/audio/resample.ts';

function tone(hz: number, rate: number, seconds = 0.5): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, n) => Math.sin((2 * Math.PI * hz * n) / rate));
}

/** Level of a difference or a signal in dB against a full tone, away from the ends. */
function level(samples: Float32Array): number {
  const middle = samples.subarray(Math.floor(samples.length / 4), Math.floor((samples.length * 3) / 4));
  const power = middle.reduce((sum, value) => sum + value * value, 0) / middle.length;
  return 10 * Math.log10(2 * power + 1e-30);
}

const RATES = [
  [44100, 16000],
  [48000, 16000],
  [22050, 16000],
  [8000, 16000],
  [11127, 16000],
  [16000, 44100],
];

it.each(RATES)('from %i to %i Hz keeps the pass band to -100 dB', (from, to) => {
  for (const part of [0.01, 0.2, 0.5, 0.8, 0.9]) {
    const hz = (part * Math.min(from, to)) / 2;
    const expected = tone(hz, to);
    const result = resample(tone(hz, from), from, to);
    expect(level(result.map((value, n) => value - expected[n]))).toBeLessThan(-100);
  }
});

it.each(RATES.filter(([from, to]) => from > to))(
  'from %i to %i Hz removes what would alias, to -100 dB',
  (from, to) => {
    for (const part of [1, 1.05, 1.2, 1.37]) {
      const hz = (part * to) / 2;
      if (hz < from / 2) expect(level(resample(tone(hz, from), from, to))).toBeLessThan(-100);
    }
  },
);

it.each([...RATES, [16000, 16000]])('from %i to %i Hz in pieces gives the same samples', (from, to) => {
  const samples = tone(440, from, 0.25);
  const whole = resample(samples, from, to);
  expect(whole.length).toBe(Math.ceil((samples.length * to) / from));
  const resampler = new Resampler(from, to);
  const pieces: number[] = [];
  for (let at = 0, size = 1; at < samples.length; at += size, size = (size * 7 + 3) % 1000) {
    pieces.push(...resampler.push(samples.subarray(at, at + size)));
  }
  pieces.push(...resampler.finish());
  expect(pieces).toEqual([...whole]);
});

it('gives nothing for nothing', () => {
  expect(resample(new Float32Array(0), 44100, 16000).length).toBe(0);
  expect(() => new Resampler(0, 16000)).toThrow('got 0');
});
