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

/** Number of frames of a sound: frame `t` is centred on sample `t * hopSize`. */
export function stftFrameCount(samples: number, settings: StftSettings): number {
  return 1 + Math.floor(samples / settings.hopSize);
}

/** Computes one frame of a short-time Fourier transform at a time; keep the object for many. */
export class Stft {
  readonly #settings: StftSettings;
  readonly #fft: Fft;
  readonly #window: Float64Array;
  readonly #magnitudes: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  constructor(settings: StftSettings) {
    const { fftSize, windowSize } = settings;
    this.#settings = settings;
    this.#fft = new Fft(fftSize);
    this.#window = hannWindow(windowSize);
    this.#magnitudes = new Float64Array((fftSize >> 1) + 1);
    this.#re = new Float64Array(fftSize);
    this.#im = new Float64Array(fftSize);
  }

  /**
   * Magnitudes of the frame centred on sample `centre`: `fftSize / 2 + 1` values in an array that the next call
   * overwrites. Beyond both ends the sound counts as silence (librosa's default).
   */
  magnitudes(samples: Float32Array, centre: number): Float64Array {
    const { fftSize, windowSize, preemphasis = 0 } = this.#settings;
    const windowStart = (fftSize - windowSize) >> 1;
    const re = this.#re;
    const im = this.#im;
    re.fill(0);
    im.fill(0);
    const first = centre - (fftSize >> 1) + windowStart;
    const end = Math.min(windowSize, samples.length - first);
    for (let n = Math.max(0, -first); n < end; n++) {
      const previous = first + n > 0 ? samples[first + n - 1] : 0;
      re[windowStart + n] = this.#window[n] * (samples[first + n] - preemphasis * previous);
    }
    this.#fft.forward(re, im);
    const magnitudes = this.#magnitudes;
    for (let k = 0; k < magnitudes.length; k++) magnitudes[k] = Math.sqrt(re[k] * re[k] + im[k] * im[k]);
    return magnitudes;
  }
}
