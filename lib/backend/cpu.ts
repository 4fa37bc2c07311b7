import type { Backend } from './backend.ts';
import * as tf from './tf.ts';

/** Plain JavaScript: the last resort, some twenty times slower than wasm. */
export const cpuBackend: Backend = {
  name: 'cpu',
  description: 'plain JavaScript, slow: some twenty times slower than wasm',
  speedRank: 90,
  async start() {
    await tf.setBackend('cpu');
    // Its first tensor in Node would print an advertisement.
    (tf.backend() as { firstUse?: boolean }).firstUse = false;
    return 'cpu: plain JavaScript, which is slow';
  },
};
