import type { AdamStep } from '../../lib/backend/kernels.ts';
import * as tf from '../../lib/backend/tf.ts';
import { type OpAttribute, replace, type TensorflowBackend } from './tensorflow_kernels.ts';

/** What training needs and TensorFlow has an operation for, though TensorFlow.js has not; see `lib/backend/kernels.ts`. */
export function registerTrainingKernels(): void {
  replace('ReluGrad', (backend, { dy, value }) =>
    backend.executeSingleOutput('ReluGrad', [floats(backend, 'T')], [dy, value]),
  );
  replace<{ eps: number }>('BatchNormForward', (backend, { x, weight, bias }, { eps }) => {
    const { binding } = backend;
    const attributes = [
      ...normAttributes(backend, eps),
      { name: 'exponential_avg_factor', type: binding.TF_ATTR_FLOAT, value: 1 },
    ];
    const running = tf.tensor1d([], 'float32');
    const inputs = [asPictures(x), weight, bias, running, running];
    const [y, mean, unbiased] = backend.executeMultipleOutputs('FusedBatchNormV3', attributes, inputs, 6);
    const count = y.size / mean.size;
    return [y.reshape(x.shape), mean, unbiased.mul((count - 1) / count)];
  });
  replace<{ eps: number }>('BatchNormBackward', (backend, { dy, x, weight, mean, variance }, { eps }) => {
    // What the forward operation reserves for this one differs: cuDNN wants the inverse of the deviation.
    const spread = backend.isUsingGpuDevice ? tf.rsqrt(tf.add(variance as tf.Tensor, eps)) : variance;
    const inputs = [asPictures(dy), asPictures(x), weight, mean, spread, tf.tensor1d([], 'float32')];
    const attributes = normAttributes(backend, eps);
    const [dx, dWeight, dBias] = backend.executeMultipleOutputs('FusedBatchNormGradV3', attributes, inputs, 5);
    return [dx.reshape(x.shape), dWeight, dBias];
  });
}

/** The operation of `native_src/adam_step.cc`, once its library is loaded. It is for the processor. */
export function registerAdamStep(): void {
  replace<AdamStep>('AdamStep', (backend, { variable, mean, square, gradient }, settings) => {
    const { beta1, beta2, rate, correction, eps, keep, penalty } = settings;
    const numbers = tf.tensor1d([beta1, beta2, rate, correction, eps, keep, penalty], 'float32');
    return backend.executeMultipleOutputs('AdamStep', [], [variable, mean, square, gradient, numbers], 3);
  });
}

function normAttributes(backend: TensorflowBackend, eps: number): OpAttribute[] {
  const { binding } = backend;
  return [
    floats(backend, 'T'),
    floats(backend, 'U'),
    { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value: eps },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: true },
  ];
}

const floats = ({ binding }: TensorflowBackend, name: string): OpAttribute => ({
  name,
  type: binding.TF_ATTR_TYPE,
  value: binding.TF_FLOAT,
});

/** TensorFlow normalises tensors of four axes only. */
function asPictures(x: tf.TensorInfo): tf.TensorInfo {
  return x.shape.length === 4 ? x : tf.reshape(x as tf.Tensor, [-1, 1, 1, x.shape[x.shape.length - 1]]);
}
