import * as tf from '../backend/tf.ts';

/** Pixels to add: one number for all sides, or `[left, right, top, bottom]`, PyTorch's order. */
export type Padding2d = number | readonly [number, number, number, number];

/**
 * PyTorch's `pad` of images with zeros, by mirroring without the edge pixel (`reflect`; less than the size)
 * or by repeating the edge pixel (`replicate`). Made of slices, whose gradients are right; `tf.mirrorPad`'s is not.
 *
 * @param x `[batch, height, width, channels]`
 */
export function pad2d(
  x: tf.Tensor4D,
  padding: Padding2d,
  mode: 'zeros' | 'reflect' | 'replicate' = 'zeros',
): tf.Tensor4D {
  const [left, right, top, bottom] = typeof padding === 'number' ? [padding, padding, padding, padding] : padding;
  if (mode === 'zeros') {
    return tf.pad(x, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]);
  }
  return tf.tidy(() => padAxis(padAxis(x, 1, top, bottom, mode), 2, left, right, mode));
}

function padAxis(x: tf.Tensor4D, axis: 1 | 2, low: number, high: number, mode: 'reflect' | 'replicate'): tf.Tensor4D {
  const size = x.shape[axis];
  const part = (start: number, length: number) => {
    const begin = [0, 0, 0, 0];
    const lengths = [-1, -1, -1, -1];
    begin[axis] = start;
    lengths[axis] = length;
    return tf.slice(x, begin, lengths);
  };
  const repeated = (start: number, count: number) => new Array<tf.Tensor4D>(count).fill(part(start, 1));
  const parts =
    mode === 'reflect'
      ? [
          ...(low ? [tf.reverse(part(1, low), axis)] : []),
          x,
          ...(high ? [tf.reverse(part(size - 1 - high, high), axis)] : []),
        ]
      : [...repeated(0, low), x, ...repeated(size - 1, high)];
  return parts.length === 1 ? x : tf.concat(parts, axis);
}
