import type * as tf from '../backend/tf.ts';
import type { Conv2dTransposeOptions } from '../ops/conv2d_transpose.ts';
import { Activation } from './activation.ts';
import { BatchNorm } from './batch_norm.ts';
import { ConvTranspose2d } from './conv_transpose.ts';
import { Conv2d, type ConvolutionOptions } from './convolution.ts';
import { isFoldable, type Prepared } from './fold.ts';
import type { Pair } from './geometry.ts';
import { Layer } from './module.ts';
import { Sequential } from './sequential.ts';

/**
 * Wav2Lip's building block: layers under `conv_block`, then their input is added where `residual`, then the
 * activation.
 */
abstract class ConvBlock extends Layer {
  readonly #layers: readonly [Layer, BatchNorm?];
  readonly #block: Sequential;
  readonly #activation: Activation;
  readonly #residual: boolean;
  #prepared?: Prepared;

  constructor(layers: [Layer, BatchNorm?], activation: Activation, residual = false) {
    super();
    this.#layers = layers;
    this.#block = this.child('conv_block', new Sequential(layers as Layer[]));
    this.#activation = activation;
    this.#residual = residual;
  }

  override forward(x: tf.Tensor): tf.Tensor {
    if (this.#prepared) return this.#prepared.forward(x);
    const y = this.#block.forward(x);
    return this.#activation.forward(this.#residual ? y.add(x) : y);
  }

  override fold(): void {
    this.unfold();
    const [layer, norm] = this.#layers;
    if (isFoldable(layer)) {
      this.#prepared = layer.prepared({ norm, activation: this.#activation, residual: this.#residual });
    }
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
    super([convolution, new BatchNorm(outChannels)], new Activation('relu'), residual);
  }
}

/** Convolution and leaky ReLU, without batch norm. */
export class NoNormConv2dBlock extends ConvBlock {
  constructor(inChannels: number, outChannels: number, kernel: number | Pair, options: ConvolutionOptions = {}) {
    super([new Conv2d(inChannels, outChannels, kernel, options)], new Activation('leakyrelu', 0.01));
  }
}

/** Transposed convolution, batch norm, ReLU. */
export class ConvTranspose2dBlock extends ConvBlock {
  constructor(inChannels: number, outChannels: number, kernel: number, options: Conv2dTransposeOptions = {}) {
    const convolution = new ConvTranspose2d(inChannels, outChannels, kernel, options);
    super([convolution, new BatchNorm(outChannels)], new Activation('relu'));
  }
}
