import { convolvePhases, type PhaseConvolution, splitFilter } from '../backend/phase_convolution.ts';
import * as tf from '../backend/tf.ts';
import { conv2dFilterGrad } from './conv2d.ts';
import { customGrad } from './custom_grad.ts';
import { type Activation, activate, explicitPad, fusedConv2d } from './fused_conv2d.ts';

/** As PyTorch's `ConvTranspose2d`; a number stands for both axes. */
export interface Conv2dTransposeOptions {
  stride?: number | readonly [number, number];
  padding?: number | readonly [number, number];
  /** Rows and columns added at the bottom and right; less than the stride. */
  outputPadding?: number | readonly [number, number];
}

/** What a prepared transposed convolution does to its result before it is written. */
export interface FusedEnd {
  /** `[outChannels]` */
  bias?: tf.Tensor1D;
  activation?: Activation;
  /** Slope of `leakyrelu` for negative values. */
  alpha?: number;
}

/** A transposed convolution whose filter is taken apart once, for inference. */
export interface PreparedConv2dTranspose {
  apply(x: tf.Tensor4D, end?: FusedEnd): tf.Tensor4D;
  dispose(): void;
}

/**
 * PyTorch's transposed convolution, with gradients.
 *
 * @param x `[batch, height, width, inChannels]`
 * @param filter `[kernelHeight, kernelWidth, outChannels, inChannels]`
 * @returns `[batch, (height - 1) * stride - 2 * padding + kernelHeight + outputPadding, ..., outChannels]`
 */
export function conv2dTranspose(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  options: Conv2dTransposeOptions = {},
): tf.Tensor4D {
  const { strides, padding } = geometryOf(filter.shape, options);
  const pad = explicitPad(padding[0], padding[1]);
  return customGrad(
    [x, filter],
    (x, filter) => {
      const prepared = prepareConv2dTranspose(filter, options);
      return prepared.apply(x);
    },
    // Seen from the result, it is an ordinary convolution run backwards.
    (dy, x, filter) => [tf.conv2d(dy, filter, strides, pad), conv2dFilterGrad(dy, x, filter.shape, strides, pad)],
  );
}

/** Takes `filter` apart for {@link PreparedConv2dTranspose.apply}; it may be disposed of afterwards. */
export function prepareConv2dTranspose(
  filter: tf.Tensor4D,
  options: Conv2dTransposeOptions = {},
): PreparedConv2dTranspose {
  const geometry = geometryOf(filter.shape, options);
  const { kernel, strides, padding, outputPadding } = geometry;
  const outChannels = filter.shape[2];
  const phases = tf.tidy(() => splitFilter(filter, geometry));
  return {
    apply(x, end = {}) {
      const size = (axis: 0 | 1) =>
        (x.shape[1 + axis] - 1) * strides[axis] - 2 * padding[axis] + kernel[axis] + outputPadding[axis];
      const withSize = { ...geometry, outSize: [size(0), size(1)] as const };
      return tf.tidy(() => convolvePhases(x, phases, outChannels, withSize, fusedConvolution(end)));
    },
    dispose: () => tf.dispose(phases),
  };
}

function fusedConvolution(end: FusedEnd): PhaseConvolution {
  return {
    convolve: (x, filter, pad) => fusedConv2d({ x, filter, pad, ...end }),
    empty: (shape) => {
      const value = tf.zeros<tf.Rank.R4>(shape);
      return activate(end.bias ? value.add(end.bias) : value, end.activation ?? 'linear', end.alpha);
    },
  };
}

function geometryOf([height, width]: readonly number[], options: Conv2dTransposeOptions) {
  const { stride = 1, padding = 0, outputPadding = 0 } = options;
  const kernel = [height, width] as const;
  return { kernel, strides: pair(stride), padding: pair(padding), outputPadding: pair(outputPadding) };
}

const pair = (value: number | readonly [number, number]) =>
  (typeof value === 'number' ? [value, value] : [...value]) as [number, number];
