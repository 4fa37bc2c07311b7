import * as tf from '../backend/tf.ts';
import { batchNorm } from '../ops/batch_norm.ts';
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
    return this.forwardWith(x);
  }

  /**
   * The normalised `x`, to which `residual` is added before a ReLU, where asked for. In training this is one operation.
   */
  forwardWith(x: tf.Tensor, { residual, relu = false }: { residual?: tf.Tensor; relu?: boolean } = {}): tf.Tensor {
    if (!this.training) {
      const { scale, shift } = this.affine();
      const y = x.mul(scale).add(shift);
      const sum = residual ? y.add(residual) : y;
      return relu ? sum.relu() : sum;
    }
    const onStatistics = (mean: tf.Tensor, variance: tf.Tensor): void =>
      tf.tidy(() => this.#track(mean, variance, x.size / mean.size));
    const [weight, bias] = [this.#weight.value, this.#bias.value];
    return batchNorm({ x, weight, bias, residual, relu, eps: this.#eps, onStatistics });
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
