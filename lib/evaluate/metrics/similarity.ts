/** Side of the Gaussian window in pixels. */
export const WINDOW = 11;
const SIGMA = 1.5;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

const unscaled = Array.from({ length: WINDOW }, (_, i) => Math.exp(-((i - (WINDOW >> 1)) ** 2) / (2 * SIGMA * SIGMA)));
const gaussian = unscaled.map((value) => value / unscaled.reduce((sum, each) => sum + each));

/** Averages over all places of the window. */
export interface Similarity {
  /** Structural similarity. */
  readonly ssim: number;
  /** Its factor of contrast and structure. */
  readonly contrast: number;
}

/**
 * Structural similarity (Wang et al., 2004) of two grey pictures, 0 to 255, with the paper's Gaussian window
 * wherever it lies wholly inside them. Both sides must be at least `WINDOW`.
 */
export function similarity(a: Float64Array, b: Float64Array, width: number, height: number): Similarity {
  const columns = width - WINDOW + 1;
  // The last rows, smoothed horizontally: means of a, b, a^2 + b^2 and ab behind one another.
  const rows = Array.from({ length: WINDOW }, () => new Float64Array(4 * columns));
  const window = new Float64Array(4 * columns);
  let [ssim, contrast] = [0, 0];
  for (let y = 0; y < height; y++) {
    smoothRow(a, b, y * width, columns, rows[y % WINDOW]);
    if (y < WINDOW - 1) continue;
    window.fill(0);
    for (let k = 0; k < WINDOW; k++) {
      const row = rows[(y + 1 + k) % WINDOW];
      const weight = gaussian[k];
      for (let i = 0; i < window.length; i++) window[i] += weight * row[i];
    }
    for (let x = 0; x < columns; x++) {
      const meanA = window[x];
      const meanB = window[columns + x];
      const squares = meanA * meanA + meanB * meanB;
      const variances = window[2 * columns + x] - squares;
      const covariance = window[3 * columns + x] - meanA * meanB;
      const structure = (2 * covariance + C2) / (variances + C2);
      contrast += structure;
      ssim += (structure * (2 * meanA * meanB + C1)) / (squares + C1);
    }
  }
  const places = columns * (height - WINDOW + 1);
  return { ssim: ssim / places, contrast: contrast / places };
}

function smoothRow(a: Float64Array, b: Float64Array, start: number, columns: number, row: Float64Array): void {
  for (let x = 0; x < columns; x++) {
    let [meanA, meanB, squares, product] = [0, 0, 0, 0];
    for (let k = 0; k < WINDOW; k++) {
      const valueA = a[start + x + k];
      const valueB = b[start + x + k];
      const weight = gaussian[k];
      meanA += weight * valueA;
      meanB += weight * valueB;
      squares += weight * (valueA * valueA + valueB * valueB);
      product += weight * valueA * valueB;
    }
    row[x] = meanA;
    row[columns + x] = meanB;
    row[2 * columns + x] = squares;
    row[3 * columns + x] = product;
  }
}
