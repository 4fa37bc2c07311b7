import * as tf from './tf.ts';

/**
 * Puts a ready backend into TensorFlow.js under a name and makes it the current one. The one that had the
 * name before is disposed of, with its tensors. Going through a made object rather than TensorFlow.js's own
 * factories keeps the reason when making it fails; `tf.setBackend` only prints it.
 */
export async function installBackend(name: string, backend: tf.KernelBackend): Promise<void> {
  if (tf.findBackendFactory(name)) tf.removeBackend(name);
  tf.registerBackend(name, () => backend);
  await tf.setBackend(name);
}
