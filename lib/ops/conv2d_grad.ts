import * as tf from '../backend/tf.ts';

/** The gradient of `conv2d(x, filter, strides, pad)` for its filter, given that of its result; every backend has it as a kernel. */
export function conv2dFilterGrad(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: [number, number, number, number],
  strides: [number, number],
  pad: tf.backend_util.ExplicitPadding,
): tf.Tensor4D {
  const attributes = { strides, pad, dataFormat: 'NHWC', filterShape };
  return tf
    .engine()
    .runKernel('Conv2DBackpropFilter', { x, dy }, attributes as unknown as tf.NamedAttrMap) as tf.Tensor4D;
}
