import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import type { Backend } from '../../lib/backend/backend.ts';
import type * as tf from '../../lib/backend/tf.ts';
import { startWasm, wasmBackend } from '../../lib/backend/wasm.ts';

const require = createRequire(import.meta.url);
const packageName = '@tensorflow/tfjs-backend-wasm';
const threadedModule = require.resolve(`${packageName}/wasm-out/tfjs-backend-wasm-threaded-simd.js`);

/** Emscripten starts this many workers beforehand, and more cannot start while the main thread waits for them. */
const maxThreads = 8;

/** wasm in Node, with threads, which TensorFlow.js itself only has in browsers. */
export const nodeWasmBackend: Backend = {
  ...wasmBackend,
  async start(options) {
    const threads = Math.min(options.threads ?? availableParallelism(), maxThreads);
    return withoutTraces(() =>
      threads > 1
        ? startWasm({ ...options, threads }, () => makeThreaded(threads))
        : wasmBackend.start({ ...options, threads }),
    );
  },
};

interface EmscriptenModule {
  PThread: { unusedWorkers: Worker[]; runningWorkers: Worker[] };
  cwrap(name: string, result: string | null, parameters: string[]): unknown;
  tfjs: Record<string, unknown>;
}
type Receive = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;

/** What TensorFlow.js's own start-up does, with files in place of Blobs. */
async function makeThreaded(threads: number): Promise<tf.KernelBackend> {
  const create = require(threadedModule) as (config: object) => Promise<EmscriptenModule>;
  const { BackendWasm } = require(packageName) as { BackendWasm: new (module: EmscriptenModule) => tf.KernelBackend };
  const bytes = await readFile(require.resolve(`${packageName}/dist/tfjs-backend-wasm-threaded-simd.wasm`));
  const module = await create({
    mainScriptUrlOrBlob: threadedModule,
    locateFile: (path: string) =>
      path.endsWith('.worker.js') ? fileURLToPath(new URL('wasm_worker.cjs', import.meta.url)) : path,
    instantiateWasm(imports: WebAssembly.Imports, receive: Receive) {
      // It takes at most half the cores it sees.
      imports.env.emscripten_num_logical_cores = () => 2 * threads;
      WebAssembly.instantiate(bytes, imports).then(({ instance, module }) => receive(instance, module));
      return {};
    },
  });
  module.tfjs = {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: module.cwrap('dispose_data', null, ['number']),
    dispose: module.cwrap('dispose', null, []),
  };
  const backend = new BackendWasm(module);
  // Idle threads must not keep Node from ending.
  for (const worker of [...module.PThread.unusedWorkers, ...module.PThread.runningWorkers]) worker.unref();
  return backend;
}

/** Emscripten's start-up puts Node's Worker where programs look for a browser's, and takes over uncaught errors. */
async function withoutTraces<T>(run: () => Promise<T>): Promise<T> {
  const hadWorker = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.listeners(event as 'exit'));
  try {
    return await run();
  } finally {
    if (hadWorker) Object.defineProperty(globalThis, 'Worker', hadWorker);
    else delete (globalThis as { Worker?: unknown }).Worker;
    for (const [i, event] of events.entries()) {
      for (const listener of process.listeners(event as 'exit')) {
        if (!before[i].includes(listener)) process.off(event, listener);
      }
    }
  }
}
