/**
 * Deterministic numbers from a name, so that test weights and inputs need not be stored: the same ones in
 * any language. Integer arithmetic modulo 2^32, then float64, at last rounded to float32.
 */

/** 32-bit FNV-1a hash of the text's UTF-8 bytes. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** `size` numbers: for each a value in [-1, 1) that depends on the name, the seed and its place, then mapped. */
export function fill(name: string, size: number, seed: number, map: (value: number) => number): Float32Array {
  const values = new Float32Array(size);
  let start = fnv1a(name) ^ seed;
  for (let i = 0; i < size; i++) {
    let x = start;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    x ^= x >>> 16;
    values[i] = map((x >>> 0) / 2 ** 31 - 1);
    start = (start + 0x9e3779b9) | 0;
  }
  return values;
}

/** How a state-dict entry is filled; see {@link fillWeight}. */
export interface WeightOptions {
  readonly seed: number;
  /** Scales matrices and kernels; 2 suits ReLU. */
  readonly gain?: number;
  /** A factor on the finished value. */
  readonly scale?: number;
}

/** Values of a state-dict entry, by its last name scaled so that activations stay near unit size. */
export function fillWeight(
  name: string,
  shape: readonly number[],
  { seed, gain = 2, scale = 1 }: WeightOptions,
): Float32Array {
  const size = shape.reduce((product, length) => product * length, 1);
  const leaf = name.slice(name.lastIndexOf('.') + 1);
  const from = (map: (u: number) => number): Float32Array =>
    fill(name, size, seed, scale === 1 ? map : (u) => map(u) * scale);
  if (leaf === 'num_batches_tracked') return new Float32Array(size);
  if (leaf === 'running_var') return from((u) => 1 + 0.5 * Math.abs(u));
  if (leaf === 'running_mean') return from((u) => 0.1 * u);
  if (shape.length <= 1) {
    return ['weight', 'weight_g', 'gamma'].includes(leaf) ? from((u) => 1 + 0.1 * u) : from((u) => 0.05 * u);
  }
  const spread = Math.sqrt((3 * gain) / (size / shape[0]));
  return from((u) => u * spread);
}

/** Values of an input, in [low, high). */
export function fillInput(name: string, size: number, seed: number, low = -1, high = 1): Float32Array {
  return fill(`input:${name}`, size, seed, (u) => low + ((u + 1) / 2) * (high - low));
}
