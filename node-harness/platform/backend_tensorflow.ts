import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import util from 'node:util';
import type { Backend } from '../../lib/backend/backend.ts';
import { installBackend } from '../../lib/backend/install.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { registerTensorflowKernels, type TensorflowBackend } from './tensorflow_kernels.ts';

const require = createRequire(import.meta.url);
const packageName = '@tensorflow/tfjs-node-gpu';

/** Where `setup-tensorflow` puts the library and the addon. */
export const nativeDir = fileURLToPath(new URL('../native/tensorflow/', import.meta.url));
const addonPath = `${nativeDir}tfjs_binding.node`;

/** TensorFlow's own kernels through tfjs-node: oneDNN on the processor, CUDA where the GPU library was installed. */
export const tensorflowBackend: Backend = {
  name: 'tensorflow',
  description: "TensorFlow's native library, on the processor or a CUDA card",
  speedRank: 10,
  async start() {
    if (!hasTensorflow()) {
      throw new UserError(
        'TensorFlow is not set up; run `npm run setup:tensorflow` (it needs Python with pip, and g++).',
      );
    }
    backend ??= load(addonPath);
    await installBackend('tensorflow', backend);
    const device = backend.isUsingGpuDevice ? 'a CUDA card' : 'the processor (oneDNN)';
    return `TensorFlow ${tensorflowVersion(addonPath)} on ${device}`;
  },
};

/** Whether `setup-tensorflow` has run here. */
export function hasTensorflow(): boolean {
  return existsSync(addonPath);
}

interface Binding {
  TF_Version: string;
}
let backend: TensorflowBackend | undefined;

/**
 * Loads the addon and gives it to tfjs-node's backend class. The package's own entry point is not used: it
 * looks for an addon inside node_modules, where ours is not.
 */
export function load(addon: string): TensorflowBackend {
  // TensorFlow reports every optimisation it knows on standard error unless told not to.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  restoreRemovedUtil();
  require(`${packageName}/dist/register_all_kernels`);
  registerTensorflowKernels();
  const { NodeJSKernelBackend } = require(`${packageName}/dist/nodejs_kernel_backend`);
  return new NodeJSKernelBackend(require(addon), packageName);
}

function tensorflowVersion(addon: string): string {
  return (require(addon) as Binding).TF_Version;
}

/** tfjs-node calls two functions of `util` that Node 23 removed. */
function restoreRemovedUtil(): void {
  const old = util as unknown as Record<string, unknown>;
  old.isNullOrUndefined ??= (value: unknown) => value == null;
  old.isArray ??= Array.isArray;
}
