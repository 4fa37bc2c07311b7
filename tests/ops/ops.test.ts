import { beforeAll, describe, expect, test } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import { conv2d } from '../../lib/ops/conv2d.ts';
import { conv2dTranspose, prepareConv2dTranspose } from '../../lib/ops/conv2d_transpose.ts';
import { depthToSpace, pixelShuffle, pixelUnshuffle, spaceToDepth } from '../../lib/ops/depth_to_space.ts';
import { type Activation, activate, fusedConv2d } from '../../lib/ops/fused_conv2d.ts';
import { gridSample } from '../../lib/ops/grid_sample.ts';
import { pad2d } from '../../lib/ops/pad.ts';
import { adaptiveAvgPool2d, avgPool2d, maxPool2d } from '../../lib/ops/pool.ts';
import { prepareConv2d } from '../../lib/ops/prepared_convolution.ts';
import { resize } from '../../lib/ops/resize.ts';
import { availableBackends, startTestBackend } from '../backends.ts';
import { expectClose, expectGradients, randomTensor } from '../gradients.ts';
import * as direct from './direct.ts';

type T4 = tf.Tensor4D;

// WebGPU has its turn in the page, where the same tests run.
const backends = availableBackends().filter((backend) => backend !== 'webgpu' || 'document' in globalThis);

