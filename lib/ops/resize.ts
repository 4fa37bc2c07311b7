import * as tf from '../backend/tf.ts';

/** As the arguments of PyTorch's `interpolate`: `size` or `scaleFactor`, one number for both axes or one each. */
export interface ResizeOptions {
  size?: number | readonly [number, number];
  scaleFactor?: number | readonly [number, number];
  /** Default `nearest`, as in PyTorch. */
  mode?: 'nearest' | 'bilinear';
  /** `bilinear` only: whether the centres of the outermost pixels meet. Default false, as in PyTorch. */
  alignCorners?: boolean;
}

/**
 * PyTorch's `interpolate` of images, without antialiasing: a matrix product along each axis, so that the
 * gradient is right by construction (TensorFlow.js's own is wrong for half-pixel centres).
 *
 * @param x `[batch, height, width, channels]`
 */
export function resize(x: tf.Tensor4D, options: ResizeOptions): tf.Tensor4D {
  const [height, width] = [1, 2].map((axis) => axisResize(x.shape[axis], axis - 1, options));
  return tf.tidy(() => resizeWidth(resizeHeight(x, height), width));
}

interface AxisResize {
  inSize: number;
  outSize: number;
  mode: 'nearest' | 'bilinear';
  /** The position in the input of an output index, in pixels from the centre of pixel 0. */
  position: (index: number) => number;
}

function axisResize(inSize: number, axis: number, options: ResizeOptions): AxisResize {
  const { size, scaleFactor, mode = 'nearest', alignCorners = false } = options;
  const pick = (value: number | readonly [number, number]) => (typeof value === 'number' ? value : value[axis]);
  const factor = scaleFactor === undefined ? undefined : pick(scaleFactor);
  const outSize = factor === undefined ? pick(size!) : Math.floor(inSize * factor);
  // A given factor counts as it is, even where rounding the size changed the true ratio.
  const step = factor === undefined ? inSize / outSize : 1 / factor;
  if (mode === 'nearest') return { inSize, outSize, mode, position: (i) => Math.min(Math.floor(i * step), inSize - 1) };
  if (!alignCorners) return { inSize, outSize, mode, position: (i) => Math.max((i + 0.5) * step - 0.5, 0) };
  const cornerStep = outSize > 1 ? (inSize - 1) / (outSize - 1) : 0;
  return { inSize, outSize, mode, position: (i) => i * cornerStep };
}

function resizeHeight(x: tf.Tensor4D, axis: AxisResize): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (isIdentity(axis)) return x;
  const rows = x.reshape<tf.Tensor3D>([batch, height, width * channels]);
  const repeats = wholeRepeats(axis);
  const resized = repeats ? repeatBlocks(rows, repeats) : tf.matMul(matrix(axis, batch), rows);
  return resized.reshape([batch, axis.outSize, width, channels]);
}

function resizeWidth(x: tf.Tensor4D, axis: AxisResize): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (isIdentity(axis)) return x;
  const pixels = x.reshape<tf.Tensor3D>([batch * height, width, channels]);
  const repeats = wholeRepeats(axis);
  const resized = repeats ? repeatBlocks(pixels, repeats) : tf.matMul(matrix(axis, batch * height), pixels);
  return resized.reshape([batch, height, axis.outSize, channels]);
}

/** Nearest enlargement by a whole factor only repeats memory. */
function wholeRepeats({ mode, inSize, outSize, position }: AxisResize): number | undefined {
  const repeats = outSize / inSize;
  return mode === 'nearest' && Number.isInteger(repeats) && position(repeats) === 1 ? repeats : undefined;
}

function repeatBlocks(x: tf.Tensor3D, repeats: number): tf.Tensor3D {
  return tf.concat(new Array<tf.Tensor3D>(repeats).fill(x), 2);
}

const isIdentity = ({ inSize, outSize, position }: AxisResize) => inSize === outSize && position(1) === 1;

/** The weights of the input pixels (columns) in the output pixels (rows), once for each matrix of the batch. */
function matrix({ inSize, outSize, position }: AxisResize, batch: number): tf.Tensor3D {
  const weights = new Float32Array(outSize * inSize);
  for (let i = 0; i < outSize; i++) {
    const at = position(i);
    const low = Math.min(Math.floor(at), inSize - 1);
    const high = Math.min(low + 1, inSize - 1);
    weights[i * inSize + low] += 1 - (at - low);
    weights[i * inSize + high] += at - low;
  }
  const one = tf.tensor3d(weights, [1, outSize, inSize]);
  // Not every backend's matMul broadcasts the batch with a right gradient.
  return batch === 1 ? one : tf.tile(one, [batch, 1, 1]);
}
