import * as tf from '../backend/tf.ts';
import { customGrad } from './custom_grad.ts';
import { explicitPad } from './fused_conv2d.ts';

/** As PyTorch's `Conv2d`; a number stands for both axes. */
export interface Conv2dOptions {
  stride?: number | [number, number];
  padding?: number | [number, number];
  dilation?: number;
}

/**
 * Convolution. TensorFlow.js has no gradient for a dilated one, nor a stride with it; this has both.
 *
 * @param x `[batch, height, width, inChannels]`
 * @param filter `[kernelHeight, kernelWidth, inChannels, outChannels]`
 */
export function conv2d(x: tf.Tensor4D, filter: tf.Tensor4D, options: Conv2dOptions = {}): tf.Tensor4D {
  const { stride = 1, padding = 0, dilation = 1 } = options;
  const [strides, [vertical, horizontal]] = [stride, padding].map((v) => (typeof v === 'number' ? [v, v] : v)) as [
    number,
    number,
  ][];
  const pad = explicitPad(vertical, horizontal);
  if (dilation === 1) return tf.conv2d(x, filter, strides, pad);
  return customGrad(
    [x, filter],
    (x, filter) =>
      strides.every((s) => s === 1)
        ? tf.conv2d(x, filter, strides, pad, 'NHWC', dilation)
        : tf.conv2d(x, dilateFilter(filter, dilation), strides, pad),
    // The same convolution with the gaps filled with zeros, whose gradients every backend has.
    (dy, x, filter) => {
      const wide = dilateFilter(filter, dilation);
      const dWide = conv2dFilterGrad(x, dy, wide.shape, strides, pad);
      const taps = (length: number) => Array.from({ length }, (_, i) => i * dilation);
      const dFilter = tf.gather(tf.gather(dWide, taps(filter.shape[0]), 0), taps(filter.shape[1]), 1);
      return [conv2dInputGrad(x.shape, dy, wide, strides, pad), dFilter];
    },
  );
}

/** Puts `dilation - 1` zeros between the filter's taps. */
function dilateFilter(filter: tf.Tensor4D, dilation: number): tf.Tensor4D {
  const [height, width, inChannels, outChannels] = filter.shape;
  const gap = dilation - 1;
  const columns = tf.pad(filter.reshape([height, 1, width, inChannels * outChannels]), [
    [0, 0],
    [0, gap],
    [0, 0],
    [0, 0],
  ]);
  const rows = columns.reshape([height * dilation, width, 1, inChannels * outChannels]);
  const all = tf.pad(rows, [
    [0, 0],
    [0, 0],
    [0, gap],
    [0, 0],
  ]);
  const wide = all.reshape<tf.Tensor4D>([height * dilation, width * dilation, inChannels, outChannels]);
  return tf.slice(wide, [0, 0, 0, 0], [(height - 1) * dilation + 1, (width - 1) * dilation + 1, -1, -1]);
}

/** The gradient of `conv2d(x, filter, strides, pad)` for `x`, given that of its result. */
function conv2dInputGrad(
  inputShape: number[],
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  strides: [number, number],
  pad: tf.backend_util.ExplicitPadding,
): tf.Tensor4D {
  return runKernel('Conv2DBackpropInput', { dy, filter }, { strides, pad, dataFormat: 'NHWC', inputShape });
}

/** The gradient of `conv2d(x, filter, strides, pad)` for its filter, given that of its result. */
export function conv2dFilterGrad(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: number[],
  strides: [number, number],
  pad: tf.backend_util.ExplicitPadding,
): tf.Tensor4D {
  return runKernel('Conv2DBackpropFilter', { x, dy }, { strides, pad, dataFormat: 'NHWC', filterShape });
}

function runKernel(name: string, inputs: tf.NamedTensorMap, attributes: object): tf.Tensor4D {
  return tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap) as tf.Tensor4D;
}
