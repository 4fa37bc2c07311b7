import { type BackendName, type BackendOptions, startBackend } from '../../../lib/backend/backend.ts';
import * as tf from '../../../lib/backend/tf.ts';

/** Starts a backend as the tests' page serves it. */
export function start(name: BackendName | 'auto', options: BackendOptions = {}) {
  return startBackend(name, { wasmPaths: '/node_modules/@tensorflow/tfjs-backend-wasm/dist/', ...options });
}

/** Starts a backend, computes a product and a gradient, and tells what there was before and after. */
export async function useBackend(name: BackendName | 'auto', options: BackendOptions = {}) {
  const started = await start(name, options);
  const tensorsBefore = tf.memory().numTensors;
  const matrix = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const gradient = tf.grad((x: tf.Tensor) => x.matMul(x).sum())(matrix);
  const values = [...(await gradient.data())];
  tf.dispose([matrix, gradient]);
  return {
    ...started,
    current: tf.getBackend(),
    gradient: values,
    leaked: tf.memory().numTensors - tensorsBefore,
    isolated: crossOriginIsolated,
  };
}
