import { expect, it } from 'vitest';
import { FeatureStatistics } from '../../lib/evaluate/feature_statistics.ts';
import { frechetDistance } from '../../lib/evaluate/frechet_distance.ts';
import { fillInput } from '../../lib/evaluate/parity/hashfill.ts';
import recorded from './frechet_recorded.json' with { type: 'json' };

/** Rows in which neighbours depend on each other. */
function statistics(name: string, rows: number, features: number, shift: number): FeatureStatistics {
  const values = fillInput(name, rows * features, 3);
  const taken = new FeatureStatistics(features);
  for (let i = 0; i < rows; i++) {
    const row = values.subarray(i * features, (i + 1) * features);
    taken.add(Array.from(row, (value, j) => value + (j > 0 ? 0.5 * row[j - 1] : 0) + shift));
  }
  return taken;
}

it.each(recorded)(
  'the Frechet distance of $rows rows is that of pytorch-fid, which takes SciPy’s matrix root',
  (given) => {
    const { rows, features, shift, distance, by_singular_values } = given;
    const [a, b] = [statistics('a', rows[0], features, 0), statistics('b', rows[1], features, shift)];
    // Where a covariance has not full rank, the root of SciPy is rough, and the singular values of the rows tell.
    const isFull = Math.min(...rows) > features;
    expect(Math.abs(frechetDistance(a, b) - by_singular_values)).toBeLessThan(1e-6);
    expect(Math.abs(frechetDistance(a, b) - distance)).toBeLessThan(isFull ? 1e-6 : 1e-3);
    expect(frechetDistance(b, a)).toBeCloseTo(frechetDistance(a, b), 6);
    expect(Math.abs(frechetDistance(a, a))).toBeLessThan(1e-6);
  },
);
