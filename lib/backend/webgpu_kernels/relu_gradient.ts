import { flatProgram, registerWebgpu } from './webgpu_kernel.ts';

/** The gradient of a ReLU in one pass. */
export function registerReluGradient(): void {
  registerWebgpu('ReluGrad', (backend, { dy, value }) => {
    const code = 'setOutputAtIndex(index, select(0.0, dy[index], value[index] > 0.0));';
    return backend.runWebGPUProgram(
      flatProgram('relu_gradient', dy.shape, ['dy', 'value'], code),
      [dy, value],
      'float32',
    );
  });
}
