import { UserError } from '../utils/errors.ts';
import type { ByteSource } from './byte_source.ts';

/** One file of a ZIP archive. */
export interface ZipEntry {
  readonly name: string;
  /** Size in bytes, as the archive declares it. */
  readonly size: number;
  readonly compressedSize: number;
  readonly isDeflated: boolean;
  readonly headerOffset: number;
}

const END_RECORD_BYTES = 22;
const MAX_COMMENT_BYTES = 65535;
const MAX_DIRECTORY_BYTES = 64 * 2 ** 20;
const LOCAL_HEADER_BYTES = 30;
/** Deflate cannot make data larger than this many times its size. */
const MAX_DEFLATE_RATIO = 1032;

/**
 * Lists a ZIP archive's files by name, from its central directory (PKWARE APPNOTE 6.3, with ZIP64).
 *
 * @throws {UserError} when the archive is cut short or damaged, or declares sizes that it cannot have.
 */
export async function readZipDirectory(source: ByteSource): Promise<Map<string, ZipEntry>> {
  const { offset, size, count } = await findDirectory(source);
  if (offset + size > source.size) throw damaged(source, 'its directory lies beyond its end');
  if (size > MAX_DIRECTORY_BYTES) throw damaged(source, `its directory takes ${size} bytes`);
  const bytes = await source.read(offset, size);
  const view = viewOf(bytes);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > size || view.getUint32(at, true) !== 0x02014b50) throw damaged(source, 'its directory is cut short');
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > size) throw damaged(source, 'its directory is cut short');
    const entry = parseEntry(source, view, bytes, at, nameLength, extraLength);
    if (entries.has(entry.name)) throw damaged(source, `it has two files named "${entry.name}"`);
    entries.set(entry.name, entry);
    at = next;
  }
  return entries;
}

function parseEntry(
  source: ByteSource,
  view: DataView,
  bytes: Uint8Array,
  at: number,
  nameLength: number,
  extraLength: number,
): ZipEntry {
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
  if (view.getUint16(at + 8, true) & 1) throw damaged(source, `"${name}" in it is encrypted`);
  const method = view.getUint16(at + 10, true);
  if (method !== 0 && method !== 8)
    throw damaged(source, `"${name}" in it is compressed with method ${method}, not Deflate`);

  const declared = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
  const extra = at + 46 + nameLength;
  const wide = zip64Values(view, extra, extra + extraLength);
  const [size, compressedSize, headerOffset] = declared.map((value) => {
    if (value !== 0xffffffff) return value;
    const actual = wide.shift();
    if (actual === undefined) throw damaged(source, `"${name}" in it has no ZIP64 size`);
    return actual;
  });
  const isDeflated = method === 8;
  if (headerOffset + LOCAL_HEADER_BYTES + compressedSize > source.size) {
    throw damaged(source, `"${name}" in it reaches beyond its end`);
  }
  if (isDeflated ? size > compressedSize * MAX_DEFLATE_RATIO + 64 : size !== compressedSize) {
    throw damaged(
      source,
      `"${name}" in it declares ${size} bytes, which its ${compressedSize} stored bytes cannot hold`,
    );
  }
  return { name, size, compressedSize, isDeflated, headerOffset };
}

/** The 64-bit values of the ZIP64 extra field (id 1), in their order: size, compressed size, header offset. */
function zip64Values(view: DataView, start: number, end: number): number[] {
  for (let at = start; at + 4 <= end; ) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && at + 4 + length <= end) {
      return Array.from({ length: length >> 3 }, (_, i) => Number(view.getBigUint64(at + 4 + 8 * i, true)));
    }
    at += 4 + length;
  }
  return [];
}

async function findDirectory(source: ByteSource): Promise<{ offset: number; size: number; count: number }> {
  const tailStart = Math.max(0, source.size - END_RECORD_BYTES - MAX_COMMENT_BYTES);
  const tail = viewOf(await source.read(tailStart, source.size - tailStart));
  let at = tail.byteLength - END_RECORD_BYTES;
  while (at >= 0 && tail.getUint32(at, true) !== 0x06054b50) at--;
  if (at < 0) throw damaged(source, 'its directory, which is at the end, is missing');
  const locator = at - 20;
  if (locator < 0 || tail.getUint32(locator, true) !== 0x07064b50) {
    return {
      offset: tail.getUint32(at + 16, true),
      size: tail.getUint32(at + 12, true),
      count: tail.getUint16(at + 10, true),
    };
  }
  const recordOffset = Number(tail.getBigUint64(locator + 8, true));
  if (recordOffset + 56 > source.size) throw damaged(source, 'its ZIP64 directory lies beyond its end');
  const record = viewOf(await source.read(recordOffset, 56));
  if (record.getUint32(0, true) !== 0x06064b50) throw damaged(source, 'its ZIP64 directory is missing');
  return {
    offset: Number(record.getBigUint64(48, true)),
    size: Number(record.getBigUint64(40, true)),
    count: Number(record.getBigUint64(32, true)),
  };
}

/**
 * Bytes `[offset, offset + length)` of one file in the archive, the whole file by default. A stored file is read at
 * its place; a deflated one is inflated, and stopped as soon as it grows beyond its declared size.
 */
export async function readZipEntry(
  source: ByteSource,
  entry: ZipEntry,
  offset = 0,
  length = entry.size,
): Promise<Uint8Array> {
  const header = viewOf(await source.read(entry.headerOffset, LOCAL_HEADER_BYTES));
  if (header.getUint32(0, true) !== 0x04034b50)
    throw damaged(source, `"${entry.name}" is not where its directory says`);
  const start = entry.headerOffset + LOCAL_HEADER_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
  if (!entry.isDeflated) return source.read(start + offset, length);
  return (await inflate(source, entry, start)).subarray(offset, offset + length);
}

async function inflate(source: ByteSource, entry: ZipEntry, start: number): Promise<Uint8Array> {
  const compressed = await source.read(start, entry.compressedSize);
  const out = new Uint8Array(entry.size);
  let filled = 0;
  try {
    const stream = new Blob([compressed as BlobPart]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    for (const reader = stream.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      if (filled + value.byteLength > out.byteLength) {
        await reader.cancel();
        filled = Number.POSITIVE_INFINITY;
        break;
      }
      out.set(value, filled);
      filled += value.byteLength;
    }
  } catch {
    throw damaged(source, `"${entry.name}" in it cannot be inflated`);
  }
  if (filled !== out.byteLength) {
    throw damaged(source, `"${entry.name}" in it does not inflate to the ${entry.size} bytes that it declares`);
  }
  return out;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(source: ByteSource, what: string): UserError {
  return new UserError(`${source.name} is a damaged ZIP archive: ${what}; copy or download it again.`);
}
