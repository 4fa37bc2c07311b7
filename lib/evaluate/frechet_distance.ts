import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { FeatureStatistics } from './feature_statistics.ts';

/** What is left of a variance below this part of the largest counts as nothing: rounding is of its size. */
const NOTHING = 1e-13;

/**
 * The squared Frechet distance of two normal distributions, `|m - n|^2 + tr(S + T - 2 (S T)^(1/2))` (Dowson and Landau,
 * 1982), of as many features, with two rows or more each. Takes minutes for thousands of rows of thousands of features.
 */
export function frechetDistance(a: FeatureStatistics, b: FeatureStatistics): number {
  const length = a.mean.length;
  const [s, t] = [a.covariance(), b.covariance()];
  let distance = 0;
  for (let i = 0; i < length; i++) {
    distance += (a.mean[i] - b.mean[i]) ** 2 + s[i * length + i] + t[i * length + i];
  }
  const [root, other] = a.count <= b.count ? [s, t] : [t, s];
  return distance - 2 * traceOfRoot(root, other, length);
}

/**
 * `tr((S T)^(1/2))`: with `S = L L'` the eigenvalues of `S T` are those of `L' T L`, which is symmetric, and small where `S`
 * is of few rows.
 */
function traceOfRoot(s: Float64Array, t: Float64Array, length: number): number {
  const columns = pivotedCholesky(s, length);
  const rank = columns.length;
  if (rank === 0) return 0;
  const product = new Matrix(rank, rank);
  const image = new Float64Array(length);
  for (let k = 0; k < rank; k++) {
    for (let i = 0; i < length; i++) image[i] = dot(t.subarray(i * length, (i + 1) * length), columns[k]);
    for (let j = 0; j <= k; j++) {
      const value = dot(columns[j], image);
      product.set(j, k, value);
      product.set(k, j, value);
    }
  }
  const { realEigenvalues } = new EigenvalueDecomposition(product, { assumeSymmetric: true });
  return realEigenvalues.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
}

/** Columns of an `L` with `L L'` the positive semidefinite matrix, as many as its rank (Higham, 1990). */
function pivotedCholesky(matrix: Float64Array, length: number): Float64Array[] {
  const rest = Float64Array.from({ length }, (_, i) => matrix[i * length + i]);
  const least = NOTHING * length * rest.reduce((most, value) => Math.max(most, value), 0);
  const columns: Float64Array[] = [];
  for (;;) {
    let pivot = 0;
    for (let i = 1; i < length; i++) if (rest[i] > rest[pivot]) pivot = i;
    if (!(rest[pivot] > least)) return columns;
    const column = matrix.slice(pivot * length, (pivot + 1) * length);
    for (const earlier of columns) {
      const factor = earlier[pivot];
      for (let i = 0; i < length; i++) column[i] -= factor * earlier[i];
    }
    const root = Math.sqrt(rest[pivot]);
    for (let i = 0; i < length; i++) {
      column[i] /= root;
      rest[i] -= column[i] ** 2;
    }
    rest[pivot] = 0;
    columns.push(column);
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
