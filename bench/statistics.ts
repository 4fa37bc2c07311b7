/** Minimum, median and maximum of some timings. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median, max: sorted[sorted.length - 1] };
}

/**
 * How many times as fast as its peer something ran, pair by pair: the two are timed in turn, so that what
 * else the machine does hits both alike.
 */
export function speedRatio(ours: readonly number[], peer: readonly number[]): Spread {
  return spread(ours.map((ms, i) => peer[i] / ms));
}