describe.each(backends)('operations on %s', (backend) => {
  beforeAll(async () => {
    await startTestBackend(backend);
    if (backend === 'webgpu') tf.env().set('WEBGPU_CPU_FORWARD', false);
  });

  const transposed = [
    { kernel: [3, 3], stride: 2, padding: 1, outputPadding: 1, size: [3, 4] },
    { kernel: [4, 4], stride: 2, padding: 1, outputPadding: 0, size: [3, 2] },
    { kernel: [3, 3], stride: 1, padding: 0, outputPadding: 0, size: [1, 1] },
    { kernel: [3, 3], stride: 1, padding: 1, outputPadding: 0, size: [4, 3] },
    { kernel: [2, 2], stride: 2, padding: 0, outputPadding: 0, size: [3, 3] },
    { kernel: [1, 1], stride: 2, padding: 0, outputPadding: 1, size: [2, 3] },
    { kernel: [5, 5], stride: 3, padding: 2, outputPadding: 1, size: [3, 3] },
    { kernel: [3, 5], stride: [2, 1] as const, padding: [1, 2] as const, outputPadding: [1, 0] as const, size: [3, 4] },
    { kernel: [7, 7], stride: 2, padding: 3, outputPadding: 0, size: [2, 2] },
    { kernel: [3, 3], stride: 2, padding: 1, outputPadding: 0, size: [4, 3] },
  ];
  test.each(transposed)(
    'conv2dTranspose $kernel stride $stride padding $padding outputPadding $outputPadding',
    async (given) => {
      const { kernel, size, ...options } = given;
      const x = randomTensor([2, ...size, 3], 1);
      const filter = randomTensor([...kernel, 2, 3], 2);
      const expected = direct.conv2dTranspose(x, filter, options);
      const y = conv2dTranspose(x, filter, options);
      expect(y.shape).toEqual(expected.shape);
      await expectClose(y, expected.values);
      await expectGradients((x: T4, w: T4) => conv2dTranspose(x, w, options), [x, filter]);

      const bias = tf.tensor1d([0.5, -0.25]);
      const ended = expected.values.map((value, i) => Math.max(0, value + [0.5, -0.25][i % 2]));
      for (const precision of ['float32', 'float16'] as const) {
        const prepared = prepareConv2dTranspose(filter, { ...options, bias, activation: 'relu', precision });
        const fused = prepared.apply(x);
        expect(fused.shape).toEqual(expected.shape);
        await expectClose(fused, ended, precision === 'float32' ? 1e-5 : 1e-3);
        prepared.dispose();
        fused.dispose();
      }
      tf.dispose([x, filter, y, bias]);
    },
  );

  test.each([
    [{ dilation: 2, padding: 2 }, [2, 6, 5, 2], [3, 3, 2, 3]],
    [{ dilation: 3, stride: 2, padding: 1 }, [1, 9, 10, 2], [3, 2, 2, 3]],
    [{ stride: [3, 1], padding: 1 }, [1, 9, 6, 2], [3, 3, 2, 3]],
  ] as const)('conv2d %o', async (options, xShape, filterShape) => {
    const given = { ...options, stride: 'stride' in options ? options.stride : 1 };
    const mutable = {
      ...given,
      stride: typeof given.stride === 'number' ? given.stride : ([...given.stride] as [number, number]),
    };
    const [x, filter] = [randomTensor([...xShape], 1), randomTensor([...filterShape], 2)];
    const expected = direct.conv2d(x, filter, mutable);
    const y = conv2d(x, filter, mutable);
    expect(y.shape).toEqual(expected.shape);
    await expectClose(y, expected.values);
    await expectGradients((x: T4, w: T4) => conv2d(x, w, mutable), [x, filter]);
    tf.dispose([x, filter, y]);
  });

  test.each(['linear', 'relu', 'leakyrelu', 'sigmoid', 'tanh'] as Activation[])(
    'fusedConv2d with %s',
    async (activation) => {
      const [x, filter, bias] = [
        randomTensor([2, 6, 5, 3], 1),
        randomTensor([3, 3, 3, 4], 2),
        randomTensor<tf.Tensor1D>([4], 3),
      ];
      const y = fusedConv2d({ x, filter, bias, activation, alpha: 0.1, stride: 2, pad: 1 });
      const plain = tf.tidy(() => activate(conv2d(x, filter, { stride: 2, padding: 1 }).add(bias), activation, 0.1));
      await expectClose(y, await plain.data());
      const run = (x: T4, filter: T4, bias: tf.Tensor1D) =>
        fusedConv2d({ x, filter, bias, activation, alpha: 0.1, stride: 2, pad: 1 });
      await expectGradients(run, [x, filter, bias]);
      tf.dispose([x, filter, bias, y, plain]);
    },
  );

  // Few and many channels, multiples of four and not, all that can follow, and a filter that reaches over the edges.
  const prepared = [
    { x: [2, 9, 8, 6], out: 5, kernel: [7, 7], stride: [1, 1], padding: [3, 3], activation: 'relu' },
    { x: [2, 7, 6, 8], out: 12, kernel: [3, 3], stride: [2, 2], padding: [1, 1], activation: 'leakyrelu' },
    { x: [1, 9, 6, 4], out: 3, kernel: [3, 3], stride: [3, 1], padding: [1, 1], activation: 'sigmoid' },
    { x: [1, 5, 4, 3], out: 3, kernel: [3, 3], stride: [1, 1], padding: [1, 1], activation: 'tanh', residual: true },
    { x: [2, 3, 3, 8], out: 8, kernel: [3, 3], stride: [1, 1], padding: [1, 1], activation: 'relu', residual: true },
  ] as const;
  test.each(prepared)(
    'prepareConv2d of $x with a $kernel filter, then $activation',
    async ({ x: shape, out, kernel, stride, padding, activation, ...rest }) => {
      const residual = 'residual' in rest;
      const x = randomTensor([...shape], 1);
      const filter = randomTensor([...kernel, shape[3], out], 2);
      const bias = randomTensor<tf.Tensor1D>([out], 3);
      const plain = tf.tidy(() => {
        const y = conv2d(x, filter, { stride: [...stride], padding: padding[0] }).add(bias);
        return activate(residual ? y.add<T4>(x) : (y as T4), activation, 0.1);
      });
      const expected = await plain.data();
      const before = tf.memory().numTensors;
      for (const precision of ['float32', 'float16'] as const) {
        const end = { bias, activation, alpha: 0.1, residual, precision };
        const convolution = prepareConv2d(filter, { stride, padding, ...end });
        const y = convolution.apply(x);
        expect(y.shape).toEqual(plain.shape);
        await expectClose(y, expected, precision === 'float32' ? 1e-5 : 1e-3);
        convolution.dispose();
        y.dispose();
      }
      expect(tf.memory().numTensors, 'tensors left over').toBe(before);
      tf.dispose([x, filter, bias, plain]);
    },
  );

  const resizes = [
    { size: [7, 9] as const, mode: 'bilinear', alignCorners: false },
    { size: [7, 9] as const, mode: 'bilinear', alignCorners: true },
    { size: [2, 3] as const, mode: 'bilinear', alignCorners: false },
    { size: [1, 3] as const, mode: 'bilinear', alignCorners: true },
    { scaleFactor: 2, mode: 'bilinear', alignCorners: false },
    { scaleFactor: 2, mode: 'nearest' },
    { scaleFactor: 0.5, mode: 'nearest' },
    { size: [7, 3] as const, mode: 'nearest' },
    { scaleFactor: 1.3, mode: 'bilinear', alignCorners: false },
  ] as const;
  test.each(resizes)('resize %o', async (options) => {
    const x = randomTensor([2, 4, 5, 3], 1);
    const expected = direct.resize(x, options);
    const y = resize(x, options);
    expect(y.shape).toEqual(expected.shape);
    await expectClose(y, expected.values);
    await expectGradients((x: T4) => resize(x, options), [x]);
    tf.dispose([x, y]);
  });

  test.each([
    { paddingMode: 'zeros', alignCorners: false },
    { paddingMode: 'zeros', alignCorners: true },
    { paddingMode: 'border', alignCorners: false },
    { paddingMode: 'border', alignCorners: true },
  ] as const)('gridSample %o', async (options) => {
    const x = randomTensor([2, 4, 5, 3], 1);
    // Some samples lie outside; none on a kink, where there is no derivative to compare with.
    const grid = randomTensor([2, 3, 4, 2], 5, -1.4, 1.4);
    const expected = direct.gridSample(x, grid, options);
    const y = gridSample(x, grid, options);
    await expectClose(y, expected.values);
    await expectGradients((x: T4, grid: T4) => gridSample(x, grid, options), [x, grid], {
      step: 1e-3,
      tolerance: 2e-2,
    });
    const far = tf.fill<tf.Rank.R4>([2, 1, 1, 2], 1e9);
    const farY = gridSample(x, far, options);
    expect((await farY.data()).every(Number.isFinite)).toBe(true);
    tf.dispose([x, grid, y, far, farY]);
  });

  test('depthToSpace, spaceToDepth, pixelShuffle, pixelUnshuffle', async () => {
    const x = randomTensor([2, 2, 3, 8], 1);
    const expected = [
      direct.depthToSpace(x, 2, (row, column, c) => (row * 2 + column) * 2 + c),
      direct.depthToSpace(x, 2, (row, column, c) => (c * 2 + row) * 2 + column),
    ];
    const [deep, shuffled] = [depthToSpace(x, 2), pixelShuffle(x, 2)];
    await expectClose(deep, expected[0].values);
    await expectClose(shuffled, expected[1].values);
    const back = [spaceToDepth(deep, 2), pixelUnshuffle(shuffled, 2)];
    for (const same of back) await expectClose(same, await x.data(), 0);
    await expectGradients((x: T4) => pixelShuffle(x, 2), [x]);
    await expectGradients((x: T4) => pixelUnshuffle(x, 2), [deep]);
    tf.dispose([x, deep, shuffled, back]);
  });

  test.each(['zeros', 'reflect', 'replicate'] as const)('pad2d %s', async (mode) => {
    const x = randomTensor([2, 4, 5, 2], 1);
    const expected = direct.pad2d(x, [1, 2, 3, 0], mode);
    const y = pad2d(x, [1, 2, 3, 0], mode);
    expect(y.shape).toEqual(expected.shape);
    await expectClose(y, expected.values, 0);
    await expectGradients((x: T4) => pad2d(x, [1, 2, 3, 0], mode), [x]);
    tf.dispose([x, y]);
  });

  test('pools', async () => {
    const x = randomTensor([2, 7, 6, 2], 1, -2, -1);
    const average = (window: number[]) => window.reduce((sum, value) => sum + value, 0) / window.length;
    const pools: [(x: T4) => tf.Tensor, ReturnType<typeof direct.pool>][] = [
      [(x) => maxPool2d(x, 3, { stride: 2, padding: 1 }), direct.pool(x, 3, 2, 1, (w) => Math.max(...w))],
      [(x) => maxPool2d(x, 2), direct.pool(x, 2, 2, 0, (w) => Math.max(...w))],
      [(x) => avgPool2d(x, 2), direct.pool(x, 2, 2, 0, average)],
      [(x) => avgPool2d(x, 3, { stride: 2, padding: 1 }), direct.pool(x, 3, 2, 1, (w) => (average(w) * w.length) / 9)],
      [(x) => avgPool2d(x, 3, { stride: 2, padding: 1, countIncludePad: false }), direct.pool(x, 3, 2, 1, average)],
    ];
    for (const [run, expected] of pools) {
      const y = run(x);
      expect(y.shape).toEqual(expected.shape);
      await expectClose(y, expected.values);
      await expectGradients(run, [x], { step: 1e-3 });
      y.dispose();
    }
    x.dispose();
  });

  test.each([1, 2, [3, 4] as const, 7])('adaptiveAvgPool2d to %s', async (size) => {
    const x = randomTensor([2, 7, 6, 3], 1);
    const expected = direct.adaptiveAvgPool2d(x, typeof size === 'number' ? [size, size] : size);
    const y = adaptiveAvgPool2d(x, size);
    expect(y.shape).toEqual(expected.shape);
    await expectClose(y, expected.values);
    await expectGradients((x: T4) => adaptiveAvgPool2d(x, size), [x]);
    tf.dispose([x, y]);
  });
});
