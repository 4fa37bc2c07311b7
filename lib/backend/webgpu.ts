import { UserError } from '../utils/errors.ts';
import type { Backend } from './backend.ts';
import { installBackend } from './install.ts';
import * as tf from './tf.ts';
import { registerWebgpuKernels } from './webgpu_kernels/register.ts';

/** The graphics card, through the browser (or any `navigator.gpu` that the platform put there). */
export const webgpuBackend: Backend = {
  name: 'webgpu',
  description: 'the graphics card, through WebGPU',
  speedRank: 20,
  async start(options) {
    const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
    if (!gpu) throw new UserError('This browser or runtime has no WebGPU.');
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) throw new UserError('WebGPU is there but offers no graphics adapter.');
    const software = isSoftware(adapter);
    if (software && !options.softwareAdapter) {
      throw new UserError(`WebGPU has only a software adapter (${adapterName(adapter)}), which is slower than wasm.`);
    }
    // Imported late: it looks for navigator.gpu when it is imported, and most users of wasm never need it.
    await import('@tensorflow/tfjs-backend-webgpu');
    registerWebgpuKernels();
    factory ??= tf.findBackendFactory('webgpu');
    if (!factory) throw new UserError('WebGPU appeared after TensorFlow.js had looked for it; start again.');
    await installBackend('webgpu', await factory());
    return `webgpu on ${adapterName(adapter)}${software ? ' (software)' : ''}`;
  },
};

let factory: ReturnType<typeof tf.findBackendFactory> | undefined;

function adapterName({ info }: GPUAdapter): string {
  return info.description || [info.vendor, info.architecture].filter(Boolean).join(' ') || 'an unnamed adapter';
}

function isSoftware(adapter: GPUAdapter): boolean {
  const { info } = adapter;
  const names = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(names);
}
