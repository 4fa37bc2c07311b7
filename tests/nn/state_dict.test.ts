import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import { fromFloat32, toFloat32 } from '../../lib/checkpoint/dtypes.ts';
import { memoryStateDict, type StateDictSource, type TensorData } from '../../lib/checkpoint/state_dict.ts';
import {
  Activation,
  BatchNorm,
  Conv2d,
  Conv2dBlock,
  Conv3d,
  ConvTranspose2d,
  Linear,
  Sequential,
} from '../../lib/nn/index.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { Random } from '../../lib/utils/random.ts';
import { startTestBackend } from '../backends.ts';

beforeAll(() => startTestBackend('cpu'));
let tensors = 0;
beforeAll(() => {
  tensors = tf.memory().numTensors;
});
afterAll(() => expect(tf.memory().numTensors).toBe(tensors));

const network = (): Sequential =>
  new Sequential([
    new Conv2d(3, 4, [3, 5]),
    new BatchNorm(4),
    new Activation('relu'),
    new ConvTranspose2d(4, 2, 3),
    new Sequential([new Activation('linear'), new Linear(2, 5)]),
    new Conv3d(2, 3, [2, 1, 3]),
    new Conv2d(3, 1, 1, { bias: false }),
  ]);

async function values(source: StateDictSource): Promise<Map<string, TensorData>> {
  const found = new Map<string, TensorData>();
  for (const name of source.entries.keys()) found.set(name, await source.read(name));
  return found;
}

const float = (shape: number[], fill: (i: number) => number): TensorData => {
  const size = shape.reduce((product, length) => product * length, 1);
  return {
    dtype: 'F32',
    shape,
    bytes: fromFloat32(
      Float32Array.from({ length: size }, (_, i) => fill(i)),
      'F32',
    ),
  };
};

describe('a state dict', () => {
  it('has the names, shapes, types and order that PyTorch gives the same layers', () => {
    const found = Array.from(network().stateDict().entries, ([name, { shape, dtype }]) => [name, shape, dtype]);
    expect(found).toEqual([
      ['0.weight', [4, 3, 3, 5], 'F32'],
      ['0.bias', [4], 'F32'],
      ['1.weight', [4], 'F32'],
      ['1.bias', [4], 'F32'],
      ['1.running_mean', [4], 'F32'],
      ['1.running_var', [4], 'F32'],
      ['1.num_batches_tracked', [], 'I64'],
      ['3.weight', [4, 2, 3, 3], 'F32'],
      ['3.bias', [2], 'F32'],
      ['4.1.weight', [5, 2], 'F32'],
      ['4.1.bias', [5], 'F32'],
      ['5.weight', [3, 2, 2, 1, 3], 'F32'],
      ['5.bias', [3], 'F32'],
      ['6.weight', [1, 3, 1, 1], 'F32'],
    ]);
  });

  it('comes back bit for bit after loading, in every layout', async () => {
    const first = network().initialize(new Random(1));
    const second = network();
    const saved = await values(first.stateDict());
    saved.set('1.num_batches_tracked', { dtype: 'I64', shape: [], bytes: new Uint8Array([1, 2, 0, 0, 0, 0, 0, 0]) });
    await second.loadStateDict(memoryStateDict(saved));
    const loaded = await values(second.stateDict());
    expect(loaded).toEqual(saved);
    // Every value has its own place: no two entries are alike, and none is constant but batch norm's.
    for (const [name, data] of loaded) {
      if (!name.startsWith('1.')) expect(new Set(toFloat32(data)).size, name).toBe(toFloat32(data).length);
    }
    first.dispose();
    second.dispose();
  });

  it('puts a convolution kernel where PyTorch applies it', async () => {
    const conv = new Conv2d(2, 1, [1, 2], { bias: false });
    await conv.loadStateDict(memoryStateDict(new Map([['weight', float([1, 2, 1, 2], (i) => 10 ** i)]])));
    // Channels first, then columns: 1 and 10 for the first channel's columns, 100 and 1000 for the second's.
    const x = tf.tensor4d([1, 3, 2, 4], [1, 1, 2, 2]);
    const y = conv.forward(x);
    expect(await y.data()).toEqual(Float32Array.of(1 * 1 + 2 * 10 + 3 * 100 + 4 * 1000));
    tf.dispose([x, y]);
    conv.dispose();
  });

  it('reads other floating types and entries under a prefix, and ignores what is outside', async () => {
    const linear = new Linear(2, 1);
    const half: TensorData = { dtype: 'F16', shape: [1, 2], bytes: fromFloat32(Float32Array.of(0.5, -2), 'F16') };
    const double: TensorData = { dtype: 'F64', shape: [1], bytes: fromFloat32(Float32Array.of(3), 'F64') };
    const entries = new Map([
      ['net.weight', half],
      ['net.bias', double],
      ['other.weight', half],
    ]);
    await linear.loadStateDict(memoryStateDict(entries), { prefix: 'net.' });
    const loaded = await values(linear.stateDict());
    expect(toFloat32(loaded.get('weight')!)).toEqual(Float32Array.of(0.5, -2));
    expect(toFloat32(loaded.get('bias')!)).toEqual(Float32Array.of(3));
    linear.dispose();
  });
});

