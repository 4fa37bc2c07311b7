import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import util from 'node:util';
import { UserError } from '../../lib/utils/errors.ts';
import { registerTensorflowKernels, type TensorflowBackend } from './tensorflow_kernels.ts';
import { registerAdamStep } from './tensorflow_training_kernels.ts';

const require = createRequire(import.meta.url);
const packageName = '@tensorflow/tfjs-node-gpu';

/** Where `setup-tensorflow` puts TensorFlow's library (`tensorflow/`), CUDA's (`nvidia/`), our addons and its stamp. */
export const nativeDir = fileURLToPath(new URL('../native', import.meta.url));

/** What `setup-tensorflow` wrote down about what it made. */
export interface TensorflowStamp {
  /** TensorFlow's version. */
  readonly version: string;
  /** Whether it was built for CUDA cards. */
  readonly gpu: boolean;
  /** What it was made from: asked for again, there is nothing to do. */
  readonly madeFrom: string;
}

/** What `setup-tensorflow` left here, if it has run. */
export function tensorflowStamp(dir = nativeDir): TensorflowStamp | undefined {
  const path = join(dir, 'stamp.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/**
 * Loads TensorFlow from a folder that `setup-tensorflow` made and gives it to tfjs-node's backend class. The
 * package's own entry point is not used: it looks for an addon inside node_modules, where ours is not.
 */
export function loadTensorflow(dir = nativeDir): TensorflowBackend {
  // TensorFlow reports what it thinks of the machine on standard error unless told not to.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const { loadLibrary } = require(join(dir, 'load_library.node')) as { loadLibrary(path: string): string };
  loadCuda(dir, loadLibrary);
  for (const name of ['framework', 'cc']) {
    const error = loadLibrary(join(dir, 'tensorflow', `libtensorflow_${name}.so.2`));
    if (error) throw new UserError(`TensorFlow's library does not load (${error}); run setup-tensorflow --force.`);
  }
  const ownOperations = join(dir, 'adam_step.so');
  // Not there in what earlier versions set up.
  const hasAdamStep = existsSync(ownOperations) && loadLibrary(ownOperations) === '';
  restoreRemovedUtil();
  require(`${packageName}/dist/register_all_kernels`);
  registerTensorflowKernels();
  const { NodeJSKernelBackend } = require(`${packageName}/dist/nodejs_kernel_backend`);
  const backend: TensorflowBackend = new NodeJSKernelBackend(require(join(dir, 'tfjs_binding.node')), packageName);
  if (hasAdamStep && !backend.isUsingGpuDevice) registerAdamStep();
  return backend;
}

/** TensorFlow looks CUDA's libraries up by name; loaded once, they are found wherever they lie. */
function loadCuda(dir: string, loadLibrary: (path: string) => string): void {
  const root = join(dir, 'nvidia');
  if (!existsSync(root)) return;
  let waiting = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => /\.so(\.|$)/.test(path));
  // They need one another in an order of their own: go round until none more loads.
  for (let before = Number.POSITIVE_INFINITY; waiting.length < before; ) {
    before = waiting.length;
    waiting = waiting.filter((path) => loadLibrary(join(root, path)) !== '');
  }
}

/** tfjs-node calls two functions of `util` that Node 23 removed. */
function restoreRemovedUtil(): void {
  const old = util as unknown as Record<string, unknown>;
  old.isNullOrUndefined ??= (value: unknown) => value == null;
  old.isArray ??= Array.isArray;
}
