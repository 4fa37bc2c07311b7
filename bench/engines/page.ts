import { benchInputs, type Engine, type EngineSettings, type Inputs } from './engine.ts';
import { onnxruntimeEngine } from './onnxruntime.ts';
import { measurePeak } from './peak.ts';
import { toolkitEngine } from './toolkit.ts';

/** One engine in a page of its own. Called by `page_engine.ts`. */
let engine: Engine;
let layout: 'channels-last' | 'channels-first';
let inputs: Inputs | undefined;

const modules = '/node_modules';

export async function start(settings: EngineSettings): Promise<string> {
  const { kind, variant, threads, model } = settings;
  if (kind === 'toolkit') {
    layout = 'channels-last';
    const wasmPaths = `${modules}/@tensorflow/tfjs-backend-wasm/dist/`;
    engine = await toolkitEngine(settings, { wasmPaths });
  } else {
    layout = 'channels-first';
    const folder = `${modules}/onnxruntime-web/dist/`;
    const build = `${folder}ort.${variant === 'webgpu' ? 'webgpu' : 'wasm'}.min.mjs`;
    const ort: typeof import('onnxruntime-web') = await import(/* @vite-ignore */ build);
    ort.env.wasm.wasmPaths = new URL(folder, location.href).href;
    ort.env.wasm.numThreads = threads;
    // In its default layout it draws wrong pictures of the face's six channels.
    const provider = variant === 'webgpu' ? { name: 'webgpu', preferredLayout: 'NCHW' as const } : 'wasm';
    engine = await onnxruntimeEngine(ort, model, { executionProviders: [provider] });
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

/** What the graphics card computes at the most, in GFLOP/s; for the toolkit on WebGPU. */
export const peak = (): Promise<number> => measurePeak();