describe('loading what does not fit', () => {
  const block = () => new Sequential([new Conv2dBlock(2, 2, 3)]);

  it('names the missing, the unexpected and the misshapen, and changes nothing', async () => {
    const net = block().initialize(new Random(2));
    const before = await values(net.stateDict());
    const wrong = new Map(before);
    wrong.delete('0.conv_block.1.running_var');
    wrong.set(
      '0.conv_block.2.weight',
      float([1], () => 1),
    );
    wrong.set(
      '0.conv_block.0.weight',
      float([2, 3, 3, 3], (i) => i),
    );
    const error = await net.loadStateDict(memoryStateDict(wrong)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toBe(
      'The weights do not fit Sequential: 1 missing: 0.conv_block.1.running_var; ' +
        '1 unexpected: 0.conv_block.2.weight; ' +
        '1 of another shape: 0.conv_block.0.weight is [2,3,3,3] instead of [2,2,3,3].',
    );
    expect(await values(net.stateDict())).toEqual(before);
    net.dispose();
  });

  it('stops at ten names and counts the rest', async () => {
    const net = new Sequential(Array.from({ length: 4 }, () => new Conv2dBlock(1, 1, 1)));
    const error = await net.loadStateDict(memoryStateDict(new Map())).catch((reason: unknown) => reason);
    expect((error as UserError).message).toMatch(/28 missing: (\S+, ){9}\S+ and 18 more/);
  });

  it('takes what is there when not strict, but never a wrong shape', async () => {
    const net = block().initialize(new Random(3));
    const bias = float([2], (i) => i + 7);
    const some = new Map([
      ['0.conv_block.0.bias', bias],
      ['extra', bias],
    ]);
    await net.loadStateDict(memoryStateDict(some), { strict: false });
    expect(await net.stateDict().read('0.conv_block.0.bias')).toEqual(bias);
    const wrong = memoryStateDict(new Map([['0.conv_block.0.bias', float([3], () => 0)]]));
    await expect(net.loadStateDict(wrong, { strict: false })).rejects.toThrow('is [3] instead of [2]');
    net.dispose();
  });
});

describe('parameters', () => {
  it('lists what an optimizer changes, and nothing that is frozen or a running statistic', () => {
    const net = new Sequential([new Conv2dBlock(1, 2, 3), new Conv2d(2, 1, 1)]).initialize(new Random(4));
    const names = () => Array.from(net.namedParameters(), ([name]) => name);
    expect(names()).toEqual([
      '0.conv_block.0.weight',
      '0.conv_block.0.bias',
      '0.conv_block.1.weight',
      '0.conv_block.1.bias',
      '1.weight',
      '1.bias',
    ]);
    net.at(0).requiresGrad(false);
    expect(names()).toEqual(['1.weight', '1.bias']);
    expect(net.parameters()).toHaveLength(2);
    net.dispose();
  });

  it('start as in PyTorch: uniform within 1 / sqrt(fan in), the same from the same seed', async () => {
    const largest = async (layer: Conv2d | ConvTranspose2d | Linear) => {
      layer.initialize(new Random(5));
      const found = await Promise.all(
        ['weight', 'bias'].map(async (name) => toFloat32(await layer.stateDict().read(name))),
      );
      layer.dispose();
      return found.map((numbers) => numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
    };
    const cases = [
      [new Conv2d(3, 64, 5), 1 / Math.sqrt(3 * 25)],
      [new ConvTranspose2d(3, 64, 5), 1 / Math.sqrt(64 * 25)],
      [new Linear(40, 50), 1 / Math.sqrt(40)],
    ] as const;
    for (const [layer, bound] of cases) {
      for (const most of await largest(layer)) {
        expect(most).toBeLessThanOrEqual(Math.fround(bound));
        expect(most).toBeGreaterThan(0.85 * bound);
      }
    }
    const weights = async (seed: number) => {
      const layer = new Linear(3, 3).initialize(new Random(seed));
      const data = toFloat32(await layer.stateDict().read('weight'));
      layer.dispose();
      return data;
    };
    expect(await weights(6)).toEqual(await weights(6));
    expect(await weights(6)).not.toEqual(await weights(7));
  });

  it('cannot be used before they are loaded or initialised', () => {
    const use = () => tf.tidy(() => new Linear(1, 1).forward(tf.zeros([1, 1])));
    expect(use).toThrow('before its weights were loaded or initialised');
  });
});
