import type { Precision } from '../../lib/nn/index.ts';

/** Something that runs Wav2Lip's generator. */
export interface Engine {
  /** What it runs on. */
  readonly description: string;
  /** Draws faces, from arrays to an array; every engine in the layout that is its own. */
  run(inputs: Inputs): Promise<Float32Array>;
}

/** What an engine is to be started with; it travels to processes and pages. */
export interface EngineSettings {
  readonly kind: 'toolkit' | 'onnxruntime';
  /** Backend of the toolkit, or `node`, `web` or `webgpu` of ONNX Runtime. */
  readonly variant: string;
  readonly threads: number;
  /** The generator's, as a part of the paper's. */
  readonly width: number;
  /** In which the toolkit holds weights; by default `float32`. */
  readonly precision?: Precision;
  /** Without the toolkit's own kernel for prepared convolutions. */
  readonly stock?: boolean;
  /** Whether a graphics card emulated in software will do. */
  readonly softwareAdapter: boolean;
  /** Where the ONNX model is: a path in Node, an address in a page. */
  readonly model: string;
}

/** Arrays in an engine's layout. */
export interface Inputs {
  readonly batch: number;
  /** `[batch, 80, 16]`, in [-4, 4]; with its one channel it is the same in both layouts. */
  readonly mel: Float32Array;
  /** `[batch, 96, 96, 6]` or `[batch, 6, 96, 96]`, in [0, 1]. */
  readonly faces: Float32Array;
}

const [size, channels] = [96 * 96, 6];

/** The same pseudo-random inputs for every engine. */
export function benchInputs(batch: number, layout: 'channels-last' | 'channels-first'): Inputs {
  const mel = noise(batch * 80 * 16, 1).map((x) => x * 8 - 4);
  const planes = noise(batch * size * channels, 2);
  return { batch, mel, faces: layout === 'channels-first' ? planes : channelsLast(planes, batch, channels) };
}

/** `[batch, channels, 96, 96]` as `[batch, 96, 96, channels]`. */
export function channelsLast(planes: Float32Array, batch: number, channels: number): Float32Array {
  const out = new Float32Array(planes.length);
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      const from = (n * channels + c) * size;
      for (let i = 0; i < size; i++) out[(n * size + i) * channels + c] = planes[from + i];
    }
  }
  return out;
}

function noise(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}
