import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../lib/checkpoint/bytes_source.ts';
import { openCheckpoint } from '../../lib/checkpoint/open_checkpoint.ts';
import { encodeSafetensors, openSafetensors, writeSafetensors } from '../../lib/checkpoint/safetensors.ts';
import { memoryStateDict, type TensorData } from '../../lib/checkpoint/state_dict.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { record, text } from './archives.ts';

const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

const everyType = new Map<string, TensorData>([
  ['f64', { dtype: 'F64', shape: [2], bytes: bytesOf(Float64Array.of(Math.PI, -0)) }],
  ['f32', { dtype: 'F32', shape: [1, 2], bytes: bytesOf(Float32Array.of(1.5, Number.NaN)) }],
  ['f16', { dtype: 'F16', shape: [3], bytes: bytesOf(Uint16Array.of(0x3c00, 0xfbff, 1)) }],
  ['bf16', { dtype: 'BF16', shape: [1], bytes: bytesOf(Uint16Array.of(0x4049)) }],
  ['i64', { dtype: 'I64', shape: [], bytes: bytesOf(BigInt64Array.of(-(2n ** 62n))) }],
  ['u64', { dtype: 'U64', shape: [1], bytes: bytesOf(BigUint64Array.of(2n ** 63n)) }],
  ['i32', { dtype: 'I32', shape: [1], bytes: bytesOf(Int32Array.of(-7)) }],
  ['u32', { dtype: 'U32', shape: [1], bytes: bytesOf(Uint32Array.of(7)) }],
  ['i16', { dtype: 'I16', shape: [1], bytes: bytesOf(Int16Array.of(-7)) }],
  ['u16', { dtype: 'U16', shape: [1], bytes: bytesOf(Uint16Array.of(7)) }],
  ['i8', { dtype: 'I8', shape: [3], bytes: bytesOf(Int8Array.of(-7, 0, 7)) }],
  ['u8', { dtype: 'U8', shape: [0, 4], bytes: new Uint8Array() }],
  ['bool', { dtype: 'BOOL', shape: [2], bytes: Uint8Array.of(1, 0) }],
]);

describe('safetensors', () => {
  it('gives back every type bit for bit, in order, with the metadata', async () => {
    const file = await encodeSafetensors(memoryStateDict(everyType), { format: 'pt', note: 'café' });
    const opened = await openSafetensors(bytesSource(file));
    expect(opened.metadata).toEqual({ format: 'pt', note: 'café' });
    expect([...opened.entries.keys()]).toEqual([...everyType.keys()]);
    for (const [name, tensor] of everyType) expect(await opened.read(name)).toEqual(tensor);
  });

  it('is what the format says: length, JSON, data at a multiple of 8', async () => {
    const file = await encodeSafetensors(memoryStateDict(new Map([['a', everyType.get('f32') as TensorData]])));
    const headerBytes = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerBytes)));
    expect(header).toEqual({ a: { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8] } });
    expect(file.byteLength).toBe(8 + headerBytes + 8);
  });

  it('holds one entry at a time while it writes', async () => {
    const events: string[] = [];
    const source = memoryStateDict(everyType);
    const read = (name: string) => {
      events.push(name);
      return source.read(name);
    };
    await writeSafetensors({ ...source, read }, { write: () => events.push('write') });
    expect(events).toEqual(['write', ...[...everyType.keys()].flatMap((name) => [name, 'write'])]);
  });

  it('refuses to write an entry whose bytes do not fit its shape', async () => {
    const wrong = memoryStateDict(new Map([['a', { dtype: 'F32', shape: [3], bytes: new Uint8Array(8) }]]));
    await expect(encodeSafetensors(wrong)).rejects.toThrow(
      'Entry "a" of shape [3] and type F32 needs 12 bytes, but has 8.',
    );
  });

  const F32 = (start: number, end: number, shape: unknown = [(end - start) / 4]) => ({
    dtype: 'F32',
    shape,
    data_offsets: [start, end],
  });
  it.each([
    ['a header beyond the file', '{}', 0, 1e15, /header alone takes 1000000000000000/],
    ['no JSON', '{"a":', 0, undefined, /header is not JSON/],
    ['a list', '[]     {', 0, undefined, /not JSON|unknown kind/],
    [
      'offsets beyond the file',
      { a: F32(0, 64) },
      8,
      undefined,
      /entry "a" ends at byte 64 of the data, but there are 8/,
    ],
    ['overlapping entries', { a: F32(0, 8), b: F32(4, 12) }, 12, undefined, /"b" overlaps/],
    ['a gap', { a: F32(0, 4), b: F32(8, 12) }, 12, undefined, /4 bytes before entry "b"/],
    ['bytes left over', { a: F32(0, 4) }, 12, undefined, /last 8 of its bytes/],
    ['offsets backwards', { a: F32(8, 0, [2]) }, 8, undefined, /needs 8 bytes, but has -8/],
    ['a shape that does not fit', { a: F32(0, 8, [3]) }, 8, undefined, /needs 12 bytes, but has 8/],
    ['a giant count', { a: F32(0, 8, [2 ** 40, 2 ** 40]) }, 8, undefined, /needs .* bytes, but has 8/],
    ['a negative size', { a: F32(0, 4, [-1, -1]) }, 4, undefined, /damaged shape/],
    ['a fraction', { a: F32(0, 4, [0.5, 2]) }, 4, undefined, /damaged shape/],
    ['no shape', { a: { dtype: 'F32', data_offsets: [0, 4] } }, 4, undefined, /damaged shape/],
    ['three offsets', { a: { dtype: 'F32', shape: [], data_offsets: [0, 4, 8] } }, 4, undefined, /damaged offsets/],
    [
      'an unknown type',
      { a: { dtype: 'F8_E4M3', shape: [4], data_offsets: [0, 4] } },
      4,
      undefined,
      /type F8_E4M3, which is not one of F64/,
    ],
    [
      'metadata that is no text',
      { __metadata__: { a: [[]] } },
      0,
      undefined,
      /"a" in its __metadata__ is not a string/,
    ],
  ])('says what is wrong with %s', async (_, header, dataBytes, declared, message) => {
    const json = text(typeof header === 'string' ? header : JSON.stringify(header));
    const file = Uint8Array.from([
      ...record([[declared ?? json.byteLength, 8]]),
      ...json,
      ...new Uint8Array(dataBytes),
    ]);
    const opening = openSafetensors(bytesSource(file, 'x.safetensors'));
    await expect(opening).rejects.toThrow(UserError);
    await expect(opening).rejects.toThrow(message);
  });

  it('opens as a checkpoint, with parts by prefix', async () => {
    const tensor = everyType.get('f32') as TensorData;
    const file = await encodeSafetensors(
      memoryStateDict(
        new Map([
          ['generator.a', tensor],
          ['kp.b', tensor],
        ]),
      ),
      { epoch: '3' },
    );
    const checkpoint = await openCheckpoint(bytesSource(file));
    expect(checkpoint.format).toBe('safetensors');
    expect(checkpoint.metadata).toEqual({ epoch: '3' });
    expect([...checkpoint.select('kp').entries.keys()]).toEqual(['b']);
    await expect(checkpoint.read('c')).rejects.toThrow('has no entry "c"');
  });
});
