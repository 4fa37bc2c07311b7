import * as tf from '../../../backend/tf.ts';
import type { StoredClip } from '../../../data/dataset/stored_clip.ts';
import {
  AbstractTalkingFace,
  type GeneratedClip,
  type LossValues,
  type Objective,
} from '../../abstract_talkingface.ts';
import { drawClip } from './draw_clip.ts';
import { Wav2LipGenerator } from './generator.ts';
import type { SyncNetColor } from './syncnet_color.ts';

/** Five frames of several clips; pictures in [0, 1], mel spectrograms in [-4, 4]. */
export type Wav2LipBatch = {
  /** `[batch, 5, 96, 96, 6]`: the target with its lower half black, then a reference picture. */
  readonly faces: tf.Tensor5D;
  /** `[batch, 5, 80, 16, 1]`, the sound of each frame. */
  readonly indiv_mels: tf.Tensor5D;
  /** `[batch, 80, 16, 1]`, the sound of the five frames together. */
  readonly mel: tf.Tensor4D;
  /** `[batch, 5, 96, 96, 3]`, what is to be drawn. */
  readonly target: tf.Tensor5D;
};

/** Wav2Lip's losses; the parts are unweighted. There is a `sync` where it counts. */
export interface Wav2LipLosses extends Record<string, tf.Scalar> {
  readonly loss: tf.Scalar;
  readonly l1: tf.Scalar;
}

export interface Wav2LipOptions {
  /** Channels of the generator as a part of the paper's; 1 by default. */
  readonly width?: number;
  /** Trained beforehand; its weights stay as they are. Without it there is no sync loss. */
  readonly expert?: SyncNetColor;
  /** Share of the expert's opinion in the loss, once it counts; the paper's 0.03 by default. */
  readonly syncWeight?: number;
  /** It counts from the first validation on whose sync loss is below this; the reference's 0.75 by default. */
  readonly syncGate?: number;
}

/** Items of a batch that `pictures` shows. */
const MOST_PICTURES = 4;

/**
 * Wav2Lip in training (Prajwal et al. 2020, section 3.4): the generator learns to draw the target and to
 * convince a frozen expert that lips and sound belong together.
 */
export class Wav2Lip extends AbstractTalkingFace<Wav2LipBatch> {
  readonly generator: Wav2LipGenerator;
  readonly expert?: SyncNetColor;
  /** Share of the expert's opinion in the training loss now. */
  syncWeight = 0;
  readonly #fullSyncWeight: number;
  readonly #syncGate: number;

  constructor({ width, expert, syncWeight = 0.03, syncGate = 0.75 }: Wav2LipOptions = {}) {
    super();
    this.generator = new Wav2LipGenerator(width);
    this.expert = expert?.requiresGrad(false).eval();
    this.#fullSyncWeight = expert ? syncWeight : 0;
    this.#syncGate = syncGate;
  }

  override get objectives(): readonly Objective<Wav2LipBatch>[] {
    return [{ name: 'model', network: this.generator, calculateLoss: (batch) => this.calculateLoss(batch) }];
  }

  /** In `eval()` sync always has its full weight, so that validations before and after it began to count compare. */
  override calculateLoss({ faces, indiv_mels, mel, target }: Wav2LipBatch): Wav2LipLosses {
    const drawn = this.generator.forward(indiv_mels, faces);
    const l1 = tf.mean<tf.Scalar>(tf.abs(tf.sub(drawn, target)));
    const weight = this.generator.training ? this.syncWeight : this.#fullSyncWeight;
    if (!this.expert || (this.generator.training && weight === 0)) return this.judge(drawn, { loss: l1.clone(), l1 });
    const sync = syncLoss(this.expert, mel, drawn);
    const loss = l1.mul<tf.Scalar>(1 - weight).add<tf.Scalar>(sync.mul(weight));
    return this.judge(drawn, { loss, l1, sync });
  }

  /** Lets a variant add what it thinks of the drawn faces. */
  protected judge(_drawn: tf.Tensor, losses: Wav2LipLosses): Wav2LipLosses {
    return losses;
  }

  /** The faces of a batch, `[batch, 5, 96, 96, 3]`. */
  override predict({ indiv_mels, faces }: Wav2LipBatch): tf.Tensor {
    return this.generator.forward(indiv_mels, faces);
  }

  /** Of the middle frame of each item: what was shown, the reference picture, what was drawn, and the truth. */
  override pictures(batch: Wav2LipBatch): tf.Tensor {
    return tf.tidy(() => {
      const [size, time, height, width] = batch.faces.shape;
      const rows = Math.min(size, MOST_PICTURES);
      const middle = (x: tf.Tensor, channels: number): tf.Tensor =>
        x
          .reshape<tf.Tensor4D>([size, time, height * width, channels])
          .slice([0, time >> 1, 0, 0], [rows, 1, -1, -1])
          .reshape([rows, height, width, channels]);
      const [shown, reference] = tf.split(middle(batch.faces, 6), 2, -1);
      const columns = [shown, reference, middle(this.predict(batch), 3), middle(batch.target, 3)];
      return tf.stack(
        columns.map((bgr) => bgr.reverse(-1)),
        1,
      );
    });
  }

  override generateClip(clip: StoredClip, from: number, to: number, batchSize: number): GeneratedClip {
    return drawClip(this.generator, clip, { from, to, batchSize });
  }

  override validated(validations: readonly LossValues[]): string | undefined {
    const wasOpen = this.syncWeight > 0;
    this.syncWeight = validations.some(({ sync }) => sync < this.#syncGate) ? this.#fullSyncWeight : 0;
    if (wasOpen || this.syncWeight === 0) return undefined;
    return `The sync loss is below ${this.#syncGate}: from now on it counts with a weight of ${this.syncWeight}.`;
  }

  override dispose(): void {
    this.generator.dispose();
    this.expert?.dispose();
  }
}

/** Cross entropy of the cosine between lips and sound, taken as the probability that they belong together. */
function syncLoss(expert: SyncNetColor, mel: tf.Tensor, drawn: tf.Tensor): tf.Scalar {
  const { audio, face } = expert.forward(mel, lowerHalves(drawn));
  const cosine = audio.mul(face).sum(1);
  // Away from 0, where the logarithm and its gradient are infinite.
  return cosine.maximum(1e-30).log().mean<tf.Scalar>().neg();
}

/** `[batch, time, height, width, 3]` as `[batch, height / 2, width, time * 3]`: lower halves, frame after frame. */
function lowerHalves(faces: tf.Tensor): tf.Tensor {
  const [batch, time, height, width, channels] = faces.shape;
  const half = height / 2;
  // As few axes as will do: tfjs-backend-webgpu cannot compute the gradient of a slice of rank 5.
  const rows = faces.reshape<tf.Tensor3D>([batch * time, height, width * channels]);
  const lower = tf.slice(rows, [0, half, 0], [-1, half, -1]);
  const frames = lower.reshape([batch, time, half * width, channels]).transpose([0, 2, 1, 3]);
  return frames.reshape([batch, half, width, time * channels]);
}
