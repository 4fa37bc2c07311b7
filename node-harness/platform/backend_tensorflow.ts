import type { Backend } from '../../lib/backend/backend.ts';
import { installBackend } from '../../lib/backend/install.ts';
import { UserError } from '../../lib/utils/errors.ts';
import type { TensorflowBackend } from './tensorflow_kernels.ts';
import { loadTensorflow, tensorflowStamp } from './tensorflow_library.ts';

let backend: TensorflowBackend | undefined;

/** TensorFlow's own kernels through tfjs-node: oneDNN on the processor, CUDA where the GPU library was installed. */
export const tensorflowBackend: Backend = {
  name: 'tensorflow',
  description: "TensorFlow's native library, on the processor or a CUDA card",
  speedRank: 10,
  async start() {
    const stamp = tensorflowStamp();
    if (!stamp) {
      throw new UserError(
        'TensorFlow is not set up; run `npm run setup:tensorflow` (it needs Python with pip, and g++).',
      );
    }
    backend ??= loadTensorflow();
    await installBackend('tensorflow', backend);
    return `TensorFlow ${stamp.version} on ${backend.isUsingGpuDevice ? 'a CUDA card' : 'the processor (oneDNN)'}`;
  },
};

/** Whether `setup-tensorflow` has run here. */
export const hasTensorflow = (): boolean => tensorflowStamp() !== undefined;
