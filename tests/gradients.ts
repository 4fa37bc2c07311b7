import { expect } from 'vitest';
import * as tf from '../lib/backend/tf.ts';
import { Random } from '../lib/utils/random.ts';

/** Values in [low, high), the same for the same seed. */
export function randomTensor<T extends tf.Tensor = tf.Tensor4D>(shape: number[], seed: number, low = -1, high = 1): T {
  const random = new Random(seed);
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Float32Array.from({ length: size }, () => low + (high - low) * random.next());
  return tf.tensor(values, shape) as T;
}

/**
 * Compares the gradients of a function with finite differences: the result is weighed by fixed random
 * numbers into one, and every input is moved along three random directions, and its first elements one by one.
 * Fails if a tensor is left over.
 */
export async function expectGradients(
  f: (...inputs: never[]) => tf.Tensor,
  inputs: tf.Tensor[],
  { step = 1e-2, tolerance = 1e-2 } = {},
): Promise<void> {
  const call = f as unknown as (...inputs: tf.Tensor[]) => tf.Tensor;
  const before = tf.memory().numTensors;
  const first = tf.tidy(() => call(...inputs));
  const weights = randomTensor(first.shape, 7);
  first.dispose();
  const gradients = tf.tidy(() =>
    tf.grads((...xs: tf.Tensor[]) =>
      call(...xs)
        .mul(weights)
        .sum(),
    )(inputs),
  );
  for (const [i, input] of inputs.entries()) {
    const gradient = await gradients[i].data<'float32'>();
    expect(gradients[i].shape, `shape of the gradient of input ${i}`).toEqual(input.shape);
    const scale = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
    for (const [name, direction] of directions(input.size, i)) {
      const loss = async (sign: number) => {
        const result = tf.tidy(() => {
          const moved = input.add(tf.tensor(direction, input.shape).mul(sign * step));
          return call(...inputs.map((other, j) => (j === i ? moved : other)));
        });
        const [values, w] = [await result.data<'float32'>(), await weights.data<'float32'>()];
        result.dispose();
        // Summed in double precision: the difference of two sums is what counts.
        return values.reduce((sum, value, k) => sum + value * w[k], 0);
      };
      const measured = ((await loss(1)) - (await loss(-1))) / (2 * step);
      const computed = direction.reduce((sum, value, k) => sum + value * gradient[k], 0);
      const message = `input ${i}, ${name}: gradient ${computed}, finite difference ${measured}, scale ${scale}`;
      expect(Math.abs(computed - measured), message).toBeLessThan(tolerance * Math.max(scale, 1e-2));
    }
  }
  tf.dispose([gradients, weights]);
  expect(tf.memory().numTensors, 'tensors left over').toBe(before);
}

function* directions(size: number, seed: number): Generator<[string, Float32Array]> {
  for (let i = 0; i < 3; i++) {
    const random = new Random(100 + 10 * seed + i);
    const values = Float32Array.from({ length: size }, () => 2 * random.next() - 1);
    const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    yield [`direction ${i}`, values.map((value) => value / norm)];
  }
  for (let i = 0; i < Math.min(size, 6); i++) {
    const values = new Float32Array(size);
    const at = Math.floor((i * size) / 6) % size;
    values[at] = 1;
    yield [`element ${at}`, values];
  }
}

/** The largest difference must be within `tolerance` of the largest expected magnitude. */
export async function expectClose(actual: tf.Tensor, expected: ArrayLike<number>, tolerance = 1e-5): Promise<void> {
  const values = await actual.data();
  expect(values.length).toBe(expected.length);
  let [difference, magnitude] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Number.isNaN(values[i]) ? Infinity : Math.abs(values[i] - expected[i]));
    magnitude = Math.max(magnitude, Math.abs(expected[i]));
  }
  expect(difference, `largest difference, of magnitude ${magnitude}`).toBeLessThanOrEqual(tolerance * magnitude);
}
