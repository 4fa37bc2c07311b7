import { ahead } from '../../utils/ahead.ts';
import { Random } from '../../utils/random.ts';
import { seedOf } from '../../utils/seed.ts';

/** What the clips of a data set are for. */
export const parts = ['train', 'val', 'test'] as const;
export type Part = (typeof parts)[number];

/** One item: arrays by their names; the data set says their shapes. */
export type Item = Readonly<Record<string, Float32Array>>;

/**
 * Items to train, validate or test a model with. Those of `val` and `test` are the same whenever they are read;
 * those of `train` are drawn anew each epoch, decided by the run's seed, the epoch and the item's number alone, so
 * that an interrupted run goes on with the items that it would have had.
 */
export interface Dataset {
  readonly part: Part;
  /** Items of one epoch. */
  readonly length: number;
  /** Shape of each array of an item, without the batch. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Reads item `index` of an epoch; only what it needs comes into memory. */
  item(index: number, epoch: number): Promise<Item>;
}

/** Items one after the other in one array each. */
export interface Batch {
  /** Items in it. */
  readonly size: number;
  /** `data` has `shape`, `[size, ...the item's shape]`. */
  readonly arrays: Readonly<Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>>;
}

export interface BatchOptions {
  readonly batchSize: number;
  /** Counted from 0; decides the order and what is drawn. 0 by default. */
  readonly epoch?: number;
  /** Take the items in an order drawn from this seed; without it in their own order. */
  readonly shuffleSeed?: number;
  /** Batches to leave out at the start: those that an interrupted run has had. 0 by default. */
  readonly skip?: number;
  /** Leave out a last batch that is not full, unless it is the only one. */
  readonly dropLast?: boolean;
}

/** Batches of one epoch. */
export function batchCount({ length }: Dataset, { batchSize, dropLast }: BatchOptions): number {
  return dropLast ? Math.max(Math.min(length, 1), Math.floor(length / batchSize)) : Math.ceil(length / batchSize);
}

/** The batches of one epoch, read a little ahead of whoever takes them. */
export function batches(dataset: Dataset, options: BatchOptions): AsyncGenerator<Batch, void, undefined> {
  return ahead(readBatches(dataset, options), 2);
}

async function* readBatches(dataset: Dataset, options: BatchOptions): AsyncGenerator<Batch, void, undefined> {
  const { batchSize, epoch = 0, skip = 0 } = options;
  const order = itemOrder(dataset.length, epoch, options.shuffleSeed);
  for (let i = skip; i < batchCount(dataset, options); i++) {
    const indices = order.slice(i * batchSize, (i + 1) * batchSize);
    const items = await Promise.all(Array.from(indices, (index) => dataset.item(index, epoch)));
    yield stack(items, dataset.shapes);
  }
}

function itemOrder(length: number, epoch: number, seed: number | undefined): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  if (seed === undefined) return order;
  const random = new Random(seedOf(seed, 'order', epoch));
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function stack(items: readonly Item[], shapes: Dataset['shapes']): Batch {
  const arrays = Object.entries(shapes).map(([name, shape]) => {
    const length = shape.reduce((product, side) => product * side, 1);
    const data = new Float32Array(items.length * length);
    items.forEach((item, i) => {
      data.set(item[name], i * length);
    });
    return [name, { data, shape: [items.length, ...shape] }] as const;
  });
  return { size: items.length, arrays: Object.fromEntries(arrays) };
}
