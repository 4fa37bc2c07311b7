import * as tf from '../../../lib/backend/tf.ts';
import '../../../lib/worker/worker.ts';

/** The worker, with a way to take the graphics card away from it: until it asks again, or for good. */
addEventListener('message', ({ data }) => {
  if (data === 'lose the card') navigator.gpu.requestAdapter = async () => null;
  if (data === 'lose the card' || data === 'lose the device')
    (tf.backend() as unknown as { device: GPUDevice }).device.destroy();
});
