import * as tf from '../backend/tf.ts';
import type { ActivationName } from './activation.ts';
import { type Epilogue, type Foldable, foldNorm, type Prepared } from './fold.ts';
import { pair, type Pair } from './geometry.ts';
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
    const folded = foldNorm(this.#weight.value, this.#bias?.value, norm, 3);
    const kernel = tf.keep(residual ? addIdentity(folded.kernel as tf.Tensor4D) : folded.kernel.clone());
    const bias = folded.bias && tf.keep(folded.bias.clone());
    return {
      forward: (x) => this.#run(x, kernel, bias, activation?.activation, activation?.slope),
      dispose: () => tf.dispose([kernel, bias]),
    };
  }

  #run(x: tf.Tensor, kernel: tf.Tensor, bias?: tf.Tensor, activation?: ActivationName, slope?: number): tf.Tensor {
    const [height, width] = this.#padding;
    return tf.fused.conv2d({
      x: x as tf.Tensor4D,
      filter: kernel as tf.Tensor4D,
      strides: this.#stride,
      pad: height === width ? height : [[0, 0], [height, height], [width, width], [0, 0]],
      bias,
      activation,
      leakyreluAlpha: slope,
    });
  }
}

/**
 * A kernel that also adds its input: one more at the centre, from each channel to itself. So a residual
 * connection costs nothing.
 */
function addIdentity(kernel: tf.Tensor4D): tf.Tensor4D {
  const [height, width, channels] = kernel.shape;
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  const centre = tf.eye(channels).reshape<tf.Tensor4D>([1, 1, channels, channels]);
  return kernel.add(tf.pad(centre, [[top, top], [left, left], [0, 0], [0, 0]]));
}
