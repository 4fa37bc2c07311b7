import type { EngineSettings } from './engines/engine.ts';

/** An engine of a comparison. */
export interface Contestant {
  readonly name: string;
  readonly place: 'node' | 'page';
  readonly settings: Omit<EngineSettings, 'model' | 'width'>;
}

/** Engines that are timed in turn, on the same network, weights, inputs and number of threads. */
export interface Suite {
  readonly name: string;
  readonly batches: readonly number[];
  /** At least. */
  readonly rounds: number;
  /** Of the generator; the paper's by default. */
  readonly width?: number;
  /** The last one is the peer that the others are compared with, unless it stands alone. */
  readonly contestants: readonly Contestant[];
}

const toolkit = (variant: string, threads: number, place: Contestant['place'] = 'node'): Contestant => ({
  name: variant,
  place,
  settings: { kind: 'toolkit', variant, threads },
});
const onnxruntime = (variant: 'node' | 'web', threads: number, place: Contestant['place'] = 'node'): Contestant => ({
  name: `onnxruntime-${variant}`,
  place,
  settings: { kind: 'onnxruntime', variant, threads },
});

/** The comparisons that `npm run bench` makes on a machine with this many cores. */
export function suites(cores: number): Suite[] {
  const inPages = [1, cores].flatMap((threads): Suite[] => {
    const name = `wasm in a page, ${threads} thread${threads > 1 ? 's' : ''}`;
    const contestants = [toolkit('wasm', threads, 'page'), onnxruntime('web', threads, 'page')];
    return [
      { name, batches: [1, 16], rounds: 5, contestants },
      { name: `${name}, a quarter of the width`, batches: [1, 16], rounds: 5, width: 0.25, contestants },
    ];
  });
  return [
    {
      name: `native in Node, ${cores} threads`,
      batches: [1, 16],
      rounds: 11,
      contestants: [toolkit('tensorflow', cores), onnxruntime('node', cores)],
    },
    {
      name: 'wasm in Node, 1 thread',
      batches: [1, 16],
      rounds: 5,
      contestants: [toolkit('wasm', 1), onnxruntime('web', 1)],
    },
    ...inPages,
    { name: 'WebGPU in Node', batches: [1, 16], rounds: 5, contestants: [toolkit('webgpu', 0)] },
    { name: 'cpu in Node', batches: [1], rounds: 2, contestants: [toolkit('cpu', 1)] },
  ];
}
