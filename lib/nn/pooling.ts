import * as tf from '../backend/tf.ts';
import { explicitPad, foldTime, type Pair, pair } from './geometry.ts';
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
      const padded = this.#padding.some(Boolean) ? tf.pad(frames, explicitPad(this.#padding), LOWEST) : frames;
      return tf.maxPool(padded, this.#kernel, this.#stride, 'valid');
    });
  }
}
