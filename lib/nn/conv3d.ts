import * as tf from '../backend/tf.ts';
import { fusedConv2d } from '../ops/fused_conv2d.ts';
import { preparedConv2d } from './convolution.ts';
import type { Epilogue, Foldable, Prepared } from './fold.ts';
import { explicitPad, foldTime, type Pair, pair } from './geometry.ts';
import { kaimingUniform } from './init.ts';
import { Layer } from './module.ts';
import { Parameter } from './parameter.ts';

/** Numbers are pixels, or `[vertical, horizontal]`. Along time the stride is 1 and nothing is padded. */
export interface Conv3dOptions {
  readonly stride?: number | Pair;
  readonly padding?: number | Pair;
}

/**
 * PyTorch's `Conv3d` on `[batch, time, height, width, channels]`. It runs as a two-dimensional convolution
 * over the frames of each window, side by side in the channels: that kernel is fast and has right gradients on
 * every backend, which three-dimensional ones have not.
 */
export class Conv3d extends Layer implements Foldable {
  readonly #frames: number;
  readonly #stride: Pair;
  readonly #padding: Pair;
  readonly #weight: Parameter;
  readonly #bias: Parameter;

  /** @param kernel frames, height, width */
  constructor(
    inChannels: number,
    outChannels: number,
    kernel: readonly [number, number, number],
    { stride = 1, padding = 0 }: Conv3dOptions = {},
  ) {
    super();
    const [frames, height, width] = kernel;
    this.#frames = frames;
    this.#stride = pair(stride);
    this.#padding = pair(padding);
    const init = kaimingUniform(inChannels * frames * height * width);
    const weight = new Parameter({
      shape: [outChannels, inChannels, ...kernel],
      axes: [3, 4, 2, 1, 0],
      storedShape: [height, width, frames * inChannels, outChannels],
      init,
    });
    this.#weight = this.entry('weight', weight);
    this.#bias = this.entry('bias', new Parameter({ shape: [outChannels], init }));
  }

  override forward(x: tf.Tensor): tf.Tensor {
    const filter = this.#weight.value as tf.Tensor as tf.Tensor4D;
    const bias = this.#bias.value as tf.Tensor as tf.Tensor1D;
    const pad = explicitPad(this.#padding);
    return this.#run(x, (frames) => fusedConv2d({ x: frames, filter, bias, stride: this.#stride, pad }));
  }

  prepared(epilogue: Epilogue): Prepared {
    const geometry = { stride: this.#stride, padding: this.#padding };
    const filter = this.#weight.value as tf.Tensor as tf.Tensor4D;
    const { forward, dispose } = preparedConv2d(filter, this.#bias.value, epilogue, geometry);
    return { forward: (x) => this.#run(x, (frames) => forward(frames) as tf.Tensor4D), dispose };
  }

  #run(x: tf.Tensor, convolve: (frames: tf.Tensor4D) => tf.Tensor4D): tf.Tensor {
    return foldTime(windows(x as tf.Tensor5D, this.#frames), convolve);
  }
}

/** Each `length` frames that follow each other, side by side in the channels. */
function windows(x: tf.Tensor5D, length: number): tf.Tensor5D {
  if (length === 1) return x;
  const [batch, time, height, width, channels] = x.shape;
  const count = time - length + 1;
  // Rank 4: the gradient of a slice of rank 5 is a padding that tfjs-backend-webgpu cannot compile.
  const frames = x.reshape<tf.Tensor4D>([batch, time, height * width, channels]);
  const shifted = Array.from({ length }, (_, start) => tf.slice(frames, [0, start, 0, 0], [-1, count, -1, -1]));
  return tf.concat(shifted, 3).reshape([batch, count, height, width, length * channels]);
}
