/**
 * Discrete Fourier transform of one fixed length: mixed radix (Cooley and Tukey, 1965), so any length works,
 * in `O(n * sum of prime factors of n)`. Tables are made once; keep the object for many transforms.
 */
export class Fft {
  /** Number of complex values. */
  readonly length: number;
  readonly #factors: readonly number[];
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  readonly #a: Float64Array;
  readonly #b: Float64Array;

  constructor(length: number) {
    if (!Number.isInteger(length) || length < 1) throw new RangeError(`An FFT needs a positive length, got ${length}.`);
    this.length = length;
    this.#factors = primeFactors(length);
    this.#cos = new Float64Array(length);
    this.#sin = new Float64Array(length);
    for (let k = 0; k < length; k++) {
      this.#cos[k] = Math.cos((-2 * Math.PI * k) / length);
      this.#sin[k] = Math.sin((-2 * Math.PI * k) / length);
    }
    this.#re = new Float64Array(length);
    this.#im = new Float64Array(length);
    const largest = Math.max(1, ...this.#factors);
    this.#a = new Float64Array(largest);
    this.#b = new Float64Array(largest);
  }

  /** `X[k] = sum over n of x[n] exp(-2 pi i k n / length)`, in place: `re` and `im` hold `length` values each. */
  forward(re: Float64Array, im: Float64Array): void {
    this.#re.set(re.subarray(0, this.length));
    this.#im.set(im.subarray(0, this.length));
    this.#transform(re, im, 0, 0, 1, this.length, 0);
  }

  /** Transforms the `n` inputs `from, from + step, ...` of the work arrays into `n` outputs of `re`, `im` at `to`. */
  #transform(
    re: Float64Array,
    im: Float64Array,
    to: number,
    from: number,
    step: number,
    n: number,
    depth: number,
  ): void {
    if (n === 1) {
      re[to] = this.#re[from];
      im[to] = this.#im[from];
      return;
    }
    const radix = this.#factors[depth];
    const part = n / radix;
    for (let r = 0; r < radix; r++) {
      this.#transform(re, im, to + r * part, from + r * step, step * radix, part, depth + 1);
    }
    this.#butterflies(re, im, to, step, radix, part);
  }

  /** Joins `radix` transforms of length `part` that lie one after the other at `to`. */
  #butterflies(re: Float64Array, im: Float64Array, to: number, step: number, radix: number, part: number): void {
    const { length } = this;
    const cos = this.#cos;
    const sin = this.#sin;
    const a = this.#a;
    const b = this.#b;
    for (let k = 0; k < part; k++) {
      for (let r = 0; r < radix; r++) {
        const at = to + r * part + k;
        const w = r * k * step;
        a[r] = re[at] * cos[w] - im[at] * sin[w];
        b[r] = re[at] * sin[w] + im[at] * cos[w];
      }
      for (let q = 0; q < radix; q++) {
        let sumRe = a[0];
        let sumIm = b[0];
        for (let r = 1; r < radix; r++) {
          const w = (r * q * part * step) % length;
          sumRe += a[r] * cos[w] - b[r] * sin[w];
          sumIm += a[r] * sin[w] + b[r] * cos[w];
        }
        re[to + q * part + k] = sumRe;
        im[to + q * part + k] = sumIm;
      }
    }
  }
}

function primeFactors(n: number): number[] {
  const factors: number[] = [];
  for (let p = 2; p * p <= n; p++) {
    for (; n % p === 0; n /= p) factors.push(p);
  }
  if (n > 1) factors.push(n);
  return factors;
}
