import { beforeAll, describe, test } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import { availableBackends, startTestBackend } from '../backends.ts';
import { expectGradients, randomTensor } from '../gradients.ts';

type T4 = tf.Tensor4D;

/** What the models differentiate, straight from TensorFlow.js; each must be right on every backend. */
const functions: Record<string, [f: (...inputs: never[]) => tf.Tensor, ...shapes: number[][]]> = {
  'conv2d 3x3 same': [(x: T4, w: T4) => tf.conv2d(x, w, 1, 'same'), [2, 5, 6, 3], [3, 3, 3, 4]],
  'conv2d 3x3 pad 1': [(x: T4, w: T4) => tf.conv2d(x, w, 1, 1), [2, 5, 6, 3], [3, 3, 3, 4]],
  'conv2d 3x3 stride 2 pad 1': [(x: T4, w: T4) => tf.conv2d(x, w, 2, 1), [2, 6, 7, 3], [3, 3, 3, 4]],
  'conv2d 3x3 stride 2 pad 1 even': [(x: T4, w: T4) => tf.conv2d(x, w, 2, 1), [1, 8, 8, 2], [3, 3, 2, 4]],
  'conv2d 4x4 stride 2 pad 1': [(x: T4, w: T4) => tf.conv2d(x, w, 2, 1), [2, 8, 6, 3], [4, 4, 3, 4]],
  'conv2d 7x7 pad 3': [(x: T4, w: T4) => tf.conv2d(x, w, 1, 3), [1, 8, 6, 2], [7, 7, 2, 2]],
  'conv2d 3x3 stride 3 by 1': [
    (x: T4, w: T4) =>
      tf.conv2d(
        x,
        w,
        [3, 1],
        [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ],
      ),
    [1, 9, 6, 2],
    [3, 3, 2, 3],
  ],
  'conv2d 1x1': [(x: T4, w: T4) => tf.conv2d(x, w, 1, 0), [2, 3, 4, 5], [1, 1, 5, 3]],
  'conv2d 1x1 stride 2': [(x: T4, w: T4) => tf.conv2d(x, w, 2, 0), [2, 6, 5, 5], [1, 1, 5, 3]],
  'conv2d asymmetric pad': [
    (x: T4, w: T4) =>
      tf.conv2d(x, w, 2, [
        [0, 0],
        [0, 1],
        [0, 1],
        [0, 0],
      ]), // prettier
    [1, 6, 6, 2],
    [3, 3, 2, 3],
  ],
  conv1d: [(x: tf.Tensor3D, w: tf.Tensor3D) => tf.conv1d(x, w, 1, 'same'), [2, 7, 3], [3, 3, 4]],
  'depthwise 3x3': [(x: T4, w: T4) => tf.depthwiseConv2d(x, w, 1, 'same'), [2, 5, 6, 3], [3, 3, 3, 1]],
  'depthwise 3x3 stride 2': [(x: T4, w: T4) => tf.depthwiseConv2d(x, w, 2, 1), [2, 5, 6, 3], [3, 3, 3, 1]],
  'depthwise multiplier 2': [(x: T4, w: T4) => tf.depthwiseConv2d(x, w, 1, 'same'), [1, 5, 6, 3], [3, 3, 3, 2]],
  'conv3d same': [(x: tf.Tensor5D, w: tf.Tensor5D) => tf.conv3d(x, w, 1, 'same'), [1, 3, 4, 5, 2], [3, 3, 3, 2, 3]],
  'conv3d stride': [
    (x: tf.Tensor5D, w: tf.Tensor5D) => tf.conv3d(x, w, [1, 2, 2], 'same'),
    [1, 3, 4, 6, 2],
    [3, 3, 3, 2, 3],
  ],
  'maxPool 2': [(x: T4) => tf.maxPool(x, 2, 2, 'valid'), [2, 4, 6, 3]],
  'maxPool 3 stride 2': [(x: T4) => tf.maxPool(x, 3, 2, 'valid'), [2, 7, 5, 3]],
  'maxPool 3 stride 2 same, all negative': [(x: T4) => tf.maxPool(x.sub(3), 3, 2, 'same'), [2, 7, 5, 3]],
  'avgPool 2': [(x: T4) => tf.avgPool(x, 2, 2, 'valid'), [2, 4, 6, 3]],
  'avgPool 3 stride 2': [(x: T4) => tf.avgPool(x, 3, 2, 'valid'), [2, 7, 5, 3]],
  'batch statistics': [
    (x: T4, g: tf.Tensor1D) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return x.sub(mean).div(variance.add(1e-5).sqrt()).mul(g);
    },
    [2, 3, 4, 3],
    [3],
  ],
  batchNorm: [
    (x: T4, g: tf.Tensor1D) => tf.batchNorm(x, tf.tensor1d([0.1, 0.2]), tf.tensor1d([1, 2]), tf.tensor1d([0, 1]), g),
    [2, 3, 4, 2],
    [2],
  ],
  matMul: [(a: tf.Tensor2D, b: tf.Tensor2D) => tf.matMul(a, b), [3, 4], [4, 5]],
  'matMul transposed batch': [(a: tf.Tensor3D, b: tf.Tensor3D) => tf.matMul(a, b, false, true), [2, 3, 4], [2, 5, 4]],
  'matMul transposed a': [(a: tf.Tensor3D, b: tf.Tensor3D) => tf.matMul(a, b, true, false), [2, 4, 3], [2, 4, 5]],
  gather: [(x: tf.Tensor2D) => tf.gather(x, tf.tensor1d([2, 0, 2, 1, 2], 'int32')), [4, 3]],
  'gather axis 1': [(x: T4) => tf.gather(x, tf.tensor1d([2, 0, 2], 'int32'), 1), [2, 4, 3, 2]],
  unsortedSegmentSum: [(x: tf.Tensor2D) => tf.unsortedSegmentSum(x, tf.tensor1d([2, 0, 2, 1], 'int32'), 4), [4, 3]],
  concat: [(a: T4, b: T4) => tf.concat([a, b], 3), [2, 2, 3, 2], [2, 2, 3, 4]],
  slice: [(x: T4) => tf.slice(x, [0, 1, 0, 0], [2, 2, 2, 2]), [2, 4, 3, 2]],
  'split, stack, unstack': [(x: T4) => tf.stack(tf.unstack(tf.split(x, 2, 3)[1], 1), 2), [2, 3, 3, 4]],
  pad: [
    (x: T4) =>
      tf.pad(x, [
        [0, 0],
        [1, 2],
        [0, 1],
        [0, 0],
      ]),
    [2, 3, 3, 2],
  ],
  transpose: [(x: T4) => tf.transpose(x, [0, 3, 1, 2]), [2, 3, 4, 2]],
  'transpose of 6': [(x: tf.Tensor) => tf.transpose(x, [0, 1, 3, 2, 5, 4]), [1, 2, 3, 2, 2, 3]],
  tile: [(x: tf.Tensor3D) => tf.tile(x, [2, 1, 3]), [2, 3, 2]],
  broadcastTo: [(x: tf.Tensor3D) => tf.broadcastTo(x, [2, 3, 4]), [2, 1, 4]],
  reverse: [(x: T4) => tf.reverse(x, 1), [2, 3, 4, 2]],
  'sum, mean': [(x: T4) => tf.mean(x, [1, 2]).add(tf.sum(x, [1, 2])), [2, 3, 4, 2]],
  'max, min': [(x: tf.Tensor2D) => tf.max(x, 1).sub(tf.min(x, 1)), [3, 7]],
  'maximum, minimum': [
    (a: tf.Tensor2D, b: tf.Tensor2D) => tf.maximum(a, b).add(tf.minimum(a, b).mul(2)),
    [3, 7],
    [3, 7],
  ],
  'add, sub, mul, div broadcast': [(a: T4, b: tf.Tensor1D) => a.add(b).mul(a.sub(b)).div(b.add(3)), [2, 3, 2, 2], [2]],
  squaredDifference: [(a: tf.Tensor2D, b: tf.Tensor2D) => tf.squaredDifference(a, b), [3, 7], [3, 7]],
  relu: [(x: tf.Tensor2D) => tf.relu(x), [5, 7]],
  leakyRelu: [(x: tf.Tensor2D) => tf.leakyRelu(x, 0.2), [5, 7]],
  prelu: [(x: T4, a: T4) => tf.prelu(x, a), [2, 3, 2, 4], [1, 1, 1, 4]],
  elu: [(x: tf.Tensor2D) => tf.elu(x), [5, 7]],
  'relu6, clipByValue': [(x: tf.Tensor2D) => tf.relu6(x.mul(9)).add(tf.clipByValue(x, -0.5, 0.5)), [5, 7]],
  'sigmoid, tanh, softplus': [(x: tf.Tensor2D) => tf.sigmoid(x).add(tf.tanh(x)).add(tf.softplus(x)), [5, 7]],
  'erf (GELU)': [(x: tf.Tensor2D) => x.mul(tf.erf(x.div(Math.SQRT2)).add(1)), [5, 7]],
  'exp, log, sqrt, rsqrt, pow': [
    (x: tf.Tensor2D) => {
      const p = x.abs().add(1);
      return tf
        .exp(x)
        .add(tf.log(p))
        .add(tf.sqrt(p))
        .add(tf.rsqrt(p))
        .add(tf.pow(p, 3))
        .add(tf.square(x))
        .add(tf.reciprocal(p));
    },
    [5, 7],
  ],
  'sin, cos, atan2': [
    (x: tf.Tensor2D, y: tf.Tensor2D) =>
      tf
        .sin(x)
        .add(tf.cos(y))
        .add(tf.atan2(x, y.add(2))),
    [5, 7],
    [5, 7],
  ],
  logSigmoid: [(x: tf.Tensor2D) => tf.logSigmoid(x), [5, 7]],
  'softmax, logSoftmax': [(x: tf.Tensor2D) => tf.softmax(x).add(tf.logSoftmax(x)), [5, 7]],
  logSumExp: [(x: tf.Tensor2D) => tf.logSumExp(x, 1), [5, 7]],
  where: [
    (a: tf.Tensor2D, b: tf.Tensor2D) => tf.where(tf.greater(tf.range(0, 7).reshape([1, 7]).tile([5, 1]), 3), a, b),
    [5, 7],
    [5, 7],
  ],
  norm: [(x: tf.Tensor2D) => tf.norm(x, 2, 1), [5, 7]],
  cumsum: [(x: tf.Tensor2D) => tf.cumsum(x, 1), [3, 7]],
  'oneHot lookup': [(x: tf.Tensor2D) => tf.matMul(tf.oneHot(tf.tensor1d([1, 3], 'int32'), 4).toFloat(), x), [4, 3]],
  'embedding of 3 axes': [
    (x: tf.Tensor2D) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [1, 0],
            [3, 1],
          ],
          [2, 2],
          'int32',
        ),
      ),
    [4, 3],
  ],
};

// WebGPU has its turn in the page, where the same tests run.
const backends = availableBackends().filter((backend) => backend !== 'webgpu' || 'document' in globalThis);

describe.each(backends)('gradients on %s', (backend) => {
  beforeAll(async () => {
    await startTestBackend(backend);
    if (backend === 'webgpu') tf.env().set('WEBGPU_CPU_FORWARD', false);
  });
  test.each(Object.entries(functions))('%s', async (_, [f, ...shapes]) => {
    const inputs = shapes.map((shape, i) => randomTensor(shape, 11 + i));
    await expectGradients(f, inputs);
    for (const input of inputs) input.dispose();
  });
});
