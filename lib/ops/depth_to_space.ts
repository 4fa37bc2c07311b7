import * as tf from '../backend/tf.ts';

/** Moves channels into space, TensorFlow's order: `[b, h, w, r*r*c]` to `[b, h*r, w*r, c]`, channel `(row*r + column)*c + i`. */
export function depthToSpace(x: tf.Tensor4D, blockSize: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const rowLength = channels / blockSize;
  // In memory only the rows inside a block must move; the columns already lie in place.
  const rows = tf.transpose(x.reshape([batch * height, width, blockSize, rowLength]), [0, 2, 1, 3]);
  return rows.reshape([batch, height * blockSize, width * blockSize, rowLength / blockSize]);
}

/** The inverse of {@link depthToSpace}. */
export function spaceToDepth(x: tf.Tensor4D, blockSize: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const rows = x.reshape([(batch * height) / blockSize, blockSize, width / blockSize, blockSize * channels]);
  return tf
    .transpose(rows, [0, 2, 1, 3])
    .reshape([batch, height / blockSize, width / blockSize, blockSize * blockSize * channels]);
}

/** PyTorch's `PixelShuffle`: `[b, h, w, c*r*r]` to `[b, h*r, w*r, c]`, channel `(i*r + row)*r + column`. */
export function pixelShuffle(x: tf.Tensor4D, upscaleFactor: number): tf.Tensor4D {
  return depthToSpace(turnChannels(x, x.shape[3] / upscaleFactor ** 2), upscaleFactor);
}

/** PyTorch's `PixelUnshuffle`: the inverse of {@link pixelShuffle}. */
export function pixelUnshuffle(x: tf.Tensor4D, downscaleFactor: number): tf.Tensor4D {
  return turnChannels(spaceToDepth(x, downscaleFactor), downscaleFactor ** 2);
}

/** Reads the channels as a matrix of `rows` rows and writes its transpose. */
function turnChannels(x: tf.Tensor4D, rows: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const turned = tf.transpose(x.reshape([batch * height * width, rows, channels / rows]), [0, 2, 1]);
  return turned.reshape([batch, height, width, channels]);
}
