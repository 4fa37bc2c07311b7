import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import { conv2dFilterGrad } from '../../lib/ops/conv2d.ts';
import { explicitPad } from '../../lib/ops/fused_conv2d.ts';
import { availableBackends, startTestBackend } from '../backends.ts';
import { expectClose, randomTensor } from '../gradients.ts';

describe.skipIf(!availableBackends().includes('webgpu'))('shaders on WebGPU', () => {
  beforeAll(() => startTestBackend('webgpu'));

  // What the gradient tests are too small for: more channels than a tile has, and pixels shared out.
  it.each([
    { shape: [2, 8, 9, 40], outChannels: 36, kernel: 3, stride: 2, padding: 1 },
    { shape: [1, 9, 10, 6], outChannels: 70, kernel: 5, stride: 1, padding: 2 },
    { shape: [3, 16, 17, 5], outChannels: 3, kernel: 3, stride: 1, padding: 1 },
  ])('the filter gradient of $shape to $outChannels channels', async (sizes) => {
    const { shape, outChannels, kernel, stride, padding } = sizes;
    const [batch, height, width, inChannels] = shape;
    const lengthOf = (length: number) => Math.floor((length + 2 * padding - kernel) / stride) + 1;
    const [rows, columns] = [lengthOf(height), lengthOf(width)];
    const x = randomTensor(shape, 1);
    const dy = randomTensor([batch, rows, columns, outChannels], 2);
    const filterShape = [kernel, kernel, inChannels, outChannels];
    const gradient = conv2dFilterGrad(x, dy, filterShape, [stride, stride], explicitPad(padding, padding));

    const [xs, dys] = [await x.data(), await dy.data()];
    const expected = new Float64Array(kernel * kernel * inChannels * outChannels);
    for (let p = 0; p < batch * rows * columns; p++) {
      const [b, row, column] = [Math.floor(p / (rows * columns)), Math.floor(p / columns) % rows, p % columns];
      for (let tap = 0; tap < kernel * kernel; tap++) {
        const y = row * stride + Math.floor(tap / kernel) - padding;
        const z = column * stride + (tap % kernel) - padding;
        if (y < 0 || y >= height || z < 0 || z >= width) continue;
        for (let i = 0; i < inChannels; i++) {
          for (let o = 0; o < outChannels; o++) {
            const value = xs[((b * height + y) * width + z) * inChannels + i] * dys[p * outChannels + o];
            expected[(tap * inChannels + i) * outChannels + o] += value;
          }
        }
      }
    }
    expect(gradient.shape).toEqual(filterShape);
    await expectClose(gradient, expected, 1e-5);
    tf.dispose([x, dy, gradient]);
  });
});
