import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../lib/checkpoint/byte_source.ts';
import { bytesSource } from '../../lib/checkpoint/bytes_source.ts';
import { openCheckpoint } from '../../lib/checkpoint/open_checkpoint.ts';
import { encodeSafetensors, writeSafetensors } from '../../lib/checkpoint/safetensors.ts';
import { memoryStateDict } from '../../lib/checkpoint/state_dict.ts';
import { dict, tensor, torchLegacy, torchZip } from './archives.ts';

const COUNT = 16;
const ELEMENTS = 2 ** 20;
const names = Array.from({ length: COUNT }, (_, i) => `layer${i}`);
const values = (i: number) => new Uint8Array(new Float32Array(ELEMENTS).fill(i).buffer);
const contents = dict(Object.fromEntries(names.map((name, i) => [name, tensor(`${i}`, ELEMENTS, [1024, 1024])])));

/** Counts what is read, and the largest read. */
function counted(source: ByteSource) {
  const reads: number[] = [];
  const read = (offset: number, length: number) => {
    reads.push(length);
    return source.read(offset, length);
  };
  return { source: { ...source, read }, reads };
}

describe('a checkpoint of 64 MB', () => {
  it.each([
    ['zip', async () => torchZip(contents, Object.fromEntries(names.map((_, i) => [i, values(i)])))],
    ['legacy', async () => torchLegacy(contents, Object.fromEntries(names.map((_, i) => [i, [ELEMENTS, values(i)]])))],
    [
      'safetensors',
      () => {
        const tensors = names.map(
          (name, i) => [name, { dtype: 'F32' as const, shape: [1024, 1024], bytes: values(i) }] as const,
        );
        return encodeSafetensors(memoryStateDict(new Map(tensors)));
      },
    ],
  ])('%s: opening reads little, converting reads each byte once, a tensor at a time', async (_, make) => {
    const file = await make();
    const { source, reads } = counted(bytesSource(file));
    const total = () => reads.reduce((sum, length) => sum + length, 0);
    const checkpoint = await openCheckpoint(source);
    expect(total()).toBeLessThan(1.1 * 2 ** 20);

    reads.length = 0;
    let written = 0;
    await writeSafetensors(checkpoint, { write: (bytes) => (written += bytes.byteLength) });
    expect(written).toBeGreaterThan(COUNT * ELEMENTS * 4);
    expect(total()).toBeLessThan(COUNT * ELEMENTS * 4 + 1000);
    expect(Math.max(...reads)).toBe(ELEMENTS * 4);

    const last = await checkpoint.read('layer15');
    expect(new Float32Array(last.bytes.slice().buffer).every((value) => value === 15)).toBe(true);
  });

  it('is read in part where a tensor is a part of a storage', async () => {
    const rows = dict({ rows: tensor('0', ELEMENTS, [2, 1024], { offset: 2048 }) });
    const { source, reads } = counted(bytesSource(torchZip(rows, { 0: values(1) })));
    const checkpoint = await openCheckpoint(source);
    reads.length = 0;
    await checkpoint.read('rows');
    expect(reads).toEqual([30, 8192]);
  });
});
