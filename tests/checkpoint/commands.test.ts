import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bytesSource } from '../../lib/checkpoint/bytes_source.ts';
import { toFloat64 } from '../../lib/checkpoint/dtypes.ts';
import { openSafetensors } from '../../lib/checkpoint/safetensors.ts';
import { register as registerConvert } from '../../node-harness/commands/convert.ts';
import { register as registerInspect } from '../../node-harness/commands/inspect.ts';
import { dict, floats, int, tensor, torchZip, unicode } from './archives.ts';

let folder: string;
let printed: string[];
const at = (name: string) => join(folder, name);

async function run(...args: string[]): Promise<void> {
  const program = new Command();
  registerConvert(program);
  registerInspect(program);
  await program.parseAsync(args, { from: 'user' });
}

async function openWritten(name: string) {
  const file = await openSafetensors(bytesSource(new Uint8Array(readFileSync(at(name)))));
  const values = async (entry: string) => [...toFloat64(await file.read(entry))];
  return { ...file, values };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'convert-'));
  printed = [];
  for (const method of ['log', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((line) => void printed.push(...String(line).split('\n')));
  }
  const weights = dict({
    'module.enc.w': tensor('0', 2, [2]),
    'module.dec.n': tensor('1', 1, [], { type: 'LongStorage' }),
  });
  const contents = dict({ state_dict: weights, epoch: int(7), note: unicode('line\nbreak\x1b[31m') });
  writeFileSync(at('in.pth'), torchZip(contents, { 0: floats(1.0001, 2), 1: Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0) }));
});

afterEach(() => vi.restoreAllMocks());

describe('convert', () => {
  it('writes the weights under the names of the state dict', async () => {
    await run('convert', at('in.pth'), '--to', at('out.safetensors'));
    const out = await openWritten('out.safetensors');
    expect([...out.entries]).toEqual([
      ['enc.w', { dtype: 'F32', shape: [2], start: 0, end: 8 }],
      ['dec.n', { dtype: 'I64', shape: [], start: 8, end: 16 }],
    ]);
    expect(await out.values('enc.w')).toEqual([Math.fround(1.0001), 2]);
    expect(await out.values('dec.n')).toEqual([5]);
    expect(readdirSync(folder).sort()).toEqual(['in.pth', 'out.safetensors']);
    expect(printed).toContain(`${at('out.safetensors')}: 2 entries`);
    expect(printed.join()).toContain('began with "module."');
  });

  it('converts floating types, and takes a part', async () => {
    await run('convert', at('in.pth'), '--to', at('half.safetensors'), '--dtype', 'f16');
    const half = await openWritten('half.safetensors');
    expect([...half.entries.values()].map(({ dtype }) => dtype)).toEqual(['F16', 'I64']);
    expect(await half.values('enc.w')).toEqual([1, 2]);
    await run('convert', at('in.pth'), '--to', at('part.safetensors'), '--only', 'enc.');
    expect([...(await openWritten('part.safetensors')).entries.keys()]).toEqual(['enc.w']);
    await expect(run('convert', at('in.pth'), '--to', at('none.safetensors'), '--only', 'x')).rejects.toThrow(
      'begins with "x"',
    );
  });

  it('keeps a file that is there, unless told to replace it', async () => {
    writeFileSync(at('out.safetensors'), 'mine');
    await expect(run('convert', at('in.pth'), '--to', at('out.safetensors'))).rejects.toThrow(
      'is there already; pass --force',
    );
    expect(readFileSync(at('out.safetensors'), 'utf8')).toBe('mine');
    await run('convert', at('in.pth'), '--to', at('out.safetensors'), '--force');
    expect((await openWritten('out.safetensors')).entries.size).toBe(2);
  });

  it('leaves nothing behind when the input is damaged further on', async () => {
    const bytes = readFileSync(at('in.pth'));
    // The local header of the first storage, which only reading that tensor looks at.
    bytes[bytes.indexOf('archive/data/0') - 30] = 0;
    writeFileSync(at('damaged.pth'), bytes);
    await expect(run('convert', at('damaged.pth'), '--to', at('out.safetensors'))).rejects.toThrow(
      'is not where its directory says',
    );
    expect(readdirSync(folder).sort()).toEqual(['damaged.pth', 'in.pth']);
  });

  it('writes .safetensors only', async () => {
    await expect(run('convert', at('in.pth'), '--to', at('out.pth'))).rejects.toThrow('must end in .safetensors');
  });
});

describe('inspect', () => {
  it('lists entries, dictionaries and values, without control characters', async () => {
    await run('inspect', at('in.pth'));
    expect(printed).toEqual([
      expect.stringMatching(/in\.pth: pytorch-zip, [\d.]+ (kB|bytes)$/),
      '  enc.w  F32  [2]',
      '  dec.n  I64  []',
      '2 entries, 3 numbers, 16 bytes',
      'Dictionaries of tensors, of which "state_dict" is listed (--select takes another):',
      '  "state_dict": 2 tensors',
      'Other values:',
      '  epoch: 7',
      '  note: line break?[31m',
      expect.stringContaining('note: Every entry'),
    ]);
  });

  it('prints JSON', async () => {
    await run('inspect', at('in.pth'), '--json');
    const result = JSON.parse(printed.join(''));
    expect(result).toMatchObject({ format: 'pytorch-zip', selected: 'state_dict', elements: 3, bytes: 16 });
    expect(result.entries).toEqual([
      { name: 'enc.w', dtype: 'F32', shape: [2] },
      { name: 'dec.n', dtype: 'I64', shape: [] },
    ]);
    expect(result.metadata.epoch).toBe(7);
  });
});
