import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Backend, registerBackend, startBackend } from '../../lib/backend/backend.ts';
import { cpuBackend } from '../../lib/backend/cpu.ts';
import * as tf from '../../lib/backend/tf.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { registerNodeBackends } from '../../node-harness/platform/backends.ts';
import { availableBackends, startTestBackend } from '../backends.ts';
import { expectClose, randomTensor } from '../gradients.ts';

describe('starting a backend', () => {
  beforeAll(registerNodeBackends);
  afterAll(registerNodeBackends);
  const fake = (start: Backend['start']): Backend => ({
    name: 'tensorflow',
    description: 'a fake',
    speedRank: 1,
    start,
  });

  test.each(availableBackends())('%s becomes the current one', async (name) => {
    await startTestBackend(name);
    expect(tf.getBackend()).toBe(name);
  });

  test('an unknown name is answered with the known ones', async () => {
    await expect(startBackend('cuda' as never)).rejects.toThrow(/no backend 'cuda' here; choose one of: auto, .*wasm/);
  });

  test('auto goes on after one that does not start, and says why', async () => {
    registerBackend(fake(async () => Promise.reject(new UserError('The card is on fire.'))));
    const started = await startBackend('auto');
    expect(started.name).not.toBe('tensorflow');
    expect(started.attempts[0]).toEqual({ name: 'tensorflow', error: 'The card is on fire.' });
    await expect(startBackend('tensorflow')).rejects.toThrow("'tensorflow' cannot be used: The card is on fire.");
  });

  test('one that computes wrong numbers is not used', async () => {
    registerBackend(fake(cpuBackend.start));
    const stock = tf.getKernel('Conv2D', 'cpu');
    tf.unregisterKernel('Conv2D', 'cpu');
    tf.registerKernel({ ...stock, kernelFunc: () => tf.zeros([1, 2, 2, 1]) });
    try {
      await expect(startBackend('tensorflow')).rejects.toThrow(
        /gave 0,0,0,0 for a convolution that is 5421,6532,8754,9865/,
      );
    } finally {
      tf.unregisterKernel('Conv2D', 'cpu');
      tf.registerKernel(stock);
    }
  });

  test('wasm takes as many threads as it is given, and threads do not change the result', async () => {
    const results: Float32Array[] = [];
    for (const threads of [1, 2, 3]) {
      const { description } = await startBackend('wasm', { threads });
      expect(description).toBe(`wasm on ${threads} thread${threads > 1 ? 's' : ''}`);
      const y = tf.tidy(() =>
        tf.conv2d(
          randomTensor<tf.Tensor4D>([1, 24, 24, 16], 1),
          randomTensor<tf.Tensor4D>([3, 3, 16, 16], 2),
          1,
          'same',
        ),
      );
      results.push((await y.data()) as Float32Array);
      y.dispose();
    }
    for (const result of results.slice(1)) await expectClose(tf.tensor(result), results[0], 1e-6);
  });

  test('wasm leaves the globals as they were', async () => {
    const [worker, listeners] = [globalThis.Worker, process.listenerCount('uncaughtException')];
    await startBackend('wasm', { threads: 2 });
    expect(globalThis.Worker).toBe(worker);
    expect(process.listenerCount('uncaughtException')).toBe(listeners);
  });
});
