import * as tf from '../backend/tf.ts';

/** What a convolution can do to its result before it is written. */
export type Activation = 'linear' | 'relu' | 'leakyrelu' | 'sigmoid' | 'tanh';

/** The arguments of {@link fusedConv2d}. */
export interface FusedConv2d {
  /** `[batch, height, width, inChannels]` */
  x: tf.Tensor4D;
  /** `[kernelHeight, kernelWidth, inChannels, outChannels]` */
  filter: tf.Tensor4D;
  /** `[outChannels]` */
  bias?: tf.Tensor1D;
  /** Added before the activation; of the result's shape. */
  residual?: tf.Tensor4D;
  activation?: Activation;
  /** Slope of `leakyrelu` for negative values. */
  alpha?: number;
  stride?: number | [number, number];
  /** Zeros around the input, one number for all sides, or as TensorFlow.js writes them. */
  pad?: number | tf.backend_util.ExplicitPadding;
  dilation?: number | [number, number];
}

/** `activation(conv2d(x, filter) + bias + residual)` in as few passes over memory as the backend can. For inference: it has no gradient where a residual is added. */
export function fusedConv2d(args: FusedConv2d): tf.Tensor4D {
  const { x, filter, bias, residual, activation = 'linear', alpha = 0.2, stride = 1, pad = 0, dilation = 1 } = args;
  return tf.tidy(() => {
    const fusable = !residual && activation !== 'tanh';
    const y = tf.fused.conv2d({
      x,
      filter,
      bias,
      strides: stride,
      pad,
      dilations: dilation,
      activation: fusable ? activation : 'linear',
      leakyreluAlpha: alpha,
    }) as tf.Tensor4D;
    return fusable ? y : activate(residual ? tf.add(y, residual) : y, activation, alpha);
  });
}

/** Applies an activation by name. */
export function activate<T extends tf.Tensor>(x: T, activation: Activation, alpha = 0.2): T {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return tf.relu(x);
    case 'leakyrelu':
      return tf.leakyRelu(x, alpha);
    case 'sigmoid':
      return tf.sigmoid(x);
    case 'tanh':
      return tf.tanh(x);
    default:
      return activation satisfies never;
  }
}
