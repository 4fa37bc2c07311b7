/** Zero crossings of the sinc on each side: with the window below, pass band up to 0.9 of the lower Nyquist frequency. */
const ZERO_CROSSINGS = 64;
/** Middle of the transition, as a part of the lower Nyquist frequency; the stop band starts at 1. */
const CUTOFF = 0.95;
/** Kaiser window for about 100 dB of stop-band attenuation. */
const KAISER_BETA = 10;

/**
 * Band-limited resampling of mono sound, piece by piece: a polyphase filter bank of Kaiser-windowed sincs
 * (Smith, "Digital Audio Resampling", 1984-). Linear phase without delay: sample 0 stays at time 0.
 */
export class Resampler {
  readonly #up: number;
  readonly #down: number;
  readonly #half: number;
  readonly #phases = new Map<number, Float32Array>();
  readonly #scale: number;
  #history: Float32Array;
  /** Index in the whole input of `#history[0]`. */
  #historyStart: number;
  #received = 0;
  #produced = 0;

  /** Rates in Hz, whole numbers. */
  constructor(fromRate: number, toRate: number) {
    for (const rate of [fromRate, toRate]) {
      if (!Number.isInteger(rate) || rate < 1)
        throw new RangeError(`A sample rate is a positive integer, got ${rate}.`);
    }
    const divisor = greatestCommonDivisor(fromRate, toRate);
    this.#up = toRate / divisor;
    this.#down = fromRate / divisor;
    this.#scale = Math.min(1, toRate / fromRate) * CUTOFF;
    this.#half = Math.ceil(ZERO_CROSSINGS / Math.min(1, toRate / fromRate));
    this.#history = new Float32Array(this.#half);
    this.#historyStart = -this.#half;
  }

  /** Takes the next samples; returns the output that is complete by now. */
  push(samples: Float32Array): Float32Array {
    if (this.#up === this.#down) return samples;
    this.#received += samples.length;
    return this.#run(samples, this.#received - this.#half);
  }

  /** Returns the rest. All pieces together have `ceil(input samples * toRate / fromRate)` samples. */
  finish(): Float32Array {
    if (this.#up === this.#down) return new Float32Array(0);
    return this.#run(new Float32Array(this.#half + 1), this.#received);
  }

  /** Produces the output samples whose centre lies before input sample `until`. */
  #run(samples: Float32Array, until: number): Float32Array {
    const input = concat(this.#history, samples);
    const end = Math.max(this.#produced, Math.ceil((until * this.#up) / this.#down));
    const output = new Float32Array(end - this.#produced);
    for (let i = 0; i < output.length; i++) {
      const position = (this.#produced + i) * this.#down;
      const centre = Math.floor(position / this.#up);
      const filter = this.#filter(position - centre * this.#up);
      const first = centre - this.#half + 1 - this.#historyStart;
      let sum = 0;
      for (let k = 0; k < filter.length; k++) sum += filter[k] * input[first + k];
      output[i] = sum;
    }
    this.#produced = end;
    const keepFrom = Math.floor((end * this.#down) / this.#up) - this.#half + 1 - this.#historyStart;
    this.#history = input.slice(keepFrom);
    this.#historyStart += keepFrom;
    return output;
  }

  /** Weights for an output sample that lies `phase / up` after an input sample; made on first use. */
  #filter(phase: number): Float32Array {
    let filter = this.#phases.get(phase);
    if (!filter) {
      const reach = this.#half;
      filter = Float32Array.from({ length: 2 * reach }, (_, k) => {
        const distance = k - reach + 1 - phase / this.#up;
        return this.#scale * sinc(this.#scale * distance) * kaiser(distance / reach);
      });
      this.#phases.set(phase, filter);
    }
    return filter;
  }
}

/** Resamples mono sound in one go; `ceil(samples * toRate / fromRate)` samples. */
export function resample(samples: Float32Array, fromRate: number, toRate: number): Float32Array {
  const resampler = new Resampler(fromRate, toRate);
  return concat(resampler.push(samples), resampler.finish());
}

function concat(a: Float32Array, b: Float32Array): Float32Array {
  const all = new Float32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser window; `x` from -1 to 1. */
function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - x * x)) / besselI0(KAISER_BETA);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-16; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
