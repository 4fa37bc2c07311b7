import { expect, it } from 'vitest';
import { Fft } from '../../lib/audio/fft.ts';

/** Fixed values in [-1, 1] without a pattern. */
function noise(length: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

it.each([1, 2, 3, 7, 12, 60, 97, 400, 512, 800])('a transform of length %i is the sum that defines it', (n) => {
  const [re, im] = [noise(n, 1), noise(n, 2)];
  const [outRe, outIm] = [re.slice(), im.slice()];
  new Fft(n).forward(outRe, outIm);
  for (let k = 0; k < n; k++) {
    let [sumRe, sumIm] = [0, 0];
    for (let t = 0; t < n; t++) {
      const angle = (-2 * Math.PI * ((k * t) % n)) / n;
      sumRe += re[t] * Math.cos(angle) - im[t] * Math.sin(angle);
      sumIm += re[t] * Math.sin(angle) + im[t] * Math.cos(angle);
    }
    expect(outRe[k]).toBeCloseTo(sumRe, 10);
    expect(outIm[k]).toBeCloseTo(sumIm, 10);
  }
});

it('refuses a length that is not a positive integer', () => {
  expect(() => new Fft(0)).toThrow('got 0');
  expect(() => new Fft(2.5)).toThrow('got 2.5');
});
