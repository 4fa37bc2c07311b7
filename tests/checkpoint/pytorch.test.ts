import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../lib/checkpoint/bytes_source.ts';
import { toFloat64 } from '../../lib/checkpoint/dtypes.ts';
import { openCheckpoint } from '../../lib/checkpoint/open_checkpoint.ts';
import { dict, floats, int, tensor, torchLegacy, torchZip, tuple, unicode } from './archives.ts';

const open = (bytes: Uint8Array) => openCheckpoint(bytesSource(bytes, 'x.pth'));
const one = tensor('0', 2, [2]);
const data = { 0: floats(1, 2) };

describe('archives', () => {
  it.each([
    ['stored', {}],
    ['deflated', { deflate: true }],
    ['ZIP64', { zip64: true }],
  ])('%s', async (_, options) => {
    const checkpoint = await open(torchZip(dict({ a: one, b: tensor('0', 2, [], { offset: 1 }) }), data, options));
    expect([...toFloat64(await checkpoint.read('a'))]).toEqual([1, 2]);
    expect([...toFloat64(await checkpoint.read('b'))]).toEqual([2]);
  });

  it('of a big-endian machine', async () => {
    const swapped = floats(1, 2);
    for (let at = 0; at < swapped.length; at += 4) swapped.subarray(at, at + 4).reverse();
    const checkpoint = await open(torchZip(dict({ a: one }), { 0: swapped }, { byteorder: 'big' }));
    expect([...toFloat64(await checkpoint.read('a'))]).toEqual([1, 2]);
  });

  it('legacy, with a view of a storage as very old versions describe it', async () => {
    // The persistent id gets a sixth item: (key of the view, offset, size).
    const id = tuple(
      unicode('storage'),
      'ctorch\nFloatStorage\n',
      unicode('7'),
      unicode('cpu'),
      int(4),
      tuple(unicode('8'), int(2), int(2)),
    );
    const old = `ctorch._utils\n_rebuild_tensor\n${tuple(`${id}Q`, int(0), tuple(int(2)), tuple(int(1)))}R`;
    const checkpoint = await open(
      torchLegacy(dict({ whole: tensor('7', 4, [2]), old }), { 7: [4, floats(1, 2, 3, 4)] }),
    );
    expect([...toFloat64(await checkpoint.read('whole'))]).toEqual([1, 2]);
    expect([...toFloat64(await checkpoint.read('old'))]).toEqual([3, 4]);
  });
});

describe('views', () => {
  it('of any strides become contiguous', async () => {
    const values = Array.from({ length: 24 }, (_, i) => i);
    const file = torchZip(
      dict({
        permuted: tensor('0', 24, [4, 2, 3], { strides: [1, 12, 4] }),
        stepped: tensor('0', 24, [2, 2], { strides: [12, 2], offset: 1 }),
        expanded: tensor('0', 24, [3, 2], { strides: [0, 1], offset: 5 }),
        single: tensor('0', 24, [1, 3, 1], { strides: [99, 1, 77], offset: 2 }),
      }),
      { 0: floats(...values) },
    );
    const checkpoint = await open(file);
    const read = async (name: string) => [...toFloat64(await checkpoint.read(name))];
    const permuted = [];
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 2; j++) for (let k = 0; k < 3; k++) permuted.push(i + 12 * j + 4 * k);
    expect(await read('permuted')).toEqual(permuted);
    expect(await read('stepped')).toEqual([1, 3, 13, 15]);
    expect(await read('expanded')).toEqual([5, 6, 5, 6, 5, 6]);
    expect(await read('single')).toEqual([2, 3, 4]);
  });
});

