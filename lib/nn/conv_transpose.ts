import * as tf from '../backend/tf.ts';
import { type Epilogue, type Foldable, foldNorm, type Prepared } from './fold.ts';
import { kaimingUniform } from './init.ts';
import { Layer } from './module.ts';
import { Parameter } from './parameter.ts';

export interface ConvTransposeOptions {
  readonly stride?: number;
  readonly padding?: number;
  readonly outputPadding?: number;
}

/** PyTorch's `ConvTranspose2d` on `[batch, height, width, channels]`, with a square kernel. */
export class ConvTranspose2d extends Layer implements Foldable {
  readonly #kernel: number;
  readonly #stride: number;
  readonly #padding: number;
  readonly #outputPadding: number;
  readonly #weight: Parameter;
  readonly #bias: Parameter;

  constructor(
    inChannels: number,
    outChannels: number,
    kernel: number,
    { stride = 1, padding = 0, outputPadding = 0 }: ConvTransposeOptions = {},
  ) {
    super();
    this.#kernel = kernel;
    this.#stride = stride;
    this.#padding = padding;
    this.#outputPadding = outputPadding;
    const shape = [inChannels, outChannels, kernel, kernel];
    // PyTorch takes the second axis for the fan-in here too.
    const init = kaimingUniform(outChannels * kernel * kernel);
    this.#weight = this.entry('weight', new Parameter({ shape, axes: [2, 3, 1, 0], init }));
    this.#bias = this.entry('bias', new Parameter({ shape: [outChannels], init }));
  }

  override forward(x: tf.Tensor): tf.Tensor {
    return this.#run(x, this.#weight.value).add(this.#bias.value);
  }

  prepared({ norm, activation }: Epilogue): Prepared {
    const folded = foldNorm(this.#weight.value, this.#bias.value, norm, 2);
    const [kernel, bias] = [tf.keep(folded.kernel.clone()), tf.keep(folded.bias!.clone())];
    const forward = (x: tf.Tensor): tf.Tensor => {
      const y = this.#run(x, kernel).add(bias);
      return activation ? activation.forward(y) : y;
    };
    return { forward, dispose: () => tf.dispose([kernel, bias]) };
  }

  #run(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
    const [batch, height, width] = x.shape;
    const grow = (size: number): number =>
      (size - 1) * this.#stride - 2 * this.#padding + this.#kernel + this.#outputPadding;
    const shape: [number, number, number, number] = [batch, grow(height), grow(width), kernel.shape[2]!];
    return tf.conv2dTranspose(x as tf.Tensor4D, kernel as tf.Tensor4D, shape, this.#stride, this.#padding);
  }
}
