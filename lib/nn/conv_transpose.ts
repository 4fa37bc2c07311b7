import * as tf from '../backend/tf.ts';
import { type Conv2dTransposeOptions, conv2dTranspose, prepareConv2dTranspose } from '../ops/conv2d_transpose.ts';
import { type Epilogue, type Foldable, foldNorm, type Prepared } from './fold.ts';
import { kaimingUniform } from './init.ts';
import { Layer } from './module.ts';
import { Parameter } from './parameter.ts';

/** PyTorch's `ConvTranspose2d` on `[batch, height, width, channels]`, with a square kernel. */
export class ConvTranspose2d extends Layer implements Foldable {
  readonly #options: Conv2dTransposeOptions;
  readonly #weight: Parameter;
  readonly #bias: Parameter;

  constructor(inChannels: number, outChannels: number, kernel: number, options: Conv2dTransposeOptions = {}) {
    super();
    this.#options = options;
    const shape = [inChannels, outChannels, kernel, kernel];
    // PyTorch takes the second axis for the fan-in here too.
    const init = kaimingUniform(outChannels * kernel * kernel);
    this.#weight = this.entry('weight', new Parameter({ shape, axes: [2, 3, 1, 0], init }));
    this.#bias = this.entry('bias', new Parameter({ shape: [outChannels], init }));
  }

  override forward(x: tf.Tensor): tf.Tensor {
    const y = conv2dTranspose(x as tf.Tensor4D, this.#weight.value as tf.Tensor4D, this.#options);
    return y.add(this.#bias.value);
  }

  prepared({ norm, activation, precision }: Epilogue): Prepared {
    const { kernel, bias } = foldNorm(this.#weight.value as tf.Tensor as tf.Tensor4D, this.#bias.value, norm, 2);
    const end = { bias, activation: activation?.activation, alpha: activation?.slope, precision };
    const convolution = prepareConv2dTranspose(kernel, { ...this.#options, ...end });
    tf.dispose([kernel, bias as tf.Tensor]);
    return { forward: (x) => convolution.apply(x as tf.Tensor4D), dispose: () => convolution.dispose() };
  }
}
