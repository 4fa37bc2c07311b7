import { defineConfig, type RolldownOptions } from 'rolldown';
import { assetsBeside } from './packaging/assets_beside.ts';
import { leanTensorflow } from './packaging/lean_tensorflow.ts';
import { licences } from './packaging/licences.ts';
import { portableWasm } from './packaging/portable_wasm.ts';
import { scripts } from './packaging/scripts.ts';

/**
 * The package's scripts for pages, each in one file that imports nothing: a small `index.js`, and the worker with
 * everything that computes. The rest of `dist/` is what the TypeScript compiler makes of the toolkit.
 */
export default defineConfig(
  Object.entries(scripts).map(
    ([input, file]): RolldownOptions => ({
      input: `./${input}`,
      platform: 'browser',
      plugins: [assetsBeside(file), leanTensorflow, portableWasm, licences],
      transform: { target: 'es2022' },
      checks: { sourcemapBroken: false },
      output: { file, minify: true, codeSplitting: false },
    }),
  ),
);
