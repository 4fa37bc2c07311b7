/** Shifts that are tried, in pictures to either side. */
const MOST_SHIFT = 15;
const SHIFTS = 2 * MOST_SHIFT + 1;
/** The reference leaves the last window of a clip out. */
const PICTURES_WITHOUT_WINDOW = 5;
/** PyTorch's `pairwise_distance` adds it to each difference. */
const EPSILON = 1e-6;

/** How well lips and sound fit. */
export interface SyncResult {
  /** Least mean distance over the shifts. */
  readonly distance: number;
  /** Median of the mean distances less the least. */
  readonly confidence: number;
  /** Shift of least distance, in pictures; positive when the sound comes first. */
  readonly offset: number;
}

/**
 * Mean distance between the embeddings of lips and of sound for each shift (Chung and Zisserman, 2016). Holds the
 * embeddings of 31 windows and one batch. Windows beyond the ends count as zeros.
 */
export class SyncCurve {
  readonly #soundPictures: number;
  /** Embeddings that are still needed, by the number of their window. */
  readonly #lips = new Map<number, Float32Array>();
  readonly #sounds = new Map<number, Float32Array>();
  readonly #sums = new Float64Array(SHIFTS);
  #added = 0;
  #done = 0;

  constructor(soundPictures: number) {
    this.#soundPictures = soundPictures;
  }

  /** The embeddings of the next windows; `pictures` have been seen up to now. */
  add(lips: readonly Float32Array[], sounds: readonly Float32Array[], pictures: number): void {
    for (const [i, row] of lips.entries()) {
      this.#lips.set(this.#added + i, row);
      this.#sounds.set(this.#added + i, sounds[i]);
    }
    this.#added += lips.length;
    const certain = this.#windows(pictures);
    while (this.#done + MOST_SHIFT < certain) this.#next(certain);
  }

  /** Undefined when there is no window. */
  finish(pictures: number): SyncResult | undefined {
    const windows = this.#windows(pictures);
    if (windows <= 0) return undefined;
    while (this.#done < windows) this.#next(windows);
    const means = Array.from(this.#sums, (sum) => sum / windows);
    const distance = Math.min(...means);
    const median = [...means].sort((a, b) => a - b)[MOST_SHIFT];
    return { distance, confidence: median - distance, offset: MOST_SHIFT - means.indexOf(distance) };
  }

  #windows(pictures: number): number {
    return Math.min(pictures, this.#soundPictures) - PICTURES_WITHOUT_WINDOW;
  }

  #next(windows: number): void {
    const window = this.#done++;
    const lips = this.#lips.get(window)!;
    for (let shift = 0; shift < SHIFTS; shift++) {
      const other = window + shift - MOST_SHIFT;
      this.#sums[shift] += distanceTo(lips, other < windows ? this.#sounds.get(other) : undefined);
    }
    this.#lips.delete(window);
    this.#sounds.delete(window - MOST_SHIFT);
  }
}

function distanceTo(a: Float32Array, b?: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - (b ? b[i] : 0) + EPSILON) ** 2;
  return Math.sqrt(sum);
}
