import { describe, expect, it } from 'vitest';
import { MFCC_COEFFICIENTS, MFCC_RATE, mfcc } from '../../lib/audio/mfcc.ts';
import { fill } from '../../lib/evaluate/parity/hashfill.ts';
import recorded from './mfcc_recorded.json' with { type: 'json' };

/** A rising tone with noise, as 16-bit steps; silent in the middle. */
function sound(length: number): Float32Array {
  const noise = fill('mfcc', length, 0, (u) => u);
  return Float32Array.from({ length }, (_, i) => {
    if (i >= 2500 && i < 3300) return 0;
    const tone = Math.sin((2 * Math.PI * (200 + i * 0.2) * i) / 16000) * Math.sin((2 * Math.PI * 3 * i) / 16000);
    return Math.round(8000 * tone + 500 * noise[i]) / 32768;
  });
}

describe('mfcc', () => {
  it('has the values of python_speech_features', () => {
    const { data, columns } = mfcc(sound(4321));
    expect([columns, MFCC_COEFFICIENTS]).toEqual(recorded.shape);
    const worst = Math.max(...recorded.data.map((value, i) => Math.abs(value - data[i])));
    expect(worst).toBeLessThan(1e-4);
  });

  it('has 100 columns a second and one at least', () => {
    expect(MFCC_RATE).toBe(100);
    expect(mfcc(new Float32Array(16000)).columns).toBe(99);
    expect(mfcc(new Float32Array(400)).columns).toBe(1);
    expect(mfcc(new Float32Array(401)).columns).toBe(2);
    expect(mfcc(new Float32Array(0)).columns).toBe(1);
  });
});
