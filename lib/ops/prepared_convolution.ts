import { type ConvolutionShape, hasKernel, runKernel, tapsInOrder } from '../backend/kernels.ts';
import * as tf from '../backend/tf.ts';
import { type Activation, explicitPad, fusedConv2d } from './fused_conv2d.ts';

/** How precisely weights are held; everything is computed in float32. */
export type Precision = 'float32' | 'float16';

/** What a prepared convolution does to its sums before they are written. */
export interface PreparedEnd {
  /** `[outChannels]` */
  readonly bias?: tf.Tensor1D;
  readonly activation?: Activation;
  /** Slope of `leakyrelu` for negative values; by default 0.2. */
  readonly alpha?: number;
  /** How the filter is to be held; see {@link heldPrecision}. */
  readonly precision?: Precision;
}

/** A convolution for inference, its filter as the backend is fastest with. */
export interface PreparedConvolution {
  /** @param x `[batch, height, width, inChannels]` */
  apply(x: tf.Tensor4D): tf.Tensor4D;
  dispose(): void;
}

/** As PyTorch's `Conv2d`. */
export interface PreparedConv2dOptions extends PreparedEnd {
  readonly stride?: readonly [number, number];
  /** Zeros on each side. */
  readonly padding?: readonly [number, number];
  /** Adds the input before the activation: for a filter that changes neither size nor the number of channels. */
  readonly residual?: boolean;
}

/** In which precision the current backend holds the weights of prepared networks, when asked for this one. */
export const heldPrecision = (asked: Precision): Precision => (hasKernel('PreparedConvolution') ? asked : 'float32');

/**
 * Prepares a convolution on the current backend.
 *
 * @param filter `[kernelHeight, kernelWidth, inChannels, outChannels]`; it and the bias may be disposed of afterwards
 */
export function prepareConv2d(filter: tf.Tensor4D, options: PreparedConv2dOptions = {}): PreparedConvolution {
  const { stride = [1, 1], padding = [0, 0], residual = false, precision = 'float32', ...end } = options;
  if (!hasKernel('PreparedConvolution')) return commonConv2d(filter, options);
  const [height, width] = filter.shape;
  const shape: ConvolutionShape = { transposed: false, kernel: [height, width], strides: stride, padding };
  if (!residual || precision === 'float16') return packedConvolution(filter, shape, { ...end, residual, precision });
  const sum = addIdentity(filter);
  const prepared = packedConvolution(sum, shape, { ...end, precision });
  sum.dispose();
  return prepared;
}

/** By TensorFlow.js's fused convolution. */
function commonConv2d(filter: tf.Tensor4D, options: PreparedConv2dOptions): PreparedConvolution {
  const { stride = [1, 1], padding = [0, 0], residual, activation, alpha } = options;
  const kernel = residual ? addIdentity(filter) : filter.clone();
  const bias = options.bias?.clone();
  const pad = explicitPad(padding[0], padding[1]);
  return {
    apply: (x) => fusedConv2d({ x, filter: kernel, bias, activation, alpha, stride: [...stride], pad }),
    dispose: () => tf.dispose([kernel, bias as tf.Tensor]),
  };
}

/**
 * A filter that also adds its input: one more at the centre, from each channel to itself. So a residual connection
 * costs nothing. Not for half precision, which would lose much of what is near that one.
 */
function addIdentity(filter: tf.Tensor4D): tf.Tensor4D {
  const [height, width, channels] = filter.shape;
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  return tf.tidy(() => {
    const centre = tf.eye(channels).reshape<tf.Tensor4D>([1, 1, channels, channels]);
    return filter.add<tf.Tensor4D>(centre.pad([[top, top], [left, left], [0, 0], [0, 0]])); // biome-ignore format: pairs
  });
}

/** What {@link packedConvolution} is given beside the filter. */
export interface PackedOptions extends PreparedEnd {
  readonly residual?: boolean;
  /** Rows and columns added to the output at the bottom and right. */
  readonly outputPadding?: readonly [number, number];
}

/**
 * By the backend's own kernel `PreparedConvolution`.
 *
 * @param filter `[kernelHeight, kernelWidth, inChannels, outChannels]`, for transposed convolutions too
 */
export function packedConvolution(
  filter: tf.Tensor4D,
  shape: ConvolutionShape,
  { bias, activation = 'linear', alpha = 0.2, residual = false, precision, outputPadding = [0, 0] }: PackedOptions,
): PreparedConvolution {
  const { transposed, kernel, strides, padding } = shape;
  const outChannels = filter.shape[3];
  const [packed, ends] = tf.tidy(() => pack(filter, bias, shape, precision === 'float16'));
  return {
    apply(x) {
      const outSize = ([0, 1] as const).map((axis) => {
        const [length, around] = [x.shape[1 + axis], 2 * padding[axis] - kernel[axis]];
        return transposed
          ? (length - 1) * strides[axis] - around + outputPadding[axis]
          : Math.floor((length + around) / strides[axis]) + 1;
      });
      const attributes = { ...shape, outChannels, outSize, residual, activation, alpha };
      return runKernel('PreparedConvolution', { x, filter: packed, ends }, attributes)[0] as tf.Tensor4D;
    },
    dispose: () => tf.dispose([packed, ends]),
  };
}

/** Largest magnitude in a packed filter: far from half precision's largest number and from its coarse small ones. */
const LARGEST_HALF = 2 ** 14;

/** The filter and the ends as the kernel takes them. */
function pack(filter: tf.Tensor4D, bias: tf.Tensor1D | undefined, shape: ConvolutionShape, half: boolean) {
  const [height, width, inChannels, outChannels] = filter.shape;
  const [more, moreOut] = [-inChannels & 3, -outChannels & 3];
  const taps = filter.reshape<tf.Tensor3D>([height * width, inChannels, outChannels]);
  const ordered = shape.transposed ? tf.gather(taps, tf.tensor1d(tapsInOrder(shape), 'int32')) : taps;
  const padded = more || moreOut ? ordered.pad([[0, 0], [0, more], [0, moreOut]]) : ordered; // biome-ignore format: pairs
  const values = padded.reshape<tf.Tensor2D>([-1, outChannels + moreOut]);
  const shift = bias ? bias.pad([[0, moreOut]]) : tf.zeros([outChannels + moreOut]);
  if (!half) return [values.clone(), tf.stack([tf.onesLike(shift), shift])];
  // Each channel has a scale of its own: batch norms make some a thousand times as large as others.
  const largest = largestOfColumns(values.abs()).div(LARGEST_HALF);
  const scale = tf.where(largest.equal(0), tf.onesLike(largest), largest);
  return [runKernel('PackHalves', { x: values.div(scale) })[0], tf.stack([scale, shift])];
}

/** By pooling, thirty times as fast on a software renderer as TensorFlow.js's maximum along the rows. */
function largestOfColumns(values: tf.Tensor2D): tf.Tensor1D {
  const [rows, columns] = values.shape;
  let largest = values.reshape<tf.Tensor4D>([1, rows, 1, columns]);
  while (largest.shape[1] > 1) largest = tf.maxPool(largest, [64, 1], [64, 1], 'same');
  return largest.reshape([columns]);
}
