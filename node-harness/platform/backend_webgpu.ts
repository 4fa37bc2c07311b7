import { tmpdir } from 'node:os';
import type { Backend } from '../../lib/backend/backend.ts';
import { webgpuBackend } from '../../lib/backend/webgpu.ts';

/**
 * The library's WebGPU backend in Node, through Dawn. While it is held, Node does not end by itself: a
 * program that used it ends with `process.exit()`.
 */
export const nodeWebgpuBackend: Backend = {
  ...webgpuBackend,
  description: 'the graphics card, through WebGPU (Dawn)',
  async start(options) {
    await provideNavigatorGpu();
    return webgpuBackend.start(options);
  },
};

let provided = false;

async function provideNavigatorGpu(): Promise<void> {
  if (provided) return;
  // Vulkan's loader complains on standard error where it is not set, as on servers.
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  // Dawn's other Linux backend, OpenGL, lacks what compute shaders need.
  const gpu = create(process.platform === 'linux' ? ['backend=vulkan'] : []);
  // Node has a navigator from version 21 on; its properties are getters of the prototype.
  if (!globalThis.navigator) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  provided = true;
}
