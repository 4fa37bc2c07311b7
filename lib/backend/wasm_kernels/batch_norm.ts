import { registerLoops } from './wasm_kernel.ts';

/** Training's batch norm and ReLU (`lib/backend/kernels.ts`) in as few passes over memory as they need. */
export function registerBatchNorm(): void {
  registerLoops<{ eps: number }>(
    'BatchNormForward',
    ({ x, weight }) => [x.shape, weight.shape, weight.shape],
    ([y, mean, variance], read, _, { eps }) => {
      const [x, weight, bias] = [read('x'), read('weight'), read('bias')];
      const [channels, count] = [weight.length, x.length / weight.length];
      // Summed in double precision: a channel may have a million numbers.
      const sums = new Float64Array(channels);
      for (let i = 0; i < x.length; i += channels) {
        for (let c = 0; c < channels; c++) sums[c] += x[i + c];
      }
      mean.set(sums.map((sum) => sum / count));
      const squares = new Float64Array(channels);
      for (let i = 0; i < x.length; i += channels) {
        for (let c = 0; c < channels; c++) squares[c] += (x[i + c] - mean[c]) ** 2;
      }
      variance.set(squares.map((sum) => sum / count));
      const scale = weight.map((w, c) => w / Math.sqrt(variance[c] + eps));
      for (let i = 0; i < x.length; i += channels) {
        for (let c = 0; c < channels; c++) y[i + c] = (x[i + c] - mean[c]) * scale[c] + bias[c];
      }
    },
  );
  registerLoops<{ eps: number }>(
    'BatchNormBackward',
    ({ x, weight }) => [x.shape, weight.shape, weight.shape],
    ([dx, dWeight, dBias], read, _, { eps }) => {
      const [dy, x, weight, mean] = [read('dy'), read('x'), read('weight'), read('mean')];
      const [channels, count] = [weight.length, x.length / weight.length];
      const inverse = read('variance').map((v) => 1 / Math.sqrt(v + eps));
      const sums = new Float64Array(channels);
      const products = new Float64Array(channels);
      for (let i = 0; i < x.length; i += channels) {
        for (let c = 0; c < channels; c++) {
          sums[c] += dy[i + c];
          products[c] += dy[i + c] * (x[i + c] - mean[c]);
        }
      }
      dBias.set(sums);
      dWeight.set(products.map((product, c) => product * inverse[c]));
      const scale = weight.map((w, c) => w * inverse[c]);
      const slope = scale.map((s, c) => (s * inverse[c] * dWeight[c]) / count);
      const offset = scale.map((s, c) => (s * dBias[c]) / count);
      for (let i = 0; i < x.length; i += channels) {
        for (let c = 0; c < channels; c++) {
          dx[i + c] = dy[i + c] * scale[c] - offset[c] - (x[i + c] - mean[c]) * slope[c];
        }
      }
    },
  );
  registerLoops(
    'ReluGrad',
    ({ dy }) => [dy.shape],
    ([dx], read) => {
      const [dy, value] = [read('dy'), read('value')];
      for (let i = 0; i < dx.length; i++) dx[i] = value[i] > 0 ? dy[i] : 0;
    },
  );
}
