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
  activation?: Activation;
  /** Slope of `leakyrelu` for negative values. */
  alpha?: number;
  stride?: number | [number, number];
  /** Zeros around the input, one number for all sides, or as TensorFlow.js writes them. */
  pad?: number | tf.backend_util.ExplicitPadding;
}

/** `activation(conv2d(x, filter) + bias)` in one pass over memory where the backend can. */
export function fusedConv2d(args: FusedConv2d): tf.Tensor4D {
  const { x, filter, bias, activation = 'linear', alpha = 0.2, stride = 1, pad = 0 } = args;
  const fusable = activation !== 'tanh';
  return tf.tidy(() => {
    const y = tf.fused.conv2d({
      x,
      filter,
      bias,
      strides: stride,
      pad: typeof pad === 'number' ? explicitPad(pad, pad) : pad,
      activation: fusable ? activation : 'linear',
      leakyreluAlpha: alpha,
    }) as tf.Tensor4D;
    return fusable ? y : activate(y, activation);
  });
}

/**
 * Zeros on both sides of height and width as TensorFlow.js takes them. Not just a number: given one, it
 * gets the shape wrong where stride or kernel differ between the axes.
 */
export function explicitPad(vertical: number, horizontal: number): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [vertical, vertical],
    [horizontal, horizontal],
    [0, 0],
  ];
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
