import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import { Conv2dBlock, ConvTranspose2dBlock, Sequential } from '../../lib/nn/index.ts';
import { conv2dFilterGrad } from '../../lib/ops/conv2d.ts';
import { conv2dTranspose, prepareConv2dTranspose } from '../../lib/ops/conv2d_transpose.ts';
import { activate, explicitPad, fusedConv2d } from '../../lib/ops/fused_conv2d.ts';
import { type Precision, type PreparedConvolution, prepareConv2d } from '../../lib/ops/prepared_convolution.ts';
import { Random } from '../../lib/utils/random.ts';
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

  // Wav2Lip's layers by kind, some of them smaller, and images that are large enough for the larger tiles.
  const layers = [
    { what: 'the face, 7 x 7', shape: [1, 24, 24, 6], out: 16, kernel: [7, 7], padding: [3, 3] },
    { what: 'half the size', shape: [1, 24, 24, 16], out: 32, stride: [2, 2], padding: [1, 1] },
    { what: 'the sound', shape: [1, 80, 16, 1], out: 32, padding: [1, 1] },
    { what: 'the sound, narrower', shape: [2, 80, 16, 32], out: 32, stride: [3, 1], padding: [1, 1] },
    { what: 'a residual block', shape: [1, 6, 6, 64], out: 64, padding: [1, 1], residual: true },
    { what: 'a small residual block', shape: [1, 3, 3, 512], out: 512, padding: [1, 1], residual: true },
    { what: 'to one pixel', shape: [1, 3, 3, 256], out: 512, padding: [0, 0] },
    { what: 'one pixel', shape: [1, 1, 1, 512], out: 512, kernel: [1, 1], padding: [0, 0] },
    { what: 'the last but one', shape: [1, 32, 32, 80], out: 32, padding: [1, 1] },
    { what: 'the last', shape: [1, 24, 24, 32], out: 3, kernel: [1, 1], padding: [0, 0], activation: 'sigmoid' },
    { what: 'a large image', shape: [1, 64, 64, 8], out: 64, padding: [1, 1] },
    { what: 'a larger image', shape: [2, 128, 70, 4], out: 12, padding: [1, 1] },
  ] as const;
  it.each(layers)('prepared convolutions: $what', async (layer) => {
    const { shape, out, padding, kernel, stride, residual, activation } = {
      kernel: [3, 3],
      stride: [1, 1],
      residual: false,
      activation: 'relu',
      ...layer,
    } as const;
    const x = randomTensor([...shape], 1);
    const filter = randomTensor([...kernel, shape[3], out], 2);
    const bias = randomTensor<tf.Tensor1D>([out], 3);
    const plain = tf.tidy(() => {
      const y = fusedConv2d({ x, filter, bias, stride: [...stride], pad: explicitPad(padding[0], padding[1]) });
      return activate(residual ? y.add(x) : y, activation);
    });
    const end = { bias, activation, residual, stride, padding };
    await expectPrepared(x, plain, (precision) => prepareConv2d(filter, { ...end, precision }));
    tf.dispose([x, filter, bias, plain]);
  });

  it.each([
    { shape: [1, 1, 1, 512], out: 256, options: {} },
    { shape: [1, 3, 3, 256], out: 128, options: { stride: 2, padding: 1, outputPadding: 1 } },
  ] as const)('prepared transposed convolutions: $shape to $out channels', async ({ shape, out, options }) => {
    const x = randomTensor([...shape], 1);
    const filter = randomTensor([3, 3, out, shape[3]], 2);
    const bias = randomTensor<tf.Tensor1D>([out], 3);
    const plain = tf.tidy(() => conv2dTranspose(x, filter, options).add(bias).relu());
    const end = { bias, activation: 'relu' } as const;
    await expectPrepared(x, plain, (precision) => prepareConv2dTranspose(filter, { ...options, ...end, precision }));
    tf.dispose([x, filter, bias, plain]);
  });

  it('a prepared network takes no more memory the more often it runs, and about half with half precision', async () => {
    const network = new Sequential([
      new Conv2dBlock(6, 32, 3, { padding: 1 }),
      new Conv2dBlock(32, 128, 3, { padding: 1, stride: 2 }),
      new Conv2dBlock(128, 128, 3, { padding: 1, residual: true }),
      new ConvTranspose2dBlock(128, 32, 3, { stride: 2, padding: 1, outputPadding: 1 }),
    ]);
    network.initialize(new Random(1));
    const x = randomTensor([1, 16, 16, 6], 1);
    const outputs: Float32Array[] = [];
    const bytes: number[] = [];
    for (const precision of ['float32', 'float16'] as const) {
      const before = gpuMemory().used;
      network.prepare({ precision });
      const seen: ReturnType<typeof gpuMemory>[] = [];
      for (let i = 0; i < 4; i++) {
        const y = tf.tidy(() => network.forward(x));
        outputs.push((await y.data()) as Float32Array);
        y.dispose();
        seen.push(gpuMemory());
      }
      bytes.push(seen[0].used - before);
      // The first runs fill the pool of buffers.
      expect(seen[3]).toEqual(seen[2]);
      network.train();
      const flush = tf.zeros([1]).add(1);
      await flush.data();
      flush.dispose();
    }
    expect(bytes[1]).toBeLessThan(0.55 * bytes[0]);
    const largest = outputs[0].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const difference = outputs[4].reduce((most, value, i) => Math.max(most, Math.abs(value - outputs[0][i])), 0);
    expect(difference / largest).toBeLessThan(1e-3);
    // It would be none if both ran the same.
    expect(difference).toBeGreaterThan(0);

    const spare = gpuMemory();
    expect(spare.allocated).toBeGreaterThan(spare.used);
    network.prepare({ release: true });
    const released = gpuMemory();
    expect(released.allocated).toBe(released.used);
    const y = tf.tidy(() => network.forward(x));
    expect(await y.data()).toEqual(outputs[0]);
    y.dispose();
    network.dispose();
    x.dispose();
  });
});

/** A prepared convolution must give what the plain one does, closely or, in half precision, within 1e-3. */
async function expectPrepared(
  x: tf.Tensor4D,
  plain: tf.Tensor,
  prepare: (precision: Precision) => PreparedConvolution,
): Promise<void> {
  const expected = await plain.data();
  for (const precision of ['float32', 'float16'] as const) {
    const convolution = prepare(precision);
    const y = convolution.apply(x);
    expect(y.shape).toEqual(plain.shape);
    await expectClose(y, expected, precision === 'float32' ? 1e-5 : 1e-3);
    convolution.dispose();
    y.dispose();
  }
}

/** Tensors, and bytes of buffers that are in use and that there are. */
function gpuMemory() {
  const { numTensors, numBytesInGPU, numBytesAllocatedInGPU } = tf.memory() as tf.MemoryInfo & Record<string, number>;
  return { tensors: numTensors, used: numBytesInGPU, allocated: numBytesAllocatedInGPU };
}
