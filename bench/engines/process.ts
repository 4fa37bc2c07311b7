import type { BackendName } from '../../lib/backend/backend.ts';
import { registerNodeBackends } from '../../node-harness/platform/backends.ts';
import { benchInputs, type Engine, type EngineSettings, type Inputs } from './engine.ts';
import { onnxruntimeEngine } from './onnxruntime.ts';
import { toolkitEngine } from './toolkit.ts';

/** One engine in a process of its own, so that its peak memory is its own. Started by `node_engine.ts`. */
async function start({ kind, variant, threads, width, model }: EngineSettings): Promise<Engine> {
  if (kind === 'toolkit') {
    registerNodeBackends();
    return toolkitEngine(variant as BackendName, width, { threads });
  }
  if (variant === 'node')
    return onnxruntimeEngine(await import('onnxruntime-node'), model, { intraOpNumThreads: threads });
  const ort = await import('onnxruntime-web');
  ort.env.wasm.numThreads = threads;
  return onnxruntimeEngine(ort, model, { executionProviders: ['wasm'] });
}

const settings: EngineSettings = JSON.parse(process.argv[2]);
const layout = settings.kind === 'toolkit' ? 'channels-last' : 'channels-first';
let inputs: Inputs | undefined;
try {
  const engine = await start(settings);
  process.on('message', async ({ batch, output }: { batch: number; output: boolean }) => {
    if (inputs?.batch !== batch) inputs = benchInputs(batch, layout);
    const begin = performance.now();
    const values = await engine.run(inputs);
    const milliseconds = performance.now() - begin;
    // maxRSS is in KiB.
    const peakMemory = process.resourceUsage().maxRSS / 1024;
    process.send!({ milliseconds, peakMemory, values: output ? Array.from(values) : undefined });
  });
  process.send!({ description: engine.description });
} catch (error) {
  process.send!({ error: error instanceof Error ? error.message : String(error) });
}
