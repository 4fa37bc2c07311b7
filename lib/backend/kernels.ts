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
 * - `PreparedConvolution` `{x, filter, ends}`, {@link PreparedConvolutionAttributes} -> the convolution with all that follows it
 * - `PackHalves` `{x}` -> an int32 tensor with half the last axis: of each pair of numbers both as half-precision ones
 */
export type OwnKernel =
  | 'ReluGrad'
  | 'BatchNormForward'
  | 'BatchNormBackward'
  | 'AdamStep'
  | 'GridSample'
  | 'PreparedConvolution'
  | 'PackHalves';

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

/**
 * Attributes of the kernel `PreparedConvolution`, whose inputs are
 *
 * - `x` `[batch, height, width, inChannels]`
 * - `filter` `[taps * inChannels, outChannels]`, both numbers of channels rounded up to multiples of four with zeros;
 *   float32, or int32 with the numbers as `PackHalves` packs them. The taps are in the order of {@link tapsInOrder}.
 * - `ends` `[2, outChannels]`, rounded up too: what the sums are multiplied by, then what is added to them
 */
export interface PreparedConvolutionAttributes extends ConvolutionShape {
  outChannels: number;
  /** Rows and columns of the output. */
  outSize: Pair;
  /** Whether the input is added before the activation. */
  residual: boolean;
  activation: 'linear' | 'relu' | 'leakyrelu' | 'sigmoid' | 'tanh';
  /** Slope of `leakyrelu` for negative values. */
  alpha: number;
}

type Pair = readonly [number, number];

/** A convolution along height and width. */
export interface ConvolutionShape {
  /** Whether the strides are those of the output, as PyTorch's `ConvTranspose2d` has them. */
  transposed: boolean;
  kernel: Pair;
  strides: Pair;
  /** Zeros above and on the left of the input; transposed: rows and columns cut off the output there. */
  padding: Pair;
}

/**
 * A filter's taps, as indices into its rows of columns, in the order in which `PreparedConvolution` uses them. A
 * transposed convolution is an ordinary one for each position of the output in a stride x stride cell, with the taps
 * that reach that; they follow each other position after position, and each begins with the nearest input.
 */
export function tapsInOrder({ transposed, kernel, strides, padding }: ConvolutionShape): number[] {
  const [rows, columns] = [0, 1].map((axis) =>
    transposed
      ? range(strides[axis]).map((phase) => every(strides[axis], (phase + padding[axis]) % strides[axis], kernel[axis]))
      : [range(kernel[axis])],
  );
  return rows.flatMap((row) => columns.flatMap((column) => row.flatMap((y) => column.map((x) => y * kernel[1] + x))));
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const every = (step: number, first: number, end: number): number[] => range(end).filter((i) => i % step === first);

/** Whether the current backend has the kernel. */
export const hasKernel = (name: OwnKernel): boolean => tf.getKernel(name, tf.getBackend()) !== undefined;

/** Runs a kernel of the current backend; its results are not differentiated. */
export function runKernel(name: OwnKernel, inputs: Record<string, tf.Tensor>, attributes: object = {}): tf.Tensor[] {
  const result = tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap) as tf.Tensor | tf.Tensor[];
  return Array.isArray(result) ? result : [result];
}
