import * as tf from './tf.ts';

/**
 * Kernels that TensorFlow.js has not, which a backend may register because it is faster at them than at the
 * operations that they stand for; whoever uses one also knows those operations.
 *
 * - `ReluGrad` `{dy, value}` -> `dy` where the ReLU's `value` is positive, else 0
 * - `BatchNormForward` `{x, weight, bias}`, `{eps}` -> the normalised `x`, its mean and its biased variance
 * - `BatchNormBackward` `{dy, x, weight, mean, variance}`, `{eps}` -> the gradients of `x`, weight and bias
 * - `AdamStep` `{variable, mean, square, gradient}`, {@link AdamStep} -> the new variable, mean and square
 * - `GridSample` `{x, grid}`, {@link GridSampleAttributes} -> the samples
 */
export type OwnKernel = 'ReluGrad' | 'BatchNormForward' | 'BatchNormBackward' | 'AdamStep' | 'GridSample';

/** Attributes of the kernel `AdamStep`. */
export interface AdamStep {
  beta1: number;
  beta2: number;
  /** Learning rate over the correction of the mean. */
  rate: number;
  /** Divides the root of `square`. */
  correction: number;
  eps: number;
  /** What is left of the variable before the step. */
  keep: number;
  /** Share of the variable in its gradient. */
  penalty: number;
}

/** Attributes of the kernel `GridSample`; see `lib/ops/grid_sample.ts`. */
export interface GridSampleAttributes {
  paddingMode: 'zeros' | 'border';
  alignCorners: boolean;
}

/** Whether the current backend has the kernel. */
export const hasKernel = (name: OwnKernel): boolean => tf.getKernel(name, tf.getBackend()) !== undefined;

/** Runs a kernel of the current backend; its results are not differentiated. */
export function runKernel(name: OwnKernel, inputs: Record<string, tf.Tensor>, attributes: object = {}): tf.Tensor[] {
  const result = tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap) as tf.Tensor | tf.Tensor[];
  return Array.isArray(result) ? result : [result];
}
