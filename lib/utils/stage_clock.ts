/** Adds up the time that each named stage of some work takes, in ms. Stages that overlap are each counted in full. */
export class StageClock {
  readonly #times = new Map<string, number>();

  async time<T>(stage: string, work: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.#times.set(stage, (this.#times.get(stage) ?? 0) + performance.now() - start);
    }
  }

  /** Times the waiting for each item of a source. */
  async *each<T>(stage: string, source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const result = await this.time(stage, () => iterator.next());
        if (result.done) return;
        yield result.value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  /** ms by stage, in the order of their first use. */
  times(): Record<string, number> {
    return Object.fromEntries(this.#times);
  }
}
