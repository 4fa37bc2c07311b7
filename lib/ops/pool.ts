import * as tf from '../backend/tf.ts';
import { pad2d } from './pad.ts';

/** As PyTorch's pools: square windows; the stride is the kernel unless given. */
export interface PoolOptions {
  stride?: number;
  padding?: number;
}

/** PyTorch's `MaxPool2d`. `x` is `[batch, height, width, channels]`. */
export function maxPool2d(
  x: tf.Tensor4D,
  kernel: number,
  { stride = kernel, padding = 0 }: PoolOptions = {},
): tf.Tensor4D {
  // Padded by ourselves: TensorFlow's native pools know only its own two ways of padding.
  return tf.tidy(() => {
    const lowest = -3e38;
    const sides: [number, number] = [padding, padding];
    const padded = padding ? tf.pad(x, [[0, 0], sides, sides, [0, 0]], lowest) : x;
    return tf.maxPool(padded, kernel, stride, 'valid');
  });
}

/** PyTorch's `AvgPool2d`; `countIncludePad` says whether padded zeros count, as they do by default. `x` is `[batch, height, width, channels]`. */
export function avgPool2d(
  x: tf.Tensor4D,
  kernel: number,
  { stride = kernel, padding = 0, countIncludePad = true }: PoolOptions & { countIncludePad?: boolean } = {},
): tf.Tensor4D {
  // Padded by ourselves: TensorFlow.js's gradient counts padded zeros, though its pool does not.
  const pool = (image: tf.Tensor4D) => tf.avgPool(padding ? pad2d(image, padding) : image, kernel, stride, 'valid');
  return tf.tidy(() => {
    const mean = pool(x);
    if (countIncludePad || !padding) return mean;
    return mean.div(pool(tf.ones<tf.Rank.R4>([1, x.shape[1], x.shape[2], 1])));
  });
}

/** PyTorch's `AdaptiveAvgPool2d`: output cell `i` is the mean of rows `floor(i*h/out)` to `ceil((i+1)*h/out)`. */
export function adaptiveAvgPool2d(x: tf.Tensor4D, outSize: number | readonly [number, number]): tf.Tensor4D {
  const [outHeight, outWidth] = typeof outSize === 'number' ? [outSize, outSize] : outSize;
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    if (outHeight === 1 && outWidth === 1) return tf.mean(x, [1, 2], true);
    const rows = tf.matMul(meanMatrix(height, outHeight, batch), x.reshape([batch, height, width * channels]));
    const columns = rows.reshape([batch * outHeight, width, channels]);
    const cells = tf.matMul(meanMatrix(width, outWidth, batch * outHeight), columns);
    return cells.reshape<tf.Tensor4D>([batch, outHeight, outWidth, channels]);
  });
}

function meanMatrix(inSize: number, outSize: number, batch: number): tf.Tensor {
  const weights = new Float32Array(outSize * inSize);
  for (let i = 0; i < outSize; i++) {
    const from = Math.floor((i * inSize) / outSize);
    const to = Math.ceil(((i + 1) * inSize) / outSize);
    weights.fill(1 / (to - from), i * inSize + from, i * inSize + to);
  }
  return tf.tile(tf.tensor3d(weights, [1, outSize, inSize]), [batch, 1, 1]);
}
