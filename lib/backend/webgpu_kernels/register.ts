import { registerPreparedConvolution } from './convolution.ts';
import { registerFilterGradient } from './filter_gradient.ts';
import { registerGridSample } from './grid_sample.ts';
import { registerPackHalves } from './pack_halves.ts';
import { registerReluGradient } from './relu_gradient.ts';

let registered = false;

/** Registers what WebGPU does faster with shaders of our own, once TensorFlow.js has registered its kernels. */
export function registerWebgpuKernels(): void {
  if (registered) return;
  registered = true;
  registerFilterGradient();
  registerGridSample();
  registerReluGradient();
  registerPreparedConvolution();
  registerPackHalves();
}
