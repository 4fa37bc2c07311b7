import * as tf from '../backend/tf.ts';
import { fusedConv2d } from '../ops/fused_conv2d.ts';
import { type PreparedConv2dOptions, prepareConv2d } from '../ops/prepared_convolution.ts';
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
    return fusedConv2d({
      x: x as tf.Tensor4D,
      filter: this.#weight.value as tf.Tensor as tf.Tensor4D,
      bias: this.#bias?.value as tf.Tensor1D | undefined,
      stride: this.#stride,
      // Not as a number: TensorFlow.js then takes the vertical stride and kernel size for the horizontal ones.
      pad: explicitPad(this.#padding),
    });
  }

  prepared(epilogue: Epilogue): Prepared {
    const kernel = this.#weight.value as tf.Tensor as tf.Tensor4D;
    return preparedConv2d(kernel, this.#bias?.value, epilogue, { stride: this.#stride, padding: this.#padding });
  }
}

/** Folds the batch norm into a convolution and prepares that. */
export function preparedConv2d(
  weight: tf.Tensor4D,
  bias: tf.Tensor | undefined,
  { norm, activation, residual, precision }: Epilogue,
  geometry: Pick<PreparedConv2dOptions, 'stride' | 'padding'>,
): Prepared {
  const folded = foldNorm(weight, bias, norm, 3);
  const end = { bias: folded.bias, activation: activation?.activation, alpha: activation?.slope };
  const convolution = prepareConv2d(folded.kernel, { ...geometry, ...end, residual, precision });
  tf.dispose([folded.kernel, folded.bias as tf.Tensor]);
  return { forward: (x) => convolution.apply(x as tf.Tensor4D), dispose: () => convolution.dispose() };
}
