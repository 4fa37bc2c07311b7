import { defineConfig, type InputOptions } from 'rolldown';
import { assetsBeside } from './packaging/assets_beside.ts';
import { leanTensorflow } from './packaging/lean_tensorflow.ts';
import { licences } from './packaging/licences.ts';

/**
 * The package's two scripts for pages, each in one file that imports nothing: a small `index.js`, and the worker with
 * everything that computes. The rest of `dist/` is what the TypeScript compiler makes of the toolkit.
 */
const shared: InputOptions = {
  platform: 'browser',
  plugins: [assetsBeside, leanTensorflow, licences],
  transform: { target: 'es2022' },
  checks: { sourcemapBroken: false },
};

export default defineConfig([
  { ...shared, input: 'lib/index.ts', output: { file: 'dist/index.js', minify: true } },
  {
    ...shared,
    input: 'lib/worker/worker.ts',
    output: { file: 'dist/worker/worker.js', minify: true, codeSplitting: false },
  },
]);
