import * as tf from '../../../backend/tf.ts';
import { AbstractTalkingFace, type LossValues, type Objective } from '../../abstract_talkingface.ts';
import { SyncNetColor, type SyncNetColorOptions } from './syncnet_color.ts';

/** Five frames of several clips and a sound each, which may be theirs. */
export type SyncNetBatch = {
  /** `[batch, 48, 96, 15]` in [0, 1]: lower halves, frame after frame in the channels. */
  readonly faces: tf.Tensor4D;
  /** `[batch, 80, 16, 1]` in [-4, 4]. */
  readonly mel: tf.Tensor4D;
  /** `[batch, 1]`: 1 where they belong together, else 0. */
  readonly label: tf.Tensor2D;
};

/** The losses of a batch. */
export type SyncNetLosses = { loss: tf.Scalar; accuracy: tf.Scalar; matching?: tf.Scalar };

/** What an expert's loss stays at that cannot tell: it says 1/2 to everything. */
const CHANCE = Math.log(2);
/** Validations in a row at chance after which a person hears of it. */
const PATIENCE = 3;

export interface SyncNetOptions extends SyncNetColorOptions {
  /** Weight of the multi-way matching loss beside the paper's; 0 by default. */
  readonly matchingWeight?: number;
}

/** Factor on cosines before their softmax. */
const MATCHING_SCALE = 15;

/**
 * Wav2Lip's expert in training (Prajwal et al. 2020, section 3.2): cross entropy of the cosine between the
 * embeddings of lips and sound, taken as the probability that they belong together. On few clips it stays long at
 * chance, as what it first learns is the level of all cosines; picking a window's sound out of all those of the batch
 * (Chung, Chung and Kang, "Perfect Match", 2019), where the level does not count, leads it away from there.
 */
export class SyncNet extends AbstractTalkingFace<SyncNetBatch> {
  readonly network: SyncNetColor;

  readonly #matchingWeight: number;

  constructor({ matchingWeight = 0, ...options }: SyncNetOptions = {}) {
    super();
    this.network = new SyncNetColor(options);
    this.#matchingWeight = matchingWeight;
  }

  override get objectives(): readonly Objective<SyncNetBatch>[] {
    return [{ name: 'model', network: this.network, calculateLoss: (batch) => this.calculateLoss(batch) }];
  }

  /**
   * `accuracy` is the part of the items that it tells right; half of them would be by chance. There is a `matching`
   * in training if it has a weight.
   */
  override calculateLoss(batch: SyncNetBatch): SyncNetLosses {
    const label = batch.label.reshape<tf.Tensor1D>([-1]);
    const { audio, face } = this.network.forward(batch.mel, batch.faces);
    const probability = cosine(audio, face);
    // Away from 0, where the logarithm and its gradient are infinite.
    const log = (x: tf.Tensor): tf.Tensor => x.maximum(1e-7).log();
    const ofOther = log(tf.sub(1, probability)).mul(tf.sub(1, label));
    const loss = log(probability).mul(label).add(ofOther).mean<tf.Scalar>().neg<tf.Scalar>();
    const accuracy = tf.mean<tf.Scalar>(tf.equal(tf.greater(probability, 0.5), tf.greater(label, 0.5)).toFloat());
    if (!this.network.training || this.#matchingWeight === 0) return { loss, accuracy };
    const matching = matchingLoss(audio, face, label);
    return { loss: loss.add<tf.Scalar>(matching.mul(this.#matchingWeight)), matching, accuracy };
  }

  /** The probabilities that lips and sound belong together, `[batch]`. */
  override predict({ mel, faces }: SyncNetBatch): tf.Tensor1D {
    return tf.tidy(() => {
      const { audio, face } = this.network.forward(mel, faces);
      return cosine(audio, face);
    });
  }

  override validated(validations: readonly LossValues[]): string | undefined {
    const last = validations.at(-1);
    if (!last) return undefined;
    const report = this.report(last);
    const isPlateau = validations.length >= PATIENCE && validations.slice(-PATIENCE).every(isAtChance);
    if (!isPlateau) return report;
    return `${report} Its loss stays at ln 2 (${CHANCE.toFixed(3)}), so it has learned nothing yet: this is usual at first with few or silent clips; train longer, with more clips or another learning_rate.`;
  }

  override report({ accuracy }: LossValues): string {
    return `The expert tells lips in sync from others in ${(100 * accuracy).toFixed(1)} % of the cases; guessing gives 50 %.`;
  }

  override dispose(): void {
    this.network.dispose();
  }
}

/** Of embeddings of length 1. */
const cosine = (a: tf.Tensor, b: tf.Tensor): tf.Tensor1D => tf.sum<tf.Tensor1D>(a.mul(b), 1);

/** Cross entropy of finding, among all sounds of the batch, that of each window whose sound is there. */
function matchingLoss(audio: tf.Tensor, face: tf.Tensor, label: tf.Tensor1D): tf.Scalar {
  const cosines = tf.matMul(face as tf.Tensor2D, audio as tf.Tensor2D, false, true);
  const logits = cosines.mul<tf.Tensor2D>(MATCHING_SCALE);
  // Cosines are at most 1, so the exponentials need no shift.
  const ofAll = logits.exp().sum(1).log();
  const ofOwn = cosine(audio, face).mul(MATCHING_SCALE);
  const count = label.sum().maximum(1);
  return tf.div<tf.Scalar>(ofAll.sub(ofOwn).mul(label).sum(), count);
}

const isAtChance = ({ loss }: LossValues): boolean => Math.abs(loss - CHANCE) < 0.01;
