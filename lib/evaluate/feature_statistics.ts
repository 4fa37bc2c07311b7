/** Mean and covariance of rows of numbers, taken in one by one; the rows are not kept. */
export class FeatureStatistics {
  count = 0;
  readonly mean: Float64Array;
  /** Sums of products of deviations from the mean: the rows of its lower triangle behind one another. */
  readonly #products: Float64Array;

  constructor(length: number) {
    this.mean = new Float64Array(length);
    this.#products = new Float64Array((length * (length + 1)) / 2);
  }

  /** Takes in a row (Welford, 1962, for covariances). */
  add(row: ArrayLike<number>): void {
    this.count++;
    const length = this.mean.length;
    const before = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      before[i] = row[i] - this.mean[i];
      this.mean[i] += before[i] / this.count;
    }
    for (let i = 0, at = 0; i < length; i++) {
      const after = row[i] - this.mean[i];
      for (let j = 0; j <= i; j++) this.#products[at++] += after * before[j];
    }
  }

  /** Of two rows or more: the unbiased covariance, one full row after the other. */
  covariance(): Float64Array {
    const length = this.mean.length;
    const full = new Float64Array(length * length);
    for (let i = 0, at = 0; i < length; i++) {
      for (let j = 0; j <= i; j++, at++) {
        full[i * length + j] = this.#products[at] / (this.count - 1);
        full[j * length + i] = full[i * length + j];
      }
    }
    return full;
  }
}
