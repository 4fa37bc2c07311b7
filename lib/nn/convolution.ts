import * as tf from '../backend/tf.ts';
import { fusedConv2d } from '../ops/fused_conv2d.ts';
import type { Activation } from './activation.ts';
import { type Epilogue, type Foldable, foldNorm, type Prepared } from './fold.ts';
import { explicitPad, type Pair, pair } from './geometry.ts';
import { kaimingUniform } from './init.ts';
import { Layer } from './module.ts';
import { Parameter } from './parameter.ts';

/** Numbers are pixels, or `[vertical, horizontal]`. */
export interface ConvolutionOptions {
  readonly stride?: number | Pair;
  /** Rows and columns of zeros added on each side. */
  readonly padding?: number | Pair;
  /** Default true. */
  readonly bias?: boolean;
}

/** PyTorch's `Conv2d` on `[batch, height, width, channels]`. */
export class Conv2d extends Layer implements Foldable {
  readonly #stride: Pair;
  readonly #padding: Pair;
  readonly #weight: Parameter;
  readonly #bias?: Parameter;

  constructor(
    inChannels: number,
    outChannels: number,
    kernel: number | Pair,
    { stride = 1, padding = 0, bias = true }: ConvolutionOptions = {},
  ) {
    super();
    this.#stride = pair(stride);
    this.#padding = pair(padding);
    const shape = [outChannels, inChannels, ...pair(kernel)];
    const init = kaimingUniform(inChannels * shape[2] * shape[3]);
    this.#weight = this.entry('weight', new Parameter({ shape, axes: [2, 3, 1, 0], init }));
    if (bias) this.#bias = this.entry('bias', new Parameter({ shape: [outChannels], init }));
  }

  override forward(x: tf.Tensor): tf.Tensor {
    return this.#run(x, this.#weight.value, this.#bias?.value);
  }

  prepared({ norm, activation, residual }: Epilogue): Prepared {
    const folded = foldNorm(this.#weight.value as tf.Tensor as tf.Tensor4D, this.#bias?.value, norm, 3);
    const kernel = residual ? addIdentity(folded.kernel) : folded.kernel;
    return {
      forward: (x) => this.#run(x, kernel, folded.bias, activation),
      dispose: () => tf.dispose([kernel, folded.bias]),
    };
  }

  #run(x: tf.Tensor, kernel: tf.Tensor, bias?: tf.Tensor, activation?: Activation): tf.Tensor {
    // Not as a number: TensorFlow.js then takes the vertical stride and kernel size for the horizontal ones.
    const pad = explicitPad(this.#padding);
    return fusedConv2d({
      x: x as tf.Tensor4D,
      filter: kernel as tf.Tensor4D,
      bias: bias as tf.Tensor1D | undefined,
      stride: this.#stride,
      pad,
      activation: activation?.activation,
      alpha: activation?.slope,
    });
  }
}

/**
 * Turns a kernel into one that also adds its input: one more at the centre, from each channel to itself. So a
 * residual connection costs nothing.
 */
function addIdentity(kernel: tf.Tensor4D): tf.Tensor4D {
  const [height, width, channels] = kernel.shape;
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  const sum = tf.tidy(() => {
    const centre = tf.eye(channels).reshape<tf.Tensor4D>([1, 1, channels, channels]);
    return kernel.add<tf.Tensor4D>(
      tf.pad(centre, [
        [top, top],
        [left, left],
        [0, 0],
        [0, 0],
      ]),
    );
  });
  kernel.dispose();
  return sum;
}
