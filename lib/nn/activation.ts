import * as tf from '../backend/tf.ts';
import { Layer } from './module.ts';

/** A function of each element, by its TensorFlow.js name. */
export type ActivationName = 'linear' | 'relu' | 'leakyrelu' | 'sigmoid';

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
    switch (this.activation) {
      case 'linear':
        return x;
      case 'relu':
        return tf.relu(x);
      case 'leakyrelu':
        return tf.leakyRelu(x, this.slope);
      case 'sigmoid':
        return tf.sigmoid(x);
      default:
        return this.activation satisfies never;
    }
  }
}
