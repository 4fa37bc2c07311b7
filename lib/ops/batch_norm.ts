import { hasKernel, runKernel } from '../backend/kernels.ts';
import * as tf from '../backend/tf.ts';

/** The arguments of {@link batchNorm}. */
export interface BatchNormArguments {
  /** `[..., channels]` */
  x: tf.Tensor;
  /** `[channels]` */
  weight: tf.Tensor;
  /** `[channels]` */
  bias: tf.Tensor;
  /** Added to the normalised `x`; of its shape. */
  residual?: tf.Tensor;
  /** Whether a ReLU follows. */
  relu?: boolean;
  /** Added to the variance. */
  eps: number;
  /** Gets the batch's mean and biased variance, `[channels]`; they are disposed of afterwards. */
  onStatistics?(mean: tf.Tensor, variance: tf.Tensor): void;
}

/**
 * Batch normalisation by the batch's own statistics over all axes but the last (Ioffe & Szegedy 2015), the
 * residual and the ReLU after it, with gradients. It keeps its input and its result for the gradient, where
 * separate operations would keep four maps.
 */
export function batchNorm({
  x,
  weight,
  bias,
  residual,
  relu = false,
  eps,
  onStatistics,
}: BatchNormArguments): tf.Tensor {
  const run = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const [x, weight, bias, residual] = args as tf.Tensor[];
    const { value, mean, variance } = tf.tidy(() => {
      const [normal, mean, variance] = forward(x, weight, bias, eps);
      const sum = residual ? normal.add(residual) : normal;
      return { value: relu ? sum.relu() : sum, mean, variance };
    });
    onStatistics?.(mean, variance);
    save([x, weight, mean, variance, ...(relu ? [value] : [])]);
    const gradFunc = (dy: tf.Tensor, [x, weight, mean, variance, value]: tf.Tensor[]): tf.Tensor[] => {
      const dSum = value ? reluGradient(dy, value) : dy;
      const gradients = backward(dSum, x, { weight, mean, variance, eps });
      return residual ? [...gradients, dSum] : gradients;
    };
    return { value, gradFunc };
  });
  return run(...([x, weight, bias, residual].filter(Boolean) as tf.Tensor[]));
}

/** The gradient of a ReLU from that of its result and the result. */
function reluGradient(dy: tf.Tensor, value: tf.Tensor): tf.Tensor {
  if (hasKernel('ReluGrad')) return runKernel('ReluGrad', { dy, value })[0];
  return tf.tidy(() => dy.mul(value.step()));
}

const flat = (y: tf.Tensor): tf.Tensor2D => y.reshape([-1, y.shape[y.rank - 1]]);

function forward(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, eps: number): tf.Tensor[] {
  if (hasKernel('BatchNormForward')) return runKernel('BatchNormForward', { x, weight, bias }, { eps });
  const { mean, variance } = moments(flat(x), x.shape[Math.max(x.rank - 2, 0)]);
  const [m, v, b, w] = [mean, variance, bias, weight] as tf.Tensor1D[];
  return [tf.batchNorm2d(flat(x), m, v, b, w, eps).reshape(x.shape), mean, variance];
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

type Saved = Record<'weight' | 'mean' | 'variance', tf.Tensor> & { eps: number };

/**
 * Gradients of `x`, the weight and the bias. They take into account that the mean and the (biased) variance
 * depend on `x` (the paper's section 3), in fewer passes than differentiating those.
 */
function backward(dy: tf.Tensor, x: tf.Tensor, { weight, mean, variance, eps }: Saved): tf.Tensor[] {
  if (hasKernel('BatchNormBackward')) return runKernel('BatchNormBackward', { dy, x, weight, mean, variance }, { eps });
  const inverse = variance.add(eps).rsqrt();
  const [dyRows, centred] = [flat(dy), flat(x).sub(mean)];
  const dBias = dyRows.sum(0);
  const dWeight = tf.tidy(() => dyRows.mul(centred).sum(0).mul(inverse));
  const scale = weight.mul(inverse);
  const slope = scale.mul(inverse).mul(dWeight).div(dyRows.shape[0]);
  const dx = tf.tidy(() => dyRows.sub(dBias.div(dyRows.shape[0])).mul(scale).sub(centred.mul(slope)));
  return [dx.reshape(x.shape), dWeight, dBias];
}
