import { describe, expect, it } from 'vitest';
import { melSpectrogram } from '../../lib/audio/mel_spectrogram.ts';
import { Resampler, resample } from '../../lib/audio/resample.ts';
import { StreamingMel } from '../../lib/audio/streaming_mel.ts';
import { Random } from '../../lib/utils/random.ts';

/** Noise that swells and fades, so that columns differ. */
function noise(length: number): Float32Array {
  const random = new Random(3);
  return Float32Array.from({ length }, (_, n) => (random.next() - 0.5) * (1 + Math.sin(n / 900)));
}

/** Column `t` of a row-major spectrogram. */
function column({ data, frames, bands }: ReturnType<typeof melSpectrogram>, t: number): number[] {
  return Array.from({ length: bands }, (_, band) => data[band * frames + t]);
}

describe('a mel spectrogram computed while the sound comes in', () => {
  const sound = noise(9000);
  const whole = melSpectrogram(sound);

  it.each([1, 170, 200, 341, 4000, 9000])('in pieces of %i samples has the columns of the whole', (size) => {
    const mel = new StreamingMel(64);
    for (let at = 0; at < sound.length; at += size) mel.push(sound.subarray(at, at + size));
    // Columns whose last sample, 400 after the middle, has come.
    expect(mel.count).toBe(1 + Math.floor((9000 - 400) / 200));
    const part = mel.slice(0, mel.count);
    for (let t = 0; t < mel.count; t++) expect(column(part, t)).toEqual(column(whole, t));
  });

  it('has a column as soon as its sound is there', () => {
    const mel = new StreamingMel(16);
    mel.push(sound.subarray(0, 399));
    expect(mel.count).toBe(0);
    mel.push(sound.subarray(399, 400));
    expect(mel.count).toBe(1);
  });

  it('keeps the last columns however many come', () => {
    const mel = new StreamingMel(16);
    for (let at = 0; at < sound.length; at += 500) {
      mel.push(sound.subarray(at, at + 500));
      if (mel.count < 16) continue;
      const window = mel.slice(mel.count - 16, mel.count);
      expect(window.frames).toBe(16);
      for (let i = 0; i < 16; i++) expect(column(window, i)).toEqual(column(whole, mel.count - 16 + i));
    }
    expect(() => mel.slice(mel.count - 17, mel.count)).toThrow(RangeError);
    expect(() => mel.slice(mel.count - 1, mel.count + 1)).toThrow(RangeError);
  });

  it('is that of the whole after resampling piece by piece too', () => {
    const recorded = noise(24000);
    const expected = melSpectrogram(resample(recorded, 48000, 16000));
    const resampler = new Resampler(48000, 16000);
    const mel = new StreamingMel(64);
    for (let at = 0; at < recorded.length; at += 512) mel.push(resampler.push(recorded.subarray(at, at + 512)));
    const part = mel.slice(0, mel.count);
    for (let t = 0; t < mel.count; t++) expect(column(part, t)).toEqual(column(expected, t));
  });
});
