import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPage, type TestPage } from './open_page.ts';

/** Of the sum over X X, at X = [[1, 2], [3, 4]]. */
const gradient = [7, 11, 9, 13];

for (const isolated of [true, false]) {
  describe(`backends in ${isolated ? 'an isolated' : 'a plain'} page`, () => {
    let page: TestPage;
    beforeAll(async () => {
      page = await openPage({ isolated });
    });
    afterAll(() => page?.close());

    for (const place of ['page', 'worker'] as const) {
      const run = (...args: Parameters<TestPage['run']>) =>
        place === 'page' ? page.run(...args) : page.runInWorker(...args);

      for (const name of ['webgpu', 'wasm', 'cpu'] as const)
        it(`${name} starts in the ${place} and differentiates`, async () => {
          const result = await run('useBackend', name, { threads: 1 });
          expect(result).toMatchObject({ name, current: name, attempts: [], leaked: 0, isolated });
          expect(result.gradient).toEqual(gradient);
        });

      it(`wasm asked for two threads in the ${place} has ${isolated ? 'two' : 'one'}`, async () => {
        const result = await run('useBackend', 'wasm', { threads: 2 });
        expect(result.gradient).toEqual(gradient);
        expect(result.description).toMatch(isolated ? /2 threads/ : /1 thread$/);
      });

      it(`auto prefers wasm to WebGPU in software in the ${place}`, async () => {
        const result = await run('useBackend', 'auto');
        expect(result.gradient).toEqual(gradient);
        if (result.name !== 'webgpu')
          expect([result.name, result.attempts.map((attempt) => attempt.name)]).toEqual(['wasm', ['webgpu']]);
      });
    }
  });
}
