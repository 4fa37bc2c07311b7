import * as tf from '../../lib/backend/tf.ts';
import type { Dataset } from '../../lib/data/dataset/dataset.ts';
import {
  AbstractTalkingFace,
  type Losses,
  type LossValues,
  type Objective,
} from '../../lib/model/abstract_talkingface.ts';
import { BatchNorm, Linear, Sequential } from '../../lib/nn/index.ts';
import { Run } from '../../lib/trainer/run.ts';
import { Trainer, type TrainerSettings } from '../../lib/trainer/trainer.ts';
import { Random } from '../../lib/utils/random.ts';
import { seedOf } from '../../lib/utils/seed.ts';
import { nodeFiles } from '../../node-harness/platform/file_store.ts';
import { nodeMedia } from '../../node-harness/platform/media.ts';

type TinyBatch = { readonly x: tf.Tensor2D; readonly y: tf.Tensor2D };

/** Learns a sum of four numbers; another network, learning beside it, judges what it says. */
export class TinyModel extends AbstractTalkingFace<TinyBatch> {
  readonly network = new Sequential([new Linear(4, 5), new BatchNorm(5), new Linear(5, 1)]);
  readonly judge = new Linear(1, 1);
  /** Multiplies the loss; NaN to see training stop. */
  factor = 1;

  constructor(seed = 1) {
    super();
    const random = new Random(seed);
    this.network.initialize(random);
    this.judge.initialize(random);
  }

  override get objectives(): readonly Objective<TinyBatch>[] {
    return [
      { name: 'model', network: this.network, calculateLoss: (batch) => this.calculateLoss(batch) },
      {
        name: 'judge',
        network: this.judge,
        optimizer: { learning_rate: 0.02, adam_betas: [0.5, 0.9] },
        calculateLoss: ({ y }) => ({ loss: this.judge.forward(y).sub(1).square().mean() }) as Losses,
      },
    ];
  }

  override calculateLoss(batch: TinyBatch): Losses {
    const drawn = this.predict(batch);
    const error = drawn.sub(batch.y).square().mean<tf.Scalar>();
    const verdict = this.judge.forward(drawn).square().mean();
    return { loss: error.add(verdict.mul(0.01)).mul(this.factor) as tf.Scalar, error };
  }

  override predict({ x }: TinyBatch): tf.Tensor {
    return this.network.forward(x);
  }

  override pictures({ x }: TinyBatch): tf.Tensor {
    return tf.tile(x.slice([0, 0], [1, 1]).abs().reshape([1, 1, 1, 1, 1]), [2, 3, 4, 5, 3]);
  }

  override validated(validations: readonly LossValues[]): string | undefined {
    return validations.length === 2 ? 'Two validations are done.' : undefined;
  }

  override dispose(): void {
    this.network.dispose();
    this.judge.dispose();
  }
}

export function tinyDataset(part: 'train' | 'val', length: number): Dataset {
  return {
    part,
    length,
    shapes: { x: [4], y: [1] },
    async item(index, epoch) {
      const random = new Random(seedOf(part, part === 'train' ? epoch : 0, index));
      const x = Float32Array.from({ length: 4 }, () => random.next() - 0.5);
      return { x, y: Float32Array.of(x.reduce((a, b) => a + b)) };
    },
  };
}

export const tinySettings: TrainerSettings = {
  seed: 3,
  epochs: 4,
  steps: null,
  batch_size: 4,
  accumulate: 1,
  shuffle: true,
  learner: 'adam',
  learning_rate: 0.01,
  adam_betas: [0.9, 0.999],
  momentum: 0.9,
  weight_decay: 0,
  schedule: 'cosine',
  warmup_steps: 3,
  clip_grad_norm: 1,
  ema: null,
  eval_step: 1,
  stopping_step: 100,
  checkpoint_interval: 5,
  log_interval: 1,
};

/** A trainer of a tiny model whose run has this folder. */
export function tinyTrainer(folder: string, settings: Partial<TrainerSettings> = {}, model = new TinyModel()) {
  const run = new Run({ files: nodeFiles, media: nodeMedia, folder, config: 'seed: 3\n', tensorboard: true });
  const data = { train: tinyDataset('train', 26), val: tinyDataset('val', 7) };
  const trainer = new Trainer(model, data, { ...tinySettings, ...settings }, run);
  const dispose = () => {
    trainer.dispose();
    model.dispose();
  };
  return { trainer, model, dispose };
}
