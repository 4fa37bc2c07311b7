import type * as tf from '../backend/tf.ts';

/** `[vertical, horizontal]`. */
export type Pair = [number, number];

export const pair = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value);

/** Zeros on each side of pictures, as TensorFlow.js writes them. */
export const explicitPad = ([height, width]: Pair): [
  [number, number],
  [number, number],
  [number, number],
  [number, number],
] => [
  [0, 0],
  [height, height],
  [width, width],
  [0, 0],
];

/** Runs a function of pictures `[batch, height, width, channels]` on each frame of a 5-D video too. */
export function foldTime(x: tf.Tensor, run: (frames: tf.Tensor4D) => tf.Tensor4D): tf.Tensor {
  if (x.rank === 4) return run(x as tf.Tensor4D);
  const [batch, time, ...frame] = x.shape;
  const result = run(x.reshape([batch * time, ...frame]));
  return result.reshape([batch, time, ...result.shape.slice(1)]);
}
