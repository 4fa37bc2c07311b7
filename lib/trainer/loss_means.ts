import type { LossValues } from '../model/abstract_talkingface.ts';

/** Averages losses as they come. */
export class LossMeans {
  /** Items taken in. */
  count = 0;
  #sums = new Map<string, { total: number; count: number }>();

  /** Takes in means over `count` items. */
  add(losses: LossValues, count = 1): void {
    this.count += count;
    for (const [name, value] of Object.entries(losses)) {
      const sum = this.#sums.get(name) ?? { total: 0, count: 0 };
      this.#sums.set(name, { total: sum.total + value * count, count: sum.count + count });
    }
  }

  /** The means so far; then it begins anew. */
  take(): LossValues {
    const means = Array.from(this.#sums, ([name, { total, count }]) => [name, total / count] as const);
    this.count = 0;
    this.#sums = new Map();
    return Object.fromEntries(means);
  }
}
