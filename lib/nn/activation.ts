import type * as tf from '../backend/tf.ts';
import { type Activation as ActivationName, activate } from '../ops/fused_conv2d.ts';
import { Layer } from './module.ts';

/** Applies an activation without weights; a convolution before it takes it over when prepared. */
export class Activation extends Layer {
  readonly activation: ActivationName;
  /** Factor of negative values of a leaky ReLU; PyTorch's default is 0.01. */
  readonly slope: number;

  constructor(activation: ActivationName, slope = 0.01) {
    super();
    this.activation = activation;
    this.slope = slope;
  }

  override forward(x: tf.Tensor): tf.Tensor {
    return activate(x, this.activation, this.slope);
  }
}
