import * as tf from '../backend/tf.ts';
import { constant } from './init.ts';
import { Layer } from './module.ts';
import { Counter, Parameter } from './parameter.ts';

export interface BatchNormOptions {
  readonly eps?: number;
  /** Share of the newest batch in the running statistics. */
  readonly momentum?: number;
}

/**
 * Batch normalisation (Ioffe & Szegedy 2015) over all axes but the last, so PyTorch's `BatchNorm1d`, `2d`
 * and `3d`. In training it normalises by the batch's biased variance and keeps the unbiased one.
 */
export class BatchNorm extends Layer {
  readonly #eps: number;
  readonly #momentum: number;
  readonly #weight: Parameter;
  readonly #bias: Parameter;
  readonly #runningMean: Parameter;
  readonly #runningVariance: Parameter;
  readonly #batches: Counter;

  constructor(channels: number, { eps = 1e-5, momentum = 0.1 }: BatchNormOptions = {}) {
    super();
    this.#eps = eps;
    this.#momentum = momentum;
    const vector = (value: number, trainable: boolean): Parameter =>
      new Parameter({ shape: [channels], init: constant(value), trainable });
    this.#weight = this.entry('weight', vector(1, true));
    this.#bias = this.entry('bias', vector(0, true));
    this.#runningMean = this.entry('running_mean', vector(0, false));
    this.#runningVariance = this.entry('running_var', vector(1, false));
    this.#batches = this.entry('num_batches_tracked', new Counter());
  }

  override forward(x: tf.Tensor): tf.Tensor {
    if (!this.training) {
      const { scale, shift } = this.affine();
      return x.mul(scale).add(shift);
    }
    const flat = x.reshape<tf.Tensor2D>([-1, x.shape[x.rank - 1]]);
    const { mean, variance } = moments(flat, x.shape[Math.max(x.rank - 2, 0)]);
    this.#track(mean, variance, flat.shape[0]);
    const result = normalize(flat, this.#weight.value, this.#bias.value, { mean, variance, eps: this.#eps });
    return result.reshape(x.shape);
  }

  /** What `eval()` computes, as `x * scale + shift`. */
  affine(): { scale: tf.Tensor; shift: tf.Tensor } {
    const scale = this.#weight.value.div(this.#runningVariance.value.add(this.#eps).sqrt());
    return { scale, shift: this.#bias.value.sub(this.#runningMean.value.mul(scale)) };
  }

  #track(mean: tf.Tensor, variance: tf.Tensor, count: number): void {
    const mix = (running: Parameter, batch: tf.Tensor): void =>
      running.value.assign(running.value.mul(1 - this.#momentum).add(batch.mul(this.#momentum)));
    mix(this.#runningMean, mean);
    mix(this.#runningVariance, variance.mul(count / (count - 1)));
    this.#batches.value++;
  }
}

/**
 * Mean and biased variance of each channel. Summed row by row, then over the rows: one sum over a whole batch
 * of pictures would lose digits in float32.
 */
function moments(x: tf.Tensor2D, rowLength: number): { mean: tf.Tensor; variance: tf.Tensor } {
  const average = (y: tf.Tensor2D): tf.Tensor => y.reshape([-1, rowLength, y.shape[1]]).mean(1).mean(0);
  const mean = average(x);
  return { mean, variance: average(x.sub<tf.Tensor2D>(mean).square()) };
}

/** The statistics that a batch is normalised by. */
interface Statistics {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
  readonly eps: number;
}

/**
 * Normalises `[count, channels]` by its own mean and (biased) variance. The gradient takes into account that
 * both depend on `x` (the paper's section 3), in fewer passes than differentiating the mean and variance.
 */
function normalize(x: tf.Tensor2D, weight: tf.Tensor, bias: tf.Tensor, { mean, variance, eps }: Statistics): tf.Tensor {
  const run = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const [x, weight, bias] = args as tf.Tensor[] as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
    save([x, weight, mean, variance]);
    const gradFunc = (dy: tf.Tensor, [x, weight, mean, variance]: tf.Tensor[]): tf.Tensor[] => {
      const inverse = variance.add(eps).rsqrt();
      const normal = x.sub(mean).mul(inverse);
      const dBias = dy.sum(0);
      const dWeight = dy.mul(normal).sum(0);
      const centred = dy.sub(dBias.add(normal.mul(dWeight)).div(x.shape[0]));
      return [centred.mul(weight.mul(inverse)), dWeight, dBias];
    };
    return { value: tf.batchNorm2d(x, mean as tf.Tensor1D, variance as tf.Tensor1D, bias, weight, eps), gradFunc };
  });
  return run(x, weight, bias);
}
