import { registerBackend } from '../../lib/backend/backend.ts';
import { tensorflowBackend } from './backend_tensorflow.ts';
import { nodeWasmBackend } from './backend_wasm.ts';
import { nodeWebgpuBackend } from './backend_webgpu.ts';

/** Adds what Node can do to the library's backends: TensorFlow, WebGPU without a browser, and threads for wasm. */
export function registerNodeBackends(): void {
  registerBackend(tensorflowBackend);
  registerBackend(nodeWebgpuBackend);
  registerBackend(nodeWasmBackend);
}
