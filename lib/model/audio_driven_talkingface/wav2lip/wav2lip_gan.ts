import * as tf from '../../../backend/tf.ts';
import type { Losses, Objective } from '../../abstract_talkingface.ts';
import { QualityDiscriminator } from './quality_discriminator.ts';
import { Wav2Lip, type Wav2LipBatch, type Wav2LipLosses, type Wav2LipOptions } from './wav2lip.ts';

export interface Wav2LipGanOptions extends Wav2LipOptions {
  /** Share of the discriminator's verdict in the loss; the paper's 0.07 by default. */
  readonly discriminatorWeight?: number;
  readonly discriminatorOptimizer?: Objective['optimizer'];
}

/**
 * Wav2Lip with the visual quality discriminator (Prajwal et al. 2020, section 3.4.2): the generator also learns
 * to draw what the discriminator, which learns beside it, takes for real.
 */
export class Wav2LipGan extends Wav2Lip {
  readonly discriminator: QualityDiscriminator;
  readonly #weight: number;
  readonly #optimizer: Objective['optimizer'];
  /** What the generator drew of the batch in training, until the discriminator has seen it. */
  #drawn?: tf.Tensor;

  constructor({ discriminatorWeight = 0.07, discriminatorOptimizer, ...options }: Wav2LipGanOptions = {}) {
    super(options);
    this.discriminator = new QualityDiscriminator(options.width);
    this.#weight = discriminatorWeight;
    this.#optimizer = discriminatorOptimizer;
  }

  override get objectives(): readonly Objective<Wav2LipBatch>[] {
    const generator = super.objectives[0];
    const calculateLoss = (batch: Wav2LipBatch): Losses => this.#discriminatorLoss(batch);
    const network = this.discriminator;
    return [generator, { name: 'discriminator', network, optimizer: this.#optimizer, calculateLoss }];
  }

  /** In `eval()` the verdict does not count: it changes with the discriminator, so validations would not compare. */
  protected override judge(drawn: tf.Tensor, losses: Wav2LipLosses): Wav2LipLosses {
    if (!this.generator.training) return losses;
    this.#drawn?.dispose();
    this.#drawn = tf.keep(drawn.clone());
    const perceptual = crossEntropy(this.discriminator.forward(drawn));
    // The verdict takes its share from that of the L1 loss.
    const loss = losses.loss.add<tf.Scalar>(perceptual.sub(losses.l1).mul(this.#weight));
    return { ...losses, loss, perceptual };
  }

  /** How badly it tells the target from what was drawn of the same batch. */
  #discriminatorLoss({ target }: Wav2LipBatch): Losses {
    const drawn = this.#drawn!;
    const real = crossEntropy(this.discriminator.forward(target));
    const fake = crossEntropy(tf.sub(1, this.discriminator.forward(drawn)));
    return { loss: real.add(fake), real, fake };
  }

  override dispose(): void {
    super.dispose();
    this.discriminator.dispose();
    this.#drawn?.dispose();
  }
}

/** Of probabilities that should be 1. */
function crossEntropy(probability: tf.Tensor): tf.Scalar {
  // Away from 0, where the logarithm and its gradient are infinite.
  return probability.maximum(1e-7).log().mean<tf.Scalar>().neg();
}
