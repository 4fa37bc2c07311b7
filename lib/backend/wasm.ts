import * as tfjsWasm from '@tensorflow/tfjs-backend-wasm';
import { UserError } from '../utils/errors.ts';
import type { Backend, BackendOptions } from './backend.ts';
import { installBackend } from './install.ts';
import * as tf from './tf.ts';
import { registerWasmKernels } from './wasm_kernels/register.ts';

// Its package registers this factory when imported; it must be kept, because installing a backend replaces it.
const stockFactory = tf.findBackendFactory('wasm');

/** TensorFlow.js's flag for threads, and what it found at first. */
const THREADS = 'WASM_HAS_MULTITHREAD_SUPPORT';
let supportsThreads: Promise<boolean> | undefined;

/** WebAssembly with SIMD, and threads where the page is cross-origin isolated: runs everywhere. */
export const wasmBackend: Backend = {
  name: 'wasm',
  description: 'the processor, through WebAssembly',
  speedRank: 30,
  async start(options) {
    return startWasm(options, stockFactory);
  },
};

/** Starts wasm with any factory of its backend object, so that a platform can bring another way to load it. */
export async function startWasm(options: BackendOptions, factory: () => tf.KernelBackend | Promise<tf.KernelBackend>) {
  registerWasmKernels();
  if (options.wasmPaths) setPaths(options.wasmPaths);
  const threads = options.threads ?? globalThis.navigator?.hardwareConcurrency ?? 1;
  // With threads it starts eight workers even where one is asked for, and a Content-Security-Policy may forbid them.
  supportsThreads ??= tf.env().getAsync(THREADS) as Promise<boolean>;
  tf.env().set(THREADS, threads > 1 && (await supportsThreads));
  await withReportedCores(2 * threads, async () => {
    tfjsWasm.setThreadsCount(threads);
    await installBackend('wasm', checkMemory(await factory()));
  });
  const count = tfjsWasm.getThreadsCount();
  return `wasm on ${count} thread${count === 1 ? '' : 's'}`;
}

/** TensorFlow.js goes on at address 0 where WebAssembly gives it no memory: what is there is overwritten, unnoticed. */
function checkMemory(backend: tf.KernelBackend): tf.KernelBackend {
  const { wasm } = backend as unknown as { wasm: { _malloc(bytes: number): number } };
  // The first call puts the function itself in place of what loads it.
  wasm._malloc(0);
  const allocate = wasm._malloc;
  wasm._malloc = (bytes) => {
    // A length that takes more than 32 bits would be cut off.
    const address = bytes < 2 ** 32 ? allocate(bytes) : 0;
    if (address === 0 && bytes > 0)
      throw new UserError(
        `WebAssembly is out of memory: it has no ${Math.ceil(bytes / 2 ** 20)} MiB more; use a smaller picture, batch or network.`,
      );
    return address;
  };
  return backend;
}

function setPaths(paths: string | Record<string, string>): void {
  try {
    tfjsWasm.setWasmPaths(paths as Parameters<typeof tfjsWasm.setWasmPaths>[0]);
  } catch (error) {
    // Once loaded, the files cannot move; starting again with the same paths is no mistake.
    if (!/already initialized/.test(String(error))) throw error;
  }
}

/** TensorFlow.js caps its threads at half the cores the browser reports, which leaves one on a two-core machine. */
async function withReportedCores(cores: number, run: () => Promise<void>): Promise<void> {
  const { navigator } = globalThis;
  if (!navigator) return run();
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: cores, configurable: true });
  try {
    await run();
  } finally {
    // The browser's own value is a getter of the prototype and shows again.
    delete (navigator as { hardwareConcurrency?: number }).hardwareConcurrency;
  }
}
