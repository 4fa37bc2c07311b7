import * as tf from '../backend/tf.ts';
import { foldTime, pair, type Pair } from './geometry.ts';
import { Layer } from './module.ts';

/** Below every activation that occurs, yet finite: WebGPU shaders need not know infinity. */
const LOWEST = -3.4e38;

/**
 * Largest value of each window, PyTorch's `MaxPool2d` (no dilation, floor mode). A video
 * `[batch, time, height, width, channels]` is pooled frame by frame.
 */
export class MaxPool2d extends Layer {
  readonly #kernel: Pair;
  readonly #stride: Pair;
  readonly #padding: Pair;

  /** Each number is pixels, or `[vertical, horizontal]`. */
  constructor(kernel: number | Pair, stride = kernel, padding: number | Pair = 0) {
    super();
    this.#kernel = pair(kernel);
    this.#stride = pair(stride);
    this.#padding = pair(padding);
  }

  override forward(x: tf.Tensor): tf.Tensor {
    return foldTime(x, (frames) => {
      const [height, width] = this.#padding;
      const padded =
        height || width ? tf.pad(frames, [[0, 0], [height, height], [width, width], [0, 0]], LOWEST) : frames;
      return tf.maxPool(padded as tf.Tensor4D, this.#kernel, this.#stride, 'valid');
    });
  }
}
