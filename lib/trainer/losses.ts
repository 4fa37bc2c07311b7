import * as tf from '../backend/tf.ts';
import { type Batch, batches, type Dataset } from '../data/dataset/dataset.ts';
import type { AbstractTalkingFace, LossValues, TensorBatch } from '../model/abstract_talkingface.ts';

/** By the name of a loss: the sum of its values, and how many they are. */
export type LossSums = Readonly<Record<string, { readonly total: number; readonly count: number }>>;

/** Averages losses as they come. */
export class LossMeans {
  #sums: LossSums;

  /** @param sums to go on with */
  constructor(sums: LossSums = {}) {
    this.#sums = sums;
  }

  /** What has been taken in; a new object each time. */
  get sums(): LossSums {
    return this.#sums;
  }

  /** Takes in means over `count` items. */
  add(losses: LossValues, count = 1): void {
    const sums = { ...this.#sums };
    for (const [name, value] of Object.entries(losses)) {
      const sum = sums[name] ?? { total: 0, count: 0 };
      sums[name] = { total: sum.total + value * count, count: sum.count + count };
    }
    this.#sums = sums;
  }

  /** The means so far; then it begins anew. */
  take(): LossValues {
    const means = Object.entries(this.#sums).map(([name, { total, count }]) => [name, total / count] as const);
    this.#sums = {};
    return Object.fromEntries(means);
  }
}

/** A batch as tensors, which are the caller's to dispose of. */
export function toTensors({ arrays }: Batch): TensorBatch {
  const tensors = Object.entries(arrays).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])] as const);
  return Object.fromEntries(tensors);
}

/** The values of scalars, which it disposes of. */
export async function readScalars(scalars: Readonly<Record<string, tf.Scalar>>, prefix = ''): Promise<LossValues> {
  const read = Object.entries(scalars).map(
    async ([name, scalar]) => [prefix + name, (await scalar.data())[0]] as const,
  );
  const values = Object.fromEntries(await Promise.all(read));
  tf.dispose(scalars as tf.TensorContainer);
  return values;
}

/**
 * Means of a model's losses over a part of the data, with its network in `eval()`.
 *
 * @param onFirst gets the first batch, meanwhile
 */
export async function meanLosses(
  model: AbstractTalkingFace,
  dataset: Dataset,
  batchSize: number,
  onFirst?: (batch: TensorBatch) => Promise<void>,
): Promise<LossValues> {
  const { network } = model.objectives[0];
  const means = new LossMeans();
  network.eval();
  let isFirst = true;
  for await (const batch of batches(dataset, { batchSize })) {
    const tensors = toTensors(batch);
    if (isFirst) await onFirst?.(tensors);
    isFirst = false;
    means.add(await readScalars(tf.tidy(() => ({ ...model.calculateLoss(tensors) }))), batch.size);
    tf.dispose(tensors as tf.TensorContainer);
  }
  network.train();
  return means.take();
}
