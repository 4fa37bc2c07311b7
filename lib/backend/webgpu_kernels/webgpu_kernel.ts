import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import type { OwnKernel } from '../kernels.ts';
import * as tf from '../tf.ts';

export type Uniforms = Parameters<WebGPUBackend['runWebGPUProgram']>[3];
type Inputs = Readonly<Record<string, tf.TensorInfo>>;

/** Registers a kernel for WebGPU. Replaces the stock one. */
export function registerWebgpu<Attributes>(
  kernelName: OwnKernel | 'Conv2DBackpropFilter',
  run: (backend: WebGPUBackend, inputs: Inputs, attributes: Attributes) => tf.TensorInfo,
): void {
  if (tf.getKernel(kernelName, 'webgpu')) tf.unregisterKernel(kernelName, 'webgpu');
  tf.registerKernel({
    kernelName,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, attrs, backend }) =>
      tf.tidy(() => run(backend as WebGPUBackend, inputs as Inputs, attrs as Attributes) as tf.Tensor),
  });
}

const FLAT_WORKGROUP = 64;
/** Workgroups along an axis that every device has. */
export const MOST_WORKGROUPS = 65_535;

/** A program with one thread for each number of its output: `code` is the body of a function of its `index`. */
export function flatProgram(name: string, outputShape: number[], variableNames: string[], code: string): WebGPUProgram {
  const groups = Math.ceil(tf.util.sizeFromShape(outputShape) / FLAT_WORKGROUP);
  const rows = Math.ceil(groups / MOST_WORKGROUPS);
  return {
    outputShape,
    variableNames,
    shaderKey: `talkingface_${name}`,
    workgroupSize: [FLAT_WORKGROUP, 1, 1],
    dispatchLayout: { x: outputShape.map((_, axis) => axis) },
    dispatch: [Math.ceil(groups / rows), rows, 1],
    size: true,
    getUserCode: () => `fn main(index : i32) {
      if (index >= uniforms.size) { return; }
      ${code}
    }`,
  };
}
