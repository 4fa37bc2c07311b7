import type * as tf from '../backend/tf.ts';
import type { StoredClip } from '../data/dataset/stored_clip.ts';
import type { Frame } from '../media/frame.ts';
import type { Module } from '../nn/index.ts';

/** Items of a data set that are processed together: arrays by the data set's names, the first axis counts items. */
export type TensorBatch = Readonly<Record<string, tf.Tensor>>;

/** What training lowers, and its parts by name for the logs. All are scalars. */
export type Losses = { readonly loss: tf.Scalar } & Readonly<Record<string, tf.Scalar>>;

/** Means of losses and their parts over a validation set. */
export type LossValues = Readonly<Record<string, number>>;

/** A network in training and what it is to lower. */
export interface Objective<Batch = TensorBatch> {
  /** Under which its weights are saved; the first of a model is `model`. */
  readonly name: string;
  readonly network: Module;
  /** Where its optimizer has other settings than the run's. */
  readonly optimizer?: { readonly learning_rate: number; readonly adam_betas: readonly number[] };
  /** The loss of a batch, to be differentiated. */
  calculateLoss(batch: Batch): Losses;
}

/** A clip as a model draws it, beside what was there. All pictures are of one size. */
export interface GeneratedClip {
  readonly generated: AsyncIterable<Frame>;
  readonly real: AsyncIterable<Frame>;
  /** What the model saw as an example of the face: a picture that did not change would be this. */
  readonly copied: AsyncIterable<Frame>;
}

/**
 * A model as the trainer, the commands and the metrics see it: networks, and what is done with them. A new
 * model needs no new command.
 *
 * @typeParam Batch what it takes of its data set
 */
export abstract class AbstractTalkingFace<Batch = TensorBatch> {
  /** What is trained, in the order in which it is asked for its loss on each batch; the first is the model itself. */
  abstract readonly objectives: readonly Objective<Batch>[];

  /** The model's loss of a batch; while its network is in `eval()`, the one that validations are compared by. */
  abstract calculateLoss(batch: Batch): Losses;

  /** What the model makes of a batch; each model says what. */
  abstract predict(batch: Batch): tf.Tensor;

  /**
   * What a person sees of a batch: `[rows, columns, height, width, 3]`, RGB in [0, 1], a row an item. Models that
   * draw nothing have none.
   */
  pictures?(batch: Batch): tf.Tensor;

  /** Draws a preprocessed clip anew; what is read at once is bounded. Models that draw nothing have none. */
  generateClip?(clip: StoredClip, from: number, to: number, batchSize: number): GeneratedClip;

  /**
   * Told the results of all validations after training began, after each one and after a resume; returns what a
   * person should know.
   */
  validated?(validations: readonly LossValues[]): string | undefined;

  /** What losses on items that it was not trained on say to a person, where that needs words. */
  report?(losses: LossValues): string;

  /** Frees the memory of its networks. */
  abstract dispose(): void;
}