describe('where the weights are', () => {
  const optimizer = dict({ state: dict({ m: one }), param_groups: '](e' });
  it.each([
    ['the dictionary itself', dict({ a: one, b: one }), '', ['a', 'b']],
    ['state_dict beside other tensors', dict({ latent_avg: one, state_dict: dict({ a: one }) }), 'state_dict', ['a']],
    [
      'params_ema rather than params',
      dict({ params: dict({ a: one }), params_ema: dict({ b: one }) }),
      'params_ema',
      ['b'],
    ],
    ['the only one, whatever its name', dict({ netQ: dict({ a: one }), optimizer }), 'netQ', ['a']],
    [
      'two levels down',
      dict({ model: dict({ sub: dict({ a: one }), sup: dict({ b: one }) }) }),
      'model',
      ['sub.a', 'sup.b'],
    ],
    [
      'several of equal standing',
      dict({ generator: dict({ a: one }), kp_detector: dict({ b: one }), optimizer }),
      '',
      ['generator.a', 'kp_detector.b'],
    ],
    [
      'several in an unusual one',
      dict({ all: dict({ g: dict({ a: one }), k: dict({ b: one }) }), epoch: int(3) }),
      'all',
      ['g.a', 'k.b'],
    ],
    ['a list', `](${one}${one}e`, '', ['0', '1']],
  ])('%s', async (_, opcodes, selected, names) => {
    const checkpoint = await open(torchZip(opcodes, data));
    expect(checkpoint.selected).toBe(selected);
    expect([...checkpoint.entries.keys()]).toEqual(names);
    for (const name of names) expect([...toFloat64(await checkpoint.read(name))]).toEqual([1, 2]);
  });

  it('select takes a part by its path, and everything by ""', async () => {
    const checkpoint = await open(
      torchZip(dict({ generator: dict({ a: one }), kp: dict({ b: one }), optimizer }), data),
    );
    expect([...checkpoint.select('generator').entries.keys()]).toEqual(['a']);
    expect([...checkpoint.select('').entries.keys()]).toEqual(['generator.a', 'kp.b', 'optimizer.state.m']);
    expect([...toFloat64(await checkpoint.select('kp').read('b'))]).toEqual([1, 2]);
  });

  it('a prefix that only some names have stays', async () => {
    const checkpoint = await open(torchZip(dict({ 'module.a': one, b: one }), data));
    expect([...checkpoint.entries.keys()]).toEqual(['module.a', 'b']);
    expect(checkpoint.warnings).toEqual([]);
  });

  it('a whole pickled module is the state dict of its parts', async () => {
    const module = (name: string, parts: Record<string, string>) => `cmodels\n${name}\n)\x81${dict(parts)}b`;
    const leaf = module('Conv', {
      _parameters: dict({ weight: one, bias: 'N' }),
      _buffers: dict({ mean: one }),
      _modules: '}',
      training: '\x88',
    });
    const checkpoint = await open(torchZip(module('Net', { _parameters: '}', _modules: dict({ conv: leaf }) }), data));
    expect([...checkpoint.entries.keys()]).toEqual(['conv.weight', 'conv.mean']);
  });
});

describe('values of unknown classes', () => {
  it('are kept without being made', async () => {
    const namespace = `cargparse\nNamespace\n)\x81${dict({ lr: 'G?PbM\xd2\xf1\xa9\xfc', name: unicode('run') })}b`;
    const member = `cmy.config\nMode\n${tuple(int(1))}R`;
    const checkpoint = await open(torchZip(dict({ a: one, args: namespace, mode: member, n: 'M\x05\x00' }), data));
    expect(checkpoint.metadata).toEqual({ 'args.lr': 0.001, 'args.name': 'run', mode: '<my.config.Mode>', n: 5 });
  });

  it('leave out tensors of types that are not supported, and say so', async () => {
    const complex = tensor('1', 1, [1], { type: 'ComplexFloatStorage' });
    const checkpoint = await open(torchZip(dict({ a: one, c: complex }), { ...data, 1: new Uint8Array(8) }));
    expect([...checkpoint.entries.keys()]).toEqual(['a']);
    expect(checkpoint.warnings).toEqual(['Tensors of type ComplexFloatStorage are left out: it is not supported.']);
  });
});
