import type { EngineSettings } from './engines/engine.ts';

/** An engine of a comparison. */
export interface Contestant {
  readonly name: string;
  readonly place: 'node' | 'page';
  readonly settings: Omit<EngineSettings, 'model' | 'width' | 'softwareAdapter'>;
}

/** Engines that are timed in turn, on the same network, weights, inputs and number of threads. */
export interface Suite {
  readonly name: string;
  readonly batches: readonly number[];
  /** At least. */
  readonly rounds: number;
  /** Of the generator; the paper's by default. */
  readonly width?: number;
  /** Whether to say what part of the graphics card's peak is reached. */
  readonly ofPeak?: boolean;
  /** The last one is the peer that the others are compared with, unless it stands alone. */
  readonly contestants: readonly Contestant[];
}

const toolkit = (variant: string, threads: number, place: Contestant['place'] = 'node'): Contestant => ({
  name: variant,
  place,
  settings: { kind: 'toolkit', variant, threads },
});
const onnxruntime = (
  variant: 'node' | 'web' | 'webgpu',
  threads: number,
  place: Contestant['place'] = 'node',
): Contestant => ({
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
  const card = (place: Contestant['place']): Omit<Suite, 'name' | 'batches'> => ({
    rounds: 11,
    ofPeak: true,
    contestants: [{}, { precision: 'float16' as const }, { stock: true }].map((more) => ({
      name: ['webgpu', more.precision, more.stock && 'stock kernels'].filter(Boolean).join(', '),
      place,
      settings: { kind: 'toolkit', variant: 'webgpu', threads: 0, ...more },
    })),
  });
  const inPage = card('page');
  const besideOnnx = { ...inPage, contestants: [...inPage.contestants, onnxruntime('webgpu', 1, 'page')] };
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
    { ...card('node'), name: 'WebGPU in Node', batches: [1, 16] },
    { ...besideOnnx, name: 'WebGPU in a page', batches: [1, 16] },
    { ...besideOnnx, name: 'WebGPU in a page, a quarter of the width', batches: [1, 16], width: 0.25 },
    { ...besideOnnx, name: 'WebGPU in a page, a sixteenth of the width', batches: [1], width: 1 / 16 },
    { name: 'cpu in Node', batches: [1], rounds: 2, contestants: [toolkit('cpu', 1)] },
  ];
}
