/**
 * Runs an asynchronous source up to `count` items ahead of whoever reads it, so that the two overlap and
 * no more than `count` items wait. Ends the source when the reader stops early.
 */
export async function* ahead<T>(source: AsyncIterable<T>, count: number): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const pending: Promise<IteratorResult<T>>[] = [];
  try {
    for (;;) {
      while (pending.length < count) {
        const next = iterator.next();
        // A failure is thrown below when its turn comes; until then it is not an unhandled one.
        next.catch(() => {});
        pending.push(next);
      }
      const result = await (pending.shift() as Promise<IteratorResult<T>>);
      if (result.done) return;
      yield result.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Groups consecutive items into arrays of `size`; the last may be shorter. */
export async function* inBatches<T>(
  source: AsyncIterable<T> | Iterable<T>,
  size: number,
): AsyncGenerator<T[], void, undefined> {
  let batch: T[] = [];
  for await (const item of source) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
