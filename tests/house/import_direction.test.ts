import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
let folder = '';

/** Lints a file that holds one import as if it were at `path` of this repository; returns the broken rules. */
function brokenRules(
  path: string,
  specifier: string,
  write = `import { a } from '${specifier}';\nexport const b = a;\n`,
) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, write);
  const run = spawnSync(process.execPath, [biome, 'lint', '--vcs-enabled=false', '--reporter=json', path], {
    cwd: folder,
    encoding: 'utf8',
  });
  rmSync(file);
  const report = JSON.parse(run.stdout) as { diagnostics: { category: string; severity: string }[] };
  const errors = report.diagnostics.filter((entry) => entry.severity === 'error').map((entry) => entry.category);
  expect(run.status).toBe(errors.length > 0 ? 1 : 0);
  return errors;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'import-direction-'));
  cpSync(new URL('../../biome.json', import.meta.url), join(folder, 'biome.json'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lowest first; the folders of a line may import one another and every line above it. */
const layers = [
  ['lib/backend'],
  ['lib/ops'],
  ['lib/nn'],
  ['lib/media', 'lib/audio', 'lib/checkpoint'],
  ['lib/model', 'lib/data', 'lib/utils/face_detection'],
  ['lib/trainer', 'lib/evaluate'],
  ['lib/quick_start', 'lib/worker', 'lib/live'],
  ['demo', 'node-harness/commands'],
];

describe('the linter keeps the import direction', () => {
  for (const [level, folders] of layers.entries()) {
    for (const from of folders) {
      const up = '../'.repeat(from.split('/').length);
      it(`${from} imports from below and not from above`, { timeout: 120_000 }, () => {
        for (const above of layers.slice(level + 1).map((line) => line[0]))
          expect(brokenRules(`${from}/file.ts`, `${up}${above}/other.ts`), above).toEqual([
            'lint/style/noRestrictedImports',
          ]);
        const allowed = layers[Math.max(level - 1, 0)].map((below) => `${up}${below}/other.ts`);
        for (const specifier of allowed) expect(brokenRules(`${from}/file.ts`, specifier), specifier).toEqual([]);
      });
    }
  }

  it('sees re-exports, type imports and dynamic imports', () => {
    const specifier = '../model/other.ts';
    for (const source of [
      `export * from '${specifier}';\n`,
      `import type { A } from '${specifier}';\nexport type B = A;\n`,
      `export const b = await import('${specifier}');\n`,
    ])
      expect(brokenRules('lib/nn/file.ts', specifier, source), source).toEqual(['lint/style/noRestrictedImports']);
  });

  it('keeps Node out of lib and TensorFlow.js in two folders', () => {
    expect(brokenRules('lib/media/file.ts', 'node:fs')).toEqual(['lint/correctness/noNodejsModules']);
    expect(brokenRules('node-harness/commands/file.ts', 'node:fs')).toEqual([]);
    for (const path of ['lib/ops/file.ts', 'lib/model/file.ts', 'demo/file.ts', 'node-harness/commands/file.ts'])
      expect(brokenRules(path, '@tensorflow/tfjs'), path).toEqual(['lint/style/noRestrictedImports']);
    for (const path of ['lib/backend/file.ts', 'node-harness/platform/file.ts'])
      expect(brokenRules(path, '@tensorflow/tfjs'), path).toEqual([]);
  });
});
