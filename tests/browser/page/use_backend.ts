import type { BackendName, BackendOptions } from '../../../lib/backend/backend.ts';
import * as tf from '../../../lib/backend/tf.ts';
import { startTestBackend } from './test_backends.ts';

/** Starts a backend, computes a gradient through a product, and tells what there is afterwards. */
export async function useBackend(name: BackendName | 'auto', options?: BackendOptions) {
  const started = await startTestBackend(name, options);
  const tensorsBefore = tf.memory().numTensors;
  const matrix = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const gradient = tf.grad((x: tf.Tensor) => x.matMul(x).sum())(matrix);
  const values = [...(await gradient.data())];
  tf.dispose([matrix, gradient]);
  return {
    name: started.name,
    description: started.description,
    attempts: started.attempts.map((attempt) => attempt.name),
    current: tf.getBackend(),
    gradient: values,
    leaked: tf.memory().numTensors - tensorsBefore,
  };
}
