import { describe, expect, inject, it } from 'vitest';
import { useBackend } from './use_backend.ts';

type Use = typeof useBackend;

const useBackendInWorker: Use = (...args) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./backend_worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => {
      worker.terminate();
      if (data.error) reject(new Error(data.error));
      else resolve(data.value);
    };
    worker.onerror = (event) => reject(new Error(event.message || 'The worker did not start.'));
    worker.postMessage(args);
  });

/** Of the sum over X X, at X = [[1, 2], [3, 4]]. */
const gradient = [7, 11, 9, 13];

/** The suite runs in a page with the headers that allow threads, and in one without. */
const isolated = inject('isolated');

it(`the page is ${isolated ? 'isolated' : 'not isolated'}`, () => expect(crossOriginIsolated).toBe(isolated));

describe.each<[string, Use]>([
  ['page', useBackend],
  ['worker', useBackendInWorker],
])('backends in a %s', (_, use) => {
  it.each(['webgpu', 'wasm', 'cpu'] as const)('%s starts and differentiates', async (name) => {
    expect(await use(name)).toMatchObject({ name, current: name, attempts: [], gradient, leaked: 0 });
  });

  it(`wasm asked for two threads has ${isolated ? 'two' : 'one'}`, async () => {
    const result = await use('wasm', { threads: 2 });
    expect(result.gradient).toEqual(gradient);
    expect(result.description).toMatch(isolated ? /2 threads/ : /1 thread$/);
  });

  it('auto prefers wasm to WebGPU in software', async () => {
    const { name, attempts } = await use('auto');
    expect({ name, attempts }).toEqual(
      name === 'webgpu' ? { name, attempts: [] } : { name: 'wasm', attempts: ['webgpu'] },
    );
  });
});
