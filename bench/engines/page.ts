import type { BackendName } from '../../lib/backend/backend.ts';
import { benchInputs, type Engine, type EngineSettings, type Inputs } from './engine.ts';
import { onnxruntimeEngine } from './onnxruntime.ts';
import { toolkitEngine } from './toolkit.ts';

/** One engine in a page of its own. Called by `page_engine.ts`. */
let engine: Engine;
let layout: 'channels-last' | 'channels-first';
let inputs: Inputs | undefined;

const modules = '/node_modules';

export async function start({ kind, variant, threads, width, model }: EngineSettings): Promise<string> {
  if (kind === 'toolkit') {
    layout = 'channels-last';
    const wasmPaths = `${modules}/@tensorflow/tfjs-backend-wasm/dist/`;
    engine = await toolkitEngine(variant as BackendName, width, { threads, wasmPaths });
  } else {
    layout = 'channels-first';
    const folder = `${modules}/onnxruntime-web/dist/`;
    const ort: typeof import('onnxruntime-web') = await import(/* @vite-ignore */ `${folder}ort.wasm.min.mjs`);
    ort.env.wasm.wasmPaths = new URL(folder, location.href).href;
    ort.env.wasm.numThreads = threads;
    engine = await onnxruntimeEngine(ort, model, { executionProviders: ['wasm'] });
  }
  return engine.description;
}

export async function run(batch: number, output: boolean): Promise<{ milliseconds: number; values?: number[] }> {
  if (inputs?.batch !== batch) inputs = benchInputs(batch, layout);
  const begin = performance.now();
  const values = await engine.run(inputs);
  const milliseconds = performance.now() - begin;
  return { milliseconds, values: output ? Array.from(values) : undefined };
}
