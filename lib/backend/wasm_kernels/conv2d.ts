import { convolvePhases, splitFilter } from '../phase_convolution.ts';
import * as tf from '../tf.ts';
import { registerComposed } from './wasm_kernel.ts';

type Pad = 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
type Shape4D = [number, number, number, number];
interface Attributes {
  strides: number | [number, number];
  pad: Pad;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The gradients of a convolution, from convolutions and transposes, which XNNPACK makes fast. */
export function registerConv2dGradients(): void {
  registerComposed<Attributes & { filterShape: Shape4D }>('Conv2DBackpropFilter', ({ x, dy }, attributes) => {
    const { strides, pad, dimRoundingMode, filterShape } = attributes;
    const info = tf.backend_util.computeConv2DInfo(x.shape as Shape4D, filterShape, strides, 1, pad, dimRoundingMode);
    return filterGradient(x as tf.Tensor4D, dy as tf.Tensor4D, info);
  });
  registerComposed<Attributes & { inputShape: Shape4D }>('Conv2DBackpropInput', ({ dy, filter }, attributes) => {
    const { strides, pad, dimRoundingMode, inputShape } = attributes;
    const info = tf.backend_util.computeConv2DInfo(
      inputShape,
      filter.shape as Shape4D,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    return inputGradient(dy as tf.Tensor4D, filter as tf.Tensor4D, info);
  });
}

function filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, info: tf.backend_util.Conv2DInfo): tf.Tensor4D {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo, inChannels, outChannels } = info;
  const pixels = filterHeight * filterWidth * strideHeight * strideWidth;
  if (pixels === 1 && padInfo.top + padInfo.bottom + padInfo.left + padInfo.right === 0) {
    const [rows, dyRows] = [x.reshape<tf.Tensor2D>([-1, inChannels]), dy.reshape<tf.Tensor2D>([-1, outChannels])];
    return tf.matMul(rows, dyRows, true, false).reshape([1, 1, inChannels, outChannels]);
  }
  // Channels become the batch, the batch the channels, and the incoming gradient the filter, its stride a dilation.
  const bottom = lastPad(info.inHeight, padInfo.top, filterHeight, info.outHeight, strideHeight);
  const right = lastPad(info.inWidth, padInfo.left, filterWidth, info.outWidth, strideWidth);
  // A negative pad is rows at the end that no window reached.
  const size = [-1, info.inHeight + Math.min(0, bottom), info.inWidth + Math.min(0, right), -1];
  const seen = bottom < 0 || right < 0 ? tf.slice(x, [0, 0, 0, 0], size) : x;
  const pad: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [padInfo.top, Math.max(0, bottom)],
    [padInfo.left, Math.max(0, right)],
    [0, 0],
  ];
  const dilations: [number, number] = [strideHeight, strideWidth];
  const turned = tf.conv2d(
    tf.transpose(seen, [3, 1, 2, 0]) as tf.Tensor4D,
    tf.transpose(dy, [1, 2, 0, 3]) as tf.Tensor4D,
    1,
    pad,
    'NHWC',
    dilations,
  );
  return tf.transpose(turned, [1, 2, 0, 3]);
}

/** The padding at the end with which the windows of the turned convolution end just where they should. */
function lastPad(size: number, firstPad: number, taps: number, outputs: number, stride: number): number {
  return taps + (outputs - 1) * stride - firstPad - size;
}

function inputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, info: tf.backend_util.Conv2DInfo): tf.Tensor4D {
  const geometry = {
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    padding: [info.padInfo.top, info.padInfo.left],
    outSize: [info.inHeight, info.inWidth],
  } as const;
  return convolvePhases(dy, splitFilter(filter, geometry), info.inChannels, geometry, {
    convolve: (x, phase, pad) => tf.conv2d(x, phase, 1, pad),
    empty: (shape) => tf.zeros(shape),
  });
}
