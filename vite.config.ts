import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { precache, security } from './demo/build/plugins.ts';
import { leanTensorflow } from './packaging/lean_tensorflow.ts';
import { portableWasm } from './packaging/portable_wasm.ts';

const demo = fileURLToPath(new URL('./demo', import.meta.url));

/** The demo page. */
export default defineConfig({
  root: demo,
  base: './',
  cacheDir: fileURLToPath(new URL('./node_modules/.vite/demo', import.meta.url)),
  plugins: [security, precache(`${demo}/public`)],
  worker: {
    format: 'es',
    // As in the package; what takes TensorFlow.js's place must come before Vite finds it.
    plugins: () => [{ ...leanTensorflow, enforce: 'pre' }, portableWasm],
  },
  build: {
    outDir: fileURLToPath(new URL('./out/demo', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      input: { index: `${demo}/index.html`, service_worker: `${demo}/service_worker.ts` },
      output: {
        entryFileNames: ({ name }) => (name === 'service_worker' ? 'service_worker.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
