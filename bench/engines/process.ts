import { registerNodeBackends } from '../../node-harness/platform/backends.ts';
import { benchInputs, type Engine, type EngineSettings, type Inputs } from './engine.ts';
import { onnxruntimeEngine } from './onnxruntime.ts';
import { measurePeak } from './peak.ts';
import { toolkitEngine } from './toolkit.ts';

/** One engine in a process of its own, so that its peak memory is its own. Started by `node_engine.ts`. */
async function start(settings: EngineSettings): Promise<Engine> {
  const { kind, variant, threads, model } = settings;
  if (kind === 'toolkit') {
    registerNodeBackends();
    return toolkitEngine(settings);
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
  process.on('message', async (message: 'peak' | { batch: number; output: boolean }) => {
    if (message === 'peak') {
      process.send!({ gflops: await measurePeak() });
      return;
    }
    const { batch, output } = message;
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
