import { UserError } from '../utils/errors.ts';
import { cpuBackend } from './cpu.ts';
import * as tf from './tf.ts';
import { wasmBackend } from './wasm.ts';
import { webgpuBackend } from './webgpu.ts';

/** The compute backends, fastest first as far as one can know beforehand. */
export const backendNames = ['tensorflow', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

/** How a backend is to be started; each backend takes what concerns it. */
export interface BackendOptions {
  /** Threads of the wasm backend; by default the platform's choice. In a page more than one needs cross-origin isolation. */
  threads?: number;
  /** Where a page serves the wasm backend's files: a folder URL ending in `/`, or file name to URL. Node finds them itself. */
  wasmPaths?: string | Record<string, string>;
  /** Whether a graphics adapter emulated in software will do. `auto` says no: it is slower than wasm. */
  softwareAdapter?: boolean;
}

/** One backend as the registry knows it. */
export interface Backend {
  readonly name: BackendName;
  /** What it is, in one sentence without a full stop, for lists shown to people. */
  readonly description: string;
  /** `auto` tries the lowest first. */
  readonly speedRank: number;
  /** Makes it the current backend of TensorFlow.js and returns what it runs on, such as the device's name. Throws the reason if it cannot. */
  start(options: BackendOptions): Promise<string>;
}

/** What {@link startBackend} started. */
export interface StartedBackend {
  readonly name: BackendName;
  /** What it runs on, such as `webgpu on NVIDIA L4`. */
  readonly description: string;
  /** The faster backends that `auto` tried first, and why each could not be used. */
  readonly attempts: readonly { readonly name: BackendName; readonly error: string }[];
}

const registry = new Map<BackendName, Backend>([webgpuBackend, wasmBackend, cpuBackend].map((b) => [b.name, b]));

/** Adds a backend, or replaces the one of the same name: how a platform brings its own. */
export function registerBackend(backend: Backend): void {
  registry.set(backend.name, backend);
}

/** The registered backends, fastest first. */
export function registeredBackends(): Backend[] {
  return [...registry.values()].sort((a, b) => a.speedRank - b.speedRank);
}

/**
 * Starts a backend, checks that it computes, and makes it the current one. Tensors of the backend that was
 * current before stay usable only as long as that one is not started again.
 *
 * @param name a backend, or `auto` for the fastest that works here
 * @throws UserError if the backend (or, with `auto`, every backend) cannot be used here
 */
export async function startBackend(name: BackendName | 'auto', options: BackendOptions = {}): Promise<StartedBackend> {
  if (name !== 'auto') {
    const backend = registry.get(name);
    if (!backend) {
      const known = registeredBackends().map((b) => b.name);
      throw new UserError(`There is no backend '${name}' here; choose one of: auto, ${known.join(', ')}.`);
    }
    try {
      const description = await startOne(backend, { softwareAdapter: true, ...options });
      return { name, description, attempts: [] };
    } catch (error) {
      throw new UserError(`Backend '${name}' cannot be used: ${reason(error)}`, { cause: error });
    }
  }
  const attempts: { name: BackendName; error: string }[] = [];
  for (const backend of registeredBackends()) {
    try {
      const description = await startOne(backend, options);
      return { name: backend.name, description, attempts };
    } catch (error) {
      attempts.push({ name: backend.name, error: reason(error) });
    }
  }
  const reasons = attempts.map((a) => `${a.name}: ${a.error}`).join(' ');
  throw new UserError(`No backend can be used here. ${reasons}`);
}

async function startOne(backend: Backend, options: BackendOptions): Promise<string> {
  const description = await backend.start(options);
  await tf.ready();
  await checkComputes(backend.name);
  return description;
}

/** A convolution whose answer is known: a driver that is present but broken shows here, not in the user's video. */
async function checkComputes(name: BackendName): Promise<void> {
  const output = tf.tidy(() => {
    const image = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
    const filter = tf.tensor4d([1, 10, 100, 1000], [2, 2, 1, 1]);
    return tf.conv2d(image, filter, 1, 'valid');
  });
  const values = await output.data();
  output.dispose();
  if (values.join() !== '5421,6532,8754,9865') {
    throw new UserError(`${name} gave ${values.join()} for a convolution that is 5421,6532,8754,9865.`);
  }
}

function reason(error: unknown): string {
  if (error instanceof Error) return error.message;
  // The wasm loader rejects with a plain object.
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : String(error);
}
