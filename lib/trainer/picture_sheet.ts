import * as tf from '../backend/tf.ts';
import type { Frame } from '../media/frame.ts';

/**
 * Lays pictures out as one, and disposes of them.
 *
 * @param pictures `[rows, columns, height, width, 3]`, RGB in [0, 1]
 */
export async function pictureSheet(pictures: tf.Tensor5D): Promise<Frame> {
  const [rows, columns, height, width] = pictures.shape;
  const sheet = tf.tidy(() => {
    const lines = pictures.reshape<tf.Tensor4D>([rows, columns, height, width * 3]).transpose([0, 2, 1, 3]);
    return lines.mul(255).round().clipByValue(0, 255).reshape([-1]);
  });
  pictures.dispose();
  const data = Uint8Array.from(await sheet.data());
  sheet.dispose();
  return { data, width: columns * width, height: rows * height };
}
