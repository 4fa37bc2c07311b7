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

/** What an expert's loss stays at that cannot tell: it says 1/2 to everything. */
const CHANCE = Math.log(2);
/** Validations in a row at chance after which a person hears of it. */
const PATIENCE = 3;

/**
 * Wav2Lip's expert in training (Prajwal et al. 2020, section 3.2): cross entropy of the cosine between the
 * embeddings of lips and sound, taken as the probability that they belong together.
 */
export class SyncNet extends AbstractTalkingFace<SyncNetBatch> {
  readonly network: SyncNetColor;

  constructor(options?: SyncNetColorOptions) {
    super();
    this.network = new SyncNetColor(options);
  }

  override get objectives(): readonly Objective<SyncNetBatch>[] {
    return [{ name: 'model', network: this.network, calculateLoss: (batch) => this.calculateLoss(batch) }];
  }

  /** `accuracy` is the part of the items that it tells right; half of them would be by chance. */
  override calculateLoss(batch: SyncNetBatch): { loss: tf.Scalar; accuracy: tf.Scalar } {
    const label = batch.label.reshape<tf.Tensor1D>([-1]);
    const probability = this.predict(batch);
    // Away from 0, where the logarithm and its gradient are infinite.
    const log = (x: tf.Tensor): tf.Tensor => x.maximum(1e-7).log();
    const ofOther = log(tf.sub(1, probability)).mul(tf.sub(1, label));
    const loss = log(probability).mul(label).add(ofOther).mean<tf.Scalar>().neg<tf.Scalar>();
    const accuracy = tf.mean<tf.Scalar>(tf.equal(tf.greater(probability, 0.5), tf.greater(label, 0.5)).toFloat());
    return { loss, accuracy };
  }

  /** The probabilities that lips and sound belong together, `[batch]`. */
  override predict({ mel, faces }: SyncNetBatch): tf.Tensor1D {
    return tf.tidy(() => {
      const { audio, face } = this.network.forward(mel, faces);
      return tf.sum<tf.Tensor1D>(audio.mul(face), 1);
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

const isAtChance = ({ loss }: LossValues): boolean => Math.abs(loss - CHANCE) < 0.01;
