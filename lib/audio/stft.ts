import { Fft } from './fft.ts';

/** Settings of a short-time Fourier transform. */
export interface StftSettings {
  /** Transform length in samples. */
  readonly fftSize: number;
  /** Samples from one frame to the next. */
  readonly hopSize: number;
  /** Length of the Hann window in samples, centred in the transform. */
  readonly windowSize: number;
  /** First-order high-pass before the transform: `y[n] = x[n] - preemphasis * x[n - 1]`. 0 by default. */
  readonly preemphasis?: number;
}

/** Periodic Hann window: `0.5 - 0.5 cos(2 pi n / size)`. */
export function hannWindow(size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size));
}

/** Number of frames that `stftMagnitudes` gives. */
export function stftFrameCount(samples: number, settings: StftSettings): number {
  return 1 + Math.floor(samples / settings.hopSize);
}

/**
 * Magnitudes of the short-time Fourier transform, frame by frame: `fftSize / 2 + 1` values in an array that the
 * next frame overwrites, so that memory does not grow with the length of the sound. Frame `t` is centred on sample
 * `t * hopSize`; beyond both ends the sound counts as silence (librosa's default).
 */
export function* stftMagnitudes(samples: Float32Array, settings: StftSettings): Generator<Float64Array, void> {
  const { fftSize, hopSize, windowSize, preemphasis = 0 } = settings;
  const fft = new Fft(fftSize);
  const window = hannWindow(windowSize);
  const windowStart = (fftSize - windowSize) >> 1;
  const magnitudes = new Float64Array((fftSize >> 1) + 1);
  const re = new Float64Array(fftSize);
  const im = new Float64Array(fftSize);
  const frames = stftFrameCount(samples.length, settings);
  for (let t = 0; t < frames; t++) {
    re.fill(0);
    im.fill(0);
    const first = t * hopSize - (fftSize >> 1) + windowStart;
    const end = Math.min(windowSize, samples.length - first);
    for (let n = Math.max(0, -first); n < end; n++) {
      const previous = first + n > 0 ? samples[first + n - 1] : 0;
      re[windowStart + n] = window[n] * (samples[first + n] - preemphasis * previous);
    }
    fft.forward(re, im);
    for (let k = 0; k < magnitudes.length; k++) magnitudes[k] = Math.sqrt(re[k] * re[k] + im[k] * im[k]);
    yield magnitudes;
  }
}
