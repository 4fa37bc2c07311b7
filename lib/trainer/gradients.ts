import * as tf from '../backend/tf.ts';
import type { Losses, Objective, TensorBatch } from '../model/abstract_talkingface.ts';

export type NamedTensors = Readonly<Record<string, tf.Tensor>>;

/** The losses of a batch, and the gradient of each parameter by its variable's name. All are the caller's to dispose of. */
export function differentiate(
  { network, calculateLoss }: Objective,
  batch: TensorBatch,
): { losses: Losses; gradients: NamedTensors } {
  let parts: Record<string, tf.Scalar> = {};
  const { value, grads } = tf.variableGrads(() => {
    const { loss, ...others } = calculateLoss(batch);
    parts = others;
    for (const part of Object.values(parts)) tf.keep(part);
    return loss;
  }, network.parameters());
  return { losses: { loss: value, ...parts }, gradients: grads };
}

/** The sum of two sets of gradients, which it disposes of. */
export function addGradients(a: NamedTensors, b: NamedTensors): NamedTensors {
  const sum = { ...a };
  for (const [name, gradient] of Object.entries(b)) {
    const other = sum[name];
    sum[name] = other ? other.add(gradient) : gradient;
    if (other) tf.dispose([other, gradient]);
  }
  return sum;
}

/** Gradients scaled by a number or scalar; disposes of those given. */
export function scaleGradients(gradients: NamedTensors, factor: number | tf.Scalar): NamedTensors {
  const scaled = Object.entries(gradients).map(([name, gradient]) => [name, gradient.mul(factor)] as const);
  tf.dispose(gradients as tf.TensorContainer);
  return Object.fromEntries(scaled);
}

/** The norm of all gradients together. */
export function gradientNorm(gradients: NamedTensors): tf.Scalar {
  return tf.tidy(() => tf.sqrt(tf.addN(Object.values(gradients).map((gradient) => gradient.square().sum()))));
}

/** Scales gradients down to a norm of `limit` if theirs is larger; disposes of those given. */
export function clipGradients(gradients: NamedTensors, limit: number): NamedTensors {
  const factor = tf.tidy(() => tf.minimum<tf.Scalar>(1, tf.div(limit, gradientNorm(gradients).add(1e-6))));
  const clipped = scaleGradients(gradients, factor);
  factor.dispose();
  return clipped;
}
