import { registerAdamStep } from './adam.ts';
import { registerBatchNorm } from './batch_norm.ts';
import { registerConcat } from './concat.ts';
import { registerConv2dGradients } from './conv2d.ts';
import { registerConv3d } from './conv3d.ts';
import { registerDepthwiseGradients } from './depthwise.ts';
import { registerMaxPoolGradient } from './pool.ts';
import { registerUnsortedSegmentSum } from './segment_sum.ts';
import { registerIdentity } from './wasm_kernel.ts';

let registered = false;

/** Registers what TensorFlow.js lacks on wasm, gets wrong, or wastes time or memory on there. */
export function registerWasmKernels(): void {
  if (registered) return;
  registered = true;
  registerIdentity();
  registerConcat();
  registerBatchNorm();
  registerAdamStep();
  registerConv2dGradients();
  registerConv3d();
  registerDepthwiseGradients();
  registerMaxPoolGradient();
  registerUnsortedSegmentSum();
}
