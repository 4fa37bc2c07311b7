import * as tf from '../backend/tf.ts';
import type { Precision } from '../ops/prepared_convolution.ts';
import type { Activation } from './activation.ts';
import type { BatchNorm } from './batch_norm.ts';

/** A layer ready for inference: constant tensors, everything in one op. */
export interface Prepared {
  forward(x: tf.Tensor): tf.Tensor;
  dispose(): void;
}

/** What a layer does besides: `residual` adds the input before the activation; `precision` is that of its weights. */
export interface Epilogue {
  readonly norm?: BatchNorm;
  readonly activation?: Activation;
  readonly residual?: boolean;
  readonly precision?: Precision;
}

/** A layer that can take over what follows it. */
export interface Foldable {
  prepared(epilogue: Epilogue): Prepared;
}

export const isFoldable = (layer: object): layer is Foldable => 'prepared' in layer;

/** Kernel and bias, for the caller to dispose of, that do the work of a layer and of the batch norm after it. */
export function foldNorm<Kernel extends tf.Tensor>(
  kernel: Kernel,
  bias: tf.Tensor | undefined,
  norm: BatchNorm | undefined,
  outAxis: number,
): { kernel: Kernel; bias: tf.Tensor1D | undefined } {
  if (!norm) return { kernel: kernel.clone(), bias: bias?.clone() as tf.Tensor1D | undefined };
  return tf.tidy(() => {
    const { scale, shift } = norm.affine();
    const broadcast = kernel.shape.map((length, axis) => (axis === outAxis ? length : 1));
    return {
      kernel: kernel.mul(scale.reshape(broadcast)),
      bias: (bias ? bias.mul(scale).add(shift) : shift) as tf.Tensor1D,
    };
  });
}
