import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import { clipGradients, gradientNorm } from '../../lib/trainer/gradients.ts';
import { createOptimizer, type OptimizerSettings } from '../../lib/trainer/optimizer.ts';
import { learningRateFactor } from '../../lib/trainer/schedule.ts';
import { availableBackends, startTestBackend } from '../backends.ts';
import { expectClose, randomTensor } from '../gradients.ts';

const settings: OptimizerSettings = {
  learner: 'adam',
  learning_rate: 0.1,
  adam_betas: [0.8, 0.95],
  momentum: 0.9,
  weight_decay: 0.2,
};

describe.each(availableBackends())('optimizers on %s', (backend) => {
  beforeAll(() => startTestBackend(backend));

  // PyTorch 1.13: x = [1, -2], gradients [0.5, -1], [0.1, 2], [-3, 0] one after the other.
  const recorded = { adam: [0.8628474, -1.9188519], adamw: [0.8279623, -1.8579931], sgd: [1.039192, -1.891984] };
  for (const [learner, expected] of Object.entries(recorded)) {
    it(`${learner} takes PyTorch's steps`, async () => {
      const x = tf.variable(tf.tensor1d([1, -2]));
      const optimizer = createOptimizer([x], { ...settings, learner: learner as keyof typeof recorded });
      for (const gradient of [
        [0.5, -1],
        [0.1, 2],
        [-3, 0],
      ]) {
        const tensor = tf.tensor1d(gradient);
        optimizer.step({ [x.name]: tensor });
        tensor.dispose();
      }
      await expectClose(x, expected, 1e-5);
      optimizer.dispose();
      x.dispose();
    });
  }

  it('leave a variable without a gradient alone', async () => {
    const x = tf.variable(tf.tensor1d([1]));
    for (const learner of ['adam', 'adamw', 'sgd'] as const) createOptimizer([x], { ...settings, learner }).step({});
    await expectClose(x, [1], 0);
  });

  it('treats every number of a large variable alike', async () => {
    const shape = [7, 30_001];
    const start = randomTensor<tf.Tensor2D>(shape, 1);
    const gradient = tf.tidy(() => start.sign().mul(randomTensor(shape, 2, 0.1, 1)));
    const x = tf.variable(start);
    const before = tf.memory().numTensors;
    const optimizer = createOptimizer([x], { ...settings, weight_decay: 0 });
    optimizer.step({ [x.name]: gradient });
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
    // The first step of Adam is as long as the learning rate, against the sign of the gradient.
    const expected = tf.tidy(() => start.sub(start.sign().mul(settings.learning_rate)));
    await expectClose(x, await expected.data(), 1e-4);
    tf.dispose([start, gradient, x, expected]);
  });
});

describe('gradients', () => {
  beforeAll(() => startTestBackend('cpu'));

  it('are scaled down together to the norm that is allowed, and not up', () => {
    const make = () => ({ a: tf.tensor1d([3, 0]), b: tf.tensor2d([[4]]) });
    expect(gradientNorm(make()).dataSync()[0]).toBeCloseTo(5);
    const clipped = clipGradients(make(), 1);
    expect(Array.from(clipped.a.dataSync())).toEqual([expect.closeTo(0.6, 5), 0]);
    expect(clipped.b.dataSync()[0]).toBeCloseTo(0.8, 5);
    expect(clipGradients(make(), 10).b.dataSync()[0]).toBe(4);
  });
});

describe('the learning rate', () => {
  const rates = (schedule: 'constant' | 'cosine' | 'linear', warmup = 0) =>
    [0, 1, 2, 3, 4, 5].map((step) =>
      Number(learningRateFactor(step, 6, { schedule, warmup_steps: warmup }).toFixed(3)),
    );

  it('warms up, then stays or falls', () => {
    expect(rates('constant', 4)).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
    expect(rates('linear', 2)).toEqual([0.5, 1, 1, 0.75, 0.5, 0.25]);
    expect(rates('cosine')).toEqual([1, 0.933, 0.75, 0.5, 0.25, 0.067]);
  });
});
