import { setFlagsFromString } from 'node:v8';
import { expect, it } from 'vitest';
import { startBackend } from '../../lib/backend/backend.ts';
import * as tf from '../../lib/backend/tf.ts';

// 64 MiB, of which TensorFlow.js takes 16 at the start.
setFlagsFromString('--wasm-max-mem-pages=1024');

it('WebAssembly without memory left says so, and goes on working', async () => {
  await startBackend('wasm', { threads: 1 });
  const kept = tf.tensor1d([1, 2, 3]);
  for (const megabytes of [100, 5000])
    expect(() => tf.fill([megabytes, 2 ** 18], 7)).toThrow(/^WebAssembly is out of memory: it has no \d+ MiB more/);
  expect(Array.from(await tf.add(kept, tf.fill([3], 1)).data())).toEqual([2, 3, 4]);
});
