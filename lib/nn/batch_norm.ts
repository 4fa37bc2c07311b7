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
    return this.forwardWith(x);
  }

  /**
   * The normalised `x`, to which `residual` is added before a ReLU, where asked for. In training this is one
   * operation that keeps its input and its result for the gradient, where separate ones would keep four maps.
   */
  forwardWith(x: tf.Tensor, { residual, relu = false }: { residual?: tf.Tensor; relu?: boolean } = {}): tf.Tensor {
    if (!this.training) {
      const { scale, shift } = this.affine();
      const y = x.mul(scale).add(shift);
      const sum = residual ? y.add(residual) : y;
      return relu ? sum.relu() : sum;
    }
    return this.#normalizeBatch(x, residual, relu);
  }

  /** What `eval()` computes, as `x * scale + shift`. */
  affine(): { scale: tf.Tensor; shift: tf.Tensor } {
    const scale = this.#weight.value.div(this.#runningVariance.value.add(this.#eps).sqrt());
    return { scale, shift: this.#bias.value.sub(this.#runningMean.value.mul(scale)) };
  }

  #normalizeBatch(x: tf.Tensor, residual: tf.Tensor | undefined, relu: boolean): tf.Tensor {
    const flat = (y: tf.Tensor): tf.Tensor2D => y.reshape([-1, y.shape[y.rank - 1]]);
    const run = tf.customGrad((...args) => {
      const save = args.pop() as unknown as tf.GradSaveFunc;
      const [x, weight, bias, residual] = args as tf.Tensor[];
      const { mean, variance } = moments(flat(x), x.shape[Math.max(x.rank - 2, 0)]);
      this.#track(mean, variance, x.size / mean.size);
      const value = tf.tidy(() => {
        const statistics = [mean, variance, bias, weight] as tf.Tensor1D[];
        const y = tf.batchNorm2d(flat(x), statistics[0], statistics[1], statistics[2], statistics[3], this.#eps);
        const sum = residual ? y.reshape(x.shape).add(residual) : y.reshape(x.shape);
        return relu ? sum.relu() : sum;
      });
      save([x, weight, mean, variance, ...(relu ? [value] : [])]);
      const gradFunc = (dy: tf.Tensor, [x, weight, mean, variance, value]: tf.Tensor[]): tf.Tensor[] => {
        const dSum = value ? tf.tidy(() => dy.mul(value.step())) : dy;
        const gradients = normalizeGradients(flat(dSum), flat(x), { weight, mean, variance, eps: this.#eps });
        gradients[0] = gradients[0].reshape(x.shape);
        return residual ? [...gradients, dSum] : gradients;
      };
      return { value, gradFunc };
    });
    return run(...([x, this.#weight.value, this.#bias.value, residual].filter(Boolean) as tf.Tensor[]));
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

/**
 * Gradients of a batch `[count, channels]`, the weight and the bias. They take into account that the mean and
 * the (biased) variance depend on `x` (the paper's section 3), in fewer passes than differentiating those.
 */
function normalizeGradients(
  dy: tf.Tensor2D,
  x: tf.Tensor2D,
  { weight, mean, variance, eps }: Record<'weight' | 'mean' | 'variance', tf.Tensor> & { eps: number },
): tf.Tensor[] {
  const inverse = variance.add(eps).rsqrt();
  const centred = x.sub(mean);
  const dBias = dy.sum(0);
  const dWeight = tf.tidy(() => dy.mul(centred).sum(0).mul(inverse));
  const scale = weight.mul(inverse);
  const slope = scale.mul(inverse).mul(dWeight).div(x.shape[0]);
  const dx = tf.tidy(() => dy.sub(dBias.div(x.shape[0])).mul(scale).sub(centred.mul(slope)));
  return [dx, dWeight, dBias];
}
