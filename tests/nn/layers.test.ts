import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import { fromFloat32, toFloat32 } from '../../lib/checkpoint/dtypes.ts';
import { memoryStateDict, type TensorData } from '../../lib/checkpoint/state_dict.ts';
import {
  Activation,
  BatchNorm,
  Conv2d,
  Conv2dBlock,
  Conv3d,
  ConvTranspose2d,
  ConvTranspose2dBlock,
  type Layer,
  Linear,
  MaxPool2d,
  NoNormConv2dBlock,
  Sequential,
} from '../../lib/nn/index.ts';
import { Random } from '../../lib/utils/random.ts';
import { availableBackends, startTestBackend } from '../backends.ts';
import { expectClose, expectGradients, randomTensor } from '../gradients.ts';

const vector = (...values: number[]): TensorData => ({
  dtype: 'F32',
  shape: [values.length],
  bytes: fromFloat32(Float32Array.from(values), 'F32'),
});

/** Fills a layer so that batch norms have statistics of their own. */
async function randomise<T extends Layer>(layer: T): Promise<T> {
  const random = new Random(11);
  layer.initialize(random);
  const entries = new Map<string, TensorData>();
  for (const [name, { shape }] of layer.stateDict().entries) {
    const near = name.endsWith('running_var') ? 1 : 0;
    if (/running|\.1\./.test(name) && shape.length)
      entries.set(name, vector(...Array.from({ length: shape[0] }, () => near + 0.5 * random.next())));
  }
  await layer.loadStateDict(memoryStateDict(entries), { strict: false });
  return layer;
}

/** Every index of an array of this shape, in order. */
function* places(shape: readonly number[]): Generator<number[]> {
  if (!shape.length) yield [];
  else for (let i = 0; i < shape[0]; i++) for (const rest of places(shape.slice(1))) yield [i, ...rest];
}

