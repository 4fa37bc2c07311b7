import { deflateRawSync } from 'node:zlib';
import { joinBytes } from '../../lib/checkpoint/bytes_source.ts';

/** A file to put into an archive; `declaredSize` lies about its size. */
export interface ArchiveFile {
  name: string;
  bytes: Uint8Array;
  deflate?: boolean;
  declaredSize?: number;
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A ZIP archive, byte by byte, so that it can lie; with ZIP64 records where asked. */
export function makeZip(files: readonly ArchiveFile[], { zip64 = false } = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  const push = (list: Uint8Array[], bytes: Uint8Array) => {
    list.push(bytes);
    if (list === parts) at += bytes.byteLength;
  };
  for (const { name, bytes, deflate = false, declaredSize = bytes.byteLength } of files) {
    const stored = deflate ? new Uint8Array(deflateRawSync(bytes)) : bytes;
    const offset = at;
    const method = deflate ? 8 : 0;
    push(
      parts,
      record([
        [0x04034b50, 4],
        [45, 2],
        [0, 2],
        [method, 2],
        [0, 8],
        [stored.byteLength, 4],
        [declaredSize, 4],
        [name.length, 2],
        [0, 2],
      ]),
    );
    push(parts, text(name));
    push(parts, stored);
    const wide = 0xffffffff;
    const sizes = zip64 ? [wide, wide] : [stored.byteLength, declaredSize];
    const extra = zip64
      ? record([
          [1, 2],
          [24, 2],
          [declaredSize, 8],
          [stored.byteLength, 8],
          [offset, 8],
        ])
      : new Uint8Array();
    const start = [
      [0x02014b50, 4],
      [45, 2],
      [45, 2],
      [0, 2],
      [method, 2],
      [0, 8],
    ] as const;
    const end = [
      [name.length, 2],
      [extra.length, 2],
      [0, 2],
      [0, 2],
      [0, 2],
      [0, 4],
      [zip64 ? wide : offset, 4],
    ] as const;
    push(directory, record([...start, [sizes[0], 4], [sizes[1], 4], ...end]));
    push(directory, text(name));
    push(directory, extra);
  }
  const list = joinBytes(directory);
  const directoryStart = at;
  push(parts, list);
  if (zip64) {
    const recordStart = at;
    const counts = [
      [files.length, 8],
      [files.length, 8],
      [list.byteLength, 8],
      [directoryStart, 8],
    ] as const;
    push(parts, record([[0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4], ...counts]));
    push(
      parts,
      record([
        [0x07064b50, 4],
        [0, 4],
        [recordStart, 8],
        [1, 4],
      ]),
    );
  }
  const last = zip64
    ? ([
        [0xffff, 2],
        [0xffff, 2],
        [0xffffffff, 4],
        [0xffffffff, 4],
      ] as const)
    : ([
        [files.length, 2],
        [files.length, 2],
        [list.byteLength, 4],
        [directoryStart, 4],
      ] as const);
  push(parts, record([[0x06054b50, 4], [0, 4], ...last, [0, 2]]));
  return joinBytes(parts);
}

/** Little-endian integers, each with its number of bytes. */
export function record(fields: readonly (readonly [value: number, bytes: number])[]): Uint8Array {
  const out: number[] = [];
  for (const [value, bytes] of fields) {
    for (let i = 0, rest = value; i < bytes; i++, rest = Math.floor(rest / 256)) out.push(rest % 256);
  }
  return Uint8Array.from(out);
}

/** A pickle of protocol 2 from its opcodes, one character a byte. */
export const pickle = (opcodes: string): Uint8Array => Uint8Array.from(`\x80\x02${opcodes}.`, (c) => c.charCodeAt(0));

export const unicode = (value: string): string => `X${int32(value.length)}${value}`;
export const int = (value: number): string => `J${int32(value)}`;
export const tuple = (...items: string[]): string => `(${items.join('')}t`;
const int32 = (value: number): string => String.fromCharCode(...record([[value >>> 0, 4]]));

/** Opcodes of a tensor as PyTorch writes it. */
export function tensor(
  key: string,
  elements: number,
  shape: readonly number[],
  options: { type?: string; strides?: readonly number[]; offset?: number } = {},
): string {
  const { type = 'FloatStorage', offset = 0 } = options;
  const strides = options.strides ?? shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const storage = `${tuple(unicode('storage'), `ctorch\n${type}\n`, unicode(key), unicode('cpu'), int(elements))}Q`;
  const args = tuple(storage, int(offset), tuple(...shape.map(int)), tuple(...strides.map(int)), '\x89', 'N');
  return `ctorch._utils\n_rebuild_tensor_v2\n${args}R`;
}

/** Opcodes of a dictionary. */
export const dict = (items: Readonly<Record<string, string>>): string =>
  `}(${Object.entries(items)
    .map(([key, value]) => unicode(key) + value)
    .join('')}u`;

/** What `torch.save` writes: a pickle and its storages. */
export function torchZip(
  opcodes: string,
  storages: Readonly<Record<string, Uint8Array>> = {},
  options: { deflate?: boolean; zip64?: boolean; byteorder?: string } = {},
): Uint8Array {
  const { deflate, zip64, byteorder = 'little' } = options;
  const files = [
    { name: 'archive/data.pkl', bytes: pickle(opcodes), deflate },
    { name: 'archive/byteorder', bytes: text(byteorder) },
    ...Object.entries(storages).map(([key, bytes]) => ({ name: `archive/data/${key}`, bytes, deflate })),
    { name: 'archive/version', bytes: text('3\n') },
  ];
  return makeZip(files, { zip64 });
}

/** What PyTorch wrote before 1.6: storages are `[element count, bytes]`. */
export function torchLegacy(
  opcodes: string,
  storages: Readonly<Record<string, [number, Uint8Array]>> = {},
): Uint8Array {
  const keys = Object.keys(storages);
  return joinBytes([
    pickle('\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19'),
    pickle('M\xe9\x03'),
    pickle(dict({ little_endian: '\x88' })),
    pickle(opcodes),
    pickle(`](${keys.map(unicode).join('')}e`),
    ...Object.values(storages).flatMap(([count, bytes]) => [record([[count, 8]]), bytes]),
  ]);
}

export const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
