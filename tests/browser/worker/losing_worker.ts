import * as tf from '../../../lib/backend/tf.ts';
import '../../../lib/worker/worker.ts';

/** The worker, with a way to take the graphics card away from it. */
addEventListener('message', ({ data }) => {
  if (data === 'lose the device') (tf.backend() as unknown as { device: GPUDevice }).device.destroy();
});
