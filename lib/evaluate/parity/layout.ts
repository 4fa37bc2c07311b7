import * as tf from '../../backend/tf.ts';

/** Moves PyTorch's channel axis, or the given one, to the end. */
export function channelsLast(x: tf.Tensor, axis = 1): tf.Tensor {
  const axes = x.shape.map((_, index) => index).filter((index) => index !== axis);
  return tf.transpose(x, [...axes, axis]);
}

/** Moves our channel axis to where PyTorch has it. */
export function channelsFirst(x: tf.Tensor, axis = 1): tf.Tensor {
  const axes = x.shape.map((_, index) => index).slice(0, -1);
  axes.splice(axis, 0, x.rank - 1);
  return tf.transpose(x, axes);
}