for (const backend of availableBackends()) {
  describe(`on ${backend}`, { timeout: 120_000 }, () => {
    beforeAll(() => startTestBackend(backend));

    it('batch norm in training is PyTorch 1.13’s: outputs, gradients, running statistics', async () => {
      const norm = new BatchNorm(2).initialize(new Random(1));
      const entries = new Map([
        ['weight', vector(1.5, -0.5)],
        ['bias', vector(0.25, 1)],
      ]);
      await norm.loadStateDict(memoryStateDict(entries), { strict: false });
      // The channels hold (0..5)^1.5 / 4 and (6..11)^1.5 / 4.
      const pixels = Array.from({ length: 6 }, (_, i) => [i ** 1.5 / 4, (i + 6) ** 1.5 / 4]).flat();
      const weights = Array.from({ length: 6 }, (_, i) => [Math.sin(i), Math.sin(i + 6)]).flat();
      const x = tf.tensor4d(pixels, [1, 2, 3, 2]);
      const y = tf.tidy(() => norm.forward(x));
      await expectClose(
        y,
        [
          -1.546677, 1.7017704, -1.164472, 1.4452957, -0.465638, 1.1697809, 0.4393184, 0.8764608, 1.5109631, 0.5663574,
          2.7265048, 0.2403342,
        ],
      );
      const statistic = async (name: string) => [...toFloat32(await norm.stateDict().read(name))];
      const near = (expected: number[]) => expected.map((value) => expect.closeTo(value, 5));
      expect(await statistic('running_mean')).toEqual(near([0.1175205, 0.6289594]));
      expect(await statistic('running_var')).toEqual(near([1.0155171, 1.3166703]));

      tf.tidy(() => norm.forward(x.mul(2)));
      expect(await statistic('running_mean')).toEqual(near([0.3408095, 1.8239822]));
      expect(await statistic('running_var')).toEqual(near([1.3760341, 2.8516846]));
      expect(await statistic('num_batches_tracked')).toEqual([2]);

      const evaluated = tf.tidy(() => norm.eval().forward(x));
      await expectClose(
        evaluated,
        [
          -0.1857995, 0.4521653, 0.1338802, 0.1691569, 0.7183912, -0.1348614, 1.475305, -0.4585271, 2.3716383,
          -0.8007123, 3.3883283, -1.1604645,
        ],
      );

      norm.train();
      const loss = () =>
        norm
          .forward(x)
          .mul(tf.tensor4d(weights, [1, 2, 3, 2]))
          .sum<tf.Scalar>();
      const dx = tf.tidy(() =>
        tf.grad((x) =>
          norm
            .forward(x)
            .mul(tf.tensor4d(weights, [1, 2, 3, 2]))
            .sum(),
        )(x),
      );
      await expectClose(
        dx,
        [
          -1.0913807, 0.2372708, 0.4176964, -0.0694634, 0.9284344, -0.2182383, 0.2811311, -0.1267914, -0.4674395,
          0.0626944, -0.0684416, 0.1145278,
        ],
        1e-4,
      );
      const { grads, value } = tf.variableGrads(loss, norm.parameters());
      const [dWeight, dBias] = Object.values(grads);
      await expectClose(dWeight, [-3.4288857, -2.4181967]);
      await expectClose(dBias, [0.1761615, 0.2350364]);
      tf.dispose([x, y, evaluated, dx, value, grads]);
      norm.dispose();
    });

    it('batch norm’s gradient agrees with finite differences, over rows and over pictures', async () => {
      const norm = new BatchNorm(3).initialize(new Random(1));
      await expectGradients((x: tf.Tensor) => norm.forward(x), [randomTensor([7, 3], 1)]);
      await expectGradients((x: tf.Tensor) => norm.forward(x), [randomTensor([2, 3, 2, 3], 2)]);
      norm.dispose();
    });

    it('max pool with padding keeps negative numbers', async () => {
      const x = tf.tensor4d(
        Array.from({ length: 25 }, (_, i) => -1 - i),
        [1, 5, 5, 1],
      );
      const y = new MaxPool2d(3, 2, 1).forward(x);
      expect(y.shape).toEqual([1, 3, 3, 1]);
      expect([...(await y.data())]).toEqual([-1, -2, -4, -6, -7, -9, -16, -17, -19]);
      tf.dispose([x, y]);
    });

    it('a 3-D convolution sums over frames, rows and columns', async () => {
      const conv = await randomise(new Conv3d(2, 3, [2, 3, 2], { stride: [2, 1] }));
      const x = randomTensor<tf.Tensor5D>([2, 4, 5, 6, 2], 3);
      const [weight, bias] = await Promise.all(
        ['weight', 'bias'].map(async (name) => toFloat32(await conv.stateDict().read(name))),
      );
      const pixels = await x.data();
      const expected: number[] = [];
      for (const [batch, t, row, column, out] of places([2, 3, 2, 5, 3])) {
        let sum = bias[out];
        for (const [i, dt, dy, dx] of places([2, 2, 3, 2])) {
          const from = (((batch * 4 + t + dt) * 5 + 2 * row + dy) * 6 + column + dx) * 2 + i;
          sum += pixels[from] * weight[(((out * 2 + i) * 2 + dt) * 3 + dy) * 2 + dx];
        }
        expected.push(sum);
      }
      const y = tf.tidy(() => conv.forward(x));
      expect(y.shape).toEqual([2, 3, 2, 5, 3]);
      await expectClose(y, expected);
      await expectGradients((x: tf.Tensor) => conv.forward(x), [x]);
      tf.dispose([x, y]);
      conv.dispose();
    });

    it('prepared for inference gives the same numbers, and goes back', async () => {
      const net = await randomise(
        new Sequential([
          new Conv2dBlock(3, 8, 5, { stride: [1, 2], padding: 1 }),
          new Conv2dBlock(8, 8, 3, { padding: 1, residual: true }),
          new ConvTranspose2dBlock(8, 6, 3, { stride: 2, padding: 1, outputPadding: 1 }),
          new ConvTranspose2dBlock(6, 4, 3),
          new NoNormConv2dBlock(4, 4, 3),
          new MaxPool2d(3, 2),
          new ConvTranspose2d(4, 4, 2, { stride: 2 }),
          new BatchNorm(4),
          new Activation('leakyrelu', 0.2),
          new Conv2d(4, 5, 3, { bias: false }),
          new BatchNorm(5),
          new Activation('tanh'),
          new Conv2d(5, 2, 1),
          new Activation('sigmoid'),
        ]),
      );
      net.eval();
      const x = randomTensor([2, 9, 12, 3], 4);
      const plain = tf.tidy(() => net.forward(x));
      const expected = await plain.data();
      const before = tf.memory().numTensors;
      net.prepare();
      const prepared = tf.tidy(() => net.forward(x));
      expect(prepared.shape).toEqual(plain.shape);
      await expectClose(prepared, expected, 1e-5);
      net.train();
      expect(tf.memory().numTensors).toBe(before + 1);
      const back = tf.tidy(() => net.eval().forward(x));
      expect(await back.data()).toEqual(expected);

      net.prepare({ release: true });
      const released = tf.tidy(() => net.forward(x));
      await expectClose(released, expected, 1e-5);
      expect(() => net.train().forward(x)).toThrow('before its weights were loaded or initialised');
      tf.dispose([x, plain, prepared, back, released]);
      net.dispose();
    });

    it('a prepared head of linear layers gives the same numbers', async () => {
      const head = await randomise(
        new Sequential([new Linear(6, 5), new BatchNorm(5), new Activation('relu'), new Linear(5, 3)]),
      );
      head.eval();
      const x = randomTensor<tf.Tensor>([4, 6], 5);
      const plain = tf.tidy(() => head.forward(x));
      const prepared = tf.tidy(() => head.prepare().forward(x));
      await expectClose(prepared, await plain.data(), 1e-5);
      tf.dispose([x, plain, prepared]);
      head.dispose();
    });

    it('leaves no tensor behind', async () => {
      const before = tf.memory().numTensors;
      const net = await randomise(
        new Sequential([new Conv2dBlock(2, 3, 3), new ConvTranspose2dBlock(3, 2, 3), new Conv2d(2, 1, 1)]),
      );
      const x = randomTensor([1, 5, 5, 2], 6);
      net.eval();
      net.forward(x).dispose();
      const held = tf.memory().numTensors;
      for (let i = 0; i < 3; i++) net.forward(x).dispose();
      expect(tf.memory().numTensors).toBe(held);
      net.prepare().prepare();
      const folded = tf.memory().numTensors;
      for (let i = 0; i < 3; i++) net.forward(x).dispose();
      expect(tf.memory().numTensors).toBe(folded);
      net.dispose();
      x.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });
}
