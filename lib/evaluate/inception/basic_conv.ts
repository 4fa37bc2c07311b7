import type * as tf from '../../backend/tf.ts';
import { Activation, BatchNorm, Conv2d, Layer, type Pair, type Precision, Sequential } from '../../nn/index.ts';

/** How an Inception convolution lies on its input. */
export interface BasicConvOptions {
  readonly stride?: number;
  readonly padding?: number | Pair;
}

/** Inception's convolution: without bias, batch norm with an epsilon of 0.001, ReLU. */
export class BasicConv extends Layer {
  readonly #body: Sequential;

  constructor(inChannels: number, outChannels: number, kernel: number | Pair, options: BasicConvOptions = {}) {
    super();
    const conv = this.child('conv', new Conv2d(inChannels, outChannels, kernel, { ...options, bias: false }));
    const norm = this.child('bn', new BatchNorm(outChannels, { eps: 1e-3 }));
    this.#body = new Sequential([conv, norm, new Activation('relu')]);
  }

  override forward(x: tf.Tensor): tf.Tensor {
    return this.#body.forward(x);
  }

  override fold(precision: Precision): void {
    this.#body.fold(precision);
  }

  override unfold(): void {
    this.#body.unfold();
  }
}
