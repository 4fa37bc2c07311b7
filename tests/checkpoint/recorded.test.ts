import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytesSource } from '../../lib/checkpoint/bytes_source.ts';
import type { Checkpoint } from '../../lib/checkpoint/checkpoint.ts';
import { toFloat64 } from '../../lib/checkpoint/dtypes.ts';
import { openCheckpoint } from '../../lib/checkpoint/open_checkpoint.ts';
import { openSafetensors } from '../../lib/checkpoint/safetensors.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { openFile } from '../../node-harness/platform/file_source.ts';
import { sharedDir } from '../shared.ts';

const path = (name: string) => `${sharedDir}/parity/pth/${name}`;
const source = (name: string) => bytesSource(new Uint8Array(readFileSync(path(name))), name);
const open = (name: string): Promise<Checkpoint> => openCheckpoint(source(name));

describe.skipIf(!sharedDir)('checkpoints that PyTorch wrote', () => {
  let expected: Map<string, Float64Array>;
  beforeAll(async () => {
    const file = await openSafetensors(source('mixed-expected.safetensors'));
    expected = new Map();
    for (const name of file.entries.keys()) {
      expected.set(name.replace('module.', ''), toFloat64(await file.read(name)));
    }
  });

  it.each([
    ['mixed-zip.pth', 'pytorch-zip', 'state_dict'],
    ['mixed-legacy.pth', 'pytorch-legacy', 'state_dict'],
    ['mixed-bare-zip.pth', 'pytorch-zip', ''],
  ])('%s: every type, view and shared storage has the recorded values', async (file, format, selected) => {
    const checkpoint = await open(file);
    expect(checkpoint.format).toBe(format);
    expect(checkpoint.selected).toBe(selected);
    expect([...checkpoint.entries.keys()]).toEqual([...expected.keys()]);
    for (const [name, values] of expected) {
      expect(toFloat64(await checkpoint.read(name)), name).toEqual(values);
    }
    expect(checkpoint.warnings).toEqual([expect.stringContaining('"module."')]);
  });

  it.each(['mixed-zip.pth', 'mixed-legacy.pth'])('%s: optimizer and plain values are kept apart', async (file) => {
    const checkpoint = await open(file);
    expect(checkpoint.groups).toEqual([
      { path: 'state_dict', kind: 'weights', tensors: 15 },
      { path: 'optimizer', kind: 'optimizer', tensors: 2 },
    ]);
    expect(checkpoint.metadata).toEqual({ global_step: 123456, global_epoch: 7, name: 'wav2lip' });
    expect([...checkpoint.select('optimizer').entries.keys()]).toEqual(['state.0.step', 'state.0.exp_avg']);
    expect(() => checkpoint.select('generator')).toThrow(
      /no tensors below "generator"; it has "state_dict", "optimizer"/,
    );
  });

  it('tells types and shapes without reading', async () => {
    const { entries } = await open('mixed-zip.pth');
    expect(entries.get('conv.weight')).toEqual({ dtype: 'F32', shape: [4, 3, 3, 3] });
    expect(entries.get('bf16')).toEqual({ dtype: 'BF16', shape: [5, 7] });
    expect(entries.get('transposed')).toEqual({ dtype: 'F32', shape: [8, 6] });
    expect(entries.get('num_batches_tracked')).toEqual({ dtype: 'I64', shape: [] });
  });

  it.each(['evil-zip.pth', 'evil-legacy.pth'])('%s: a call to a command is refused by name', async (file) => {
    await expect(open(file)).rejects.toThrow(UserError);
    await expect(open(file)).rejects.toThrow(/posix\.system.*refused; nothing in it was run/);
  });

  it.each(['truncated-zip.pth', 'truncated-legacy.pth'])('%s: says that it is cut short', async (file) => {
    await expect(open(file)).rejects.toThrow(UserError);
    await expect(open(file)).rejects.toThrow(/download it again/);
  });

  it.each(['mixed-zip.pth', 'mixed-legacy.pth', 'mixed-expected.safetensors'])(
    '%s cut anywhere is one clear error',
    async (file) => {
      const bytes = new Uint8Array(readFileSync(path(file)));
      for (let size = 0; size < bytes.length; size += 37) {
        await expect(openCheckpoint(bytesSource(bytes.subarray(0, size), file)), `${size} bytes`).rejects.toThrow(
          UserError,
        );
      }
    },
  );

  it.each([
    ['mp_blazeface.pth', 'pytorch-legacy', 74, 'backbone1.0.weight', [24, 3, 5, 5]],
    ['retinaface_mobilenet0.25_Final.pth', 'pytorch-legacy', 300, 'body.stage1.0.0.weight', [8, 3, 3, 3]],
    ['yunet_n.pth', 'pytorch-zip', 208, 'backbone.model0.conv1.weight', [16, 3, 3, 3]],
  ])('%s opens, and every entry can be read', async (file, format, count, name, shape) => {
    const handle = await openFile(`${sharedDir}/media/weights/${file}`);
    const checkpoint = await openCheckpoint(handle);
    expect(checkpoint.format).toBe(format);
    expect(checkpoint.entries.size).toBe(count);
    expect(checkpoint.entries.get(name)?.shape).toEqual(shape);
    for (const entry of checkpoint.entries.keys()) {
      expect(toFloat64(await checkpoint.read(entry)).every(Number.isFinite), entry).toBe(true);
    }
    await handle.close();
  });
});
