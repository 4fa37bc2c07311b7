import type { AdamStep } from '../kernels.ts';
import { registerLoops } from './wasm_kernel.ts';

/** A step of Adam (`lib/backend/kernels.ts`) in one pass over memory. */
export function registerAdamStep(): void {
  registerLoops<AdamStep>(
    'AdamStep',
    ({ variable }) => [variable.shape, variable.shape, variable.shape],
    ([newVariable, newMean, newSquare], read, _, { beta1, beta2, rate, correction, eps, keep, penalty }) => {
      const [variable, mean] = [read('variable'), read('mean')];
      const [square, gradient] = [read('square'), read('gradient')];
      for (let i = 0; i < variable.length; i++) {
        const slope = gradient[i] + penalty * variable[i];
        const m = beta1 * mean[i] + (1 - beta1) * slope;
        const v = beta2 * square[i] + (1 - beta2) * slope * slope;
        newMean[i] = m;
        newSquare[i] = v;
        newVariable[i] = keep * variable[i] - (rate * m) / (Math.sqrt(v) / correction + eps);
      }
    },
  );
}
