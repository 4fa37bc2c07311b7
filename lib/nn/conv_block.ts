import type * as tf from '../backend/tf.ts';
import type { Conv2dTransposeOptions } from '../ops/conv2d_transpose.ts';
import type { Precision } from '../ops/prepared_convolution.ts';
import { Activation } from './activation.ts';
import { BatchNorm } from './batch_norm.ts';
import { ConvTranspose2d } from './conv_transpose.ts';
import { Conv2d, type ConvolutionOptions } from './convolution.ts';
import type { Epilogue, Foldable, Prepared } from './fold.ts';
import type { Pair } from './geometry.ts';
import { Layer } from './module.ts';
import { Sequential } from './sequential.ts';

/**
 * Wav2Lip's building block: layers under `conv_block`, then their input is added where `residual`, then the
 * activation.
 */
abstract class ConvBlock extends Layer {
  readonly #layer: Layer & Foldable;
  readonly #norm?: BatchNorm;
  readonly #activation: Activation;
  readonly #residual: boolean;
  #prepared?: Prepared;

  constructor(layer: Layer & Foldable, { norm, activation, residual = false }: Epilogue & { activation: Activation }) {
    super();
    this.#layer = layer;
    this.#norm = norm;
    this.#activation = activation;
    this.#residual = residual;
    this.child('conv_block', new Sequential(norm ? [layer, norm] : [layer]));
  }

  override forward(x: tf.Tensor): tf.Tensor {
    if (this.#prepared) return this.#prepared.forward(x);
    const y = this.#layer.forward(x);
    const residual = this.#residual ? x : undefined;
    if (!this.#norm) return this.#activation.forward(residual ? y.add(residual) : y);
    const relu = this.#activation.activation === 'relu';
    const normal = this.#norm.forwardWith(y, { residual, relu });
    return relu ? normal : this.#activation.forward(normal);
  }

  override fold(precision: Precision): void {
    this.unfold();
    const [norm, activation, residual] = [this.#norm, this.#activation, this.#residual];
    this.#prepared = this.#layer.prepared({ norm, activation, residual, precision });
  }

  override unfold(): void {
    this.#prepared?.dispose();
    this.#prepared = undefined;
  }
}

/** Convolution, batch norm, optional residual, ReLU. */
export class Conv2dBlock extends ConvBlock {
  constructor(
    inChannels: number,
    outChannels: number,
    kernel: number | Pair,
    { residual = false, ...options }: ConvolutionOptions & { readonly residual?: boolean } = {},
  ) {
    const convolution = new Conv2d(inChannels, outChannels, kernel, options);
    super(convolution, { norm: new BatchNorm(outChannels), activation: new Activation('relu'), residual });
  }
}

/** Convolution and leaky ReLU, without batch norm. */
export class NoNormConv2dBlock extends ConvBlock {
  constructor(inChannels: number, outChannels: number, kernel: number | Pair, options: ConvolutionOptions = {}) {
    super(new Conv2d(inChannels, outChannels, kernel, options), { activation: new Activation('leakyrelu', 0.01) });
  }
}

/** Transposed convolution, batch norm, ReLU. */
export class ConvTranspose2dBlock extends ConvBlock {
  constructor(inChannels: number, outChannels: number, kernel: number, options: Conv2dTransposeOptions = {}) {
    const convolution = new ConvTranspose2d(inChannels, outChannels, kernel, options);
    super(convolution, { norm: new BatchNorm(outChannels), activation: new Activation('relu') });
  }
}
