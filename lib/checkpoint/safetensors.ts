import { UserError } from '../utils/errors.ts';
import type { ByteSource } from './byte_source.ts';
import { joinBytes } from './bytes_source.ts';
import { DTYPE_BYTES, elementCount } from './dtypes.ts';
import type { DType, StateDictSource, TensorInfo } from './state_dict.ts';

/** The longest header that is read: the limit of the format's own implementation. */
const MAX_HEADER_BYTES = 100_000_000;

/** An open `.safetensors` file. */
export interface SafetensorsSource extends StateDictSource {
  /** The file's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Where a writer puts its bytes, in order: a file, a `WritableStreamDefaultWriter`, an array of parts. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<unknown> | unknown;
}

interface Placed extends TensorInfo {
  readonly start: number;
  readonly end: number;
}

/**
 * Opens a `.safetensors` file: an 8-byte header length, a JSON header, then the entries' bytes
 * (https://github.com/huggingface/safetensors#format). Only the header is read until an entry is asked for.
 *
 * @throws {UserError} when the header is damaged, an entry lies outside the file, two overlap, or a shape and its
 *   bytes disagree.
 */
export async function openSafetensors(source: ByteSource): Promise<SafetensorsSource> {
  const damaged = (what: string) => new UserError(`${source.name} is not a whole .safetensors file: ${what}.`);
  if (source.size < 8) throw damaged(`it has ${source.size} bytes, fewer than its 8-byte header length`);
  const prefix = await source.read(0, 8);
  const headerBytes = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (headerBytes > source.size - 8) {
    throw damaged(`it has ${source.size} bytes, but says that its header alone takes ${headerBytes}; it is cut short`);
  }
  if (headerBytes > MAX_HEADER_BYTES) throw damaged(`its header of ${headerBytes} bytes is over ${MAX_HEADER_BYTES}`);

  const { metadata, entries } = parseHeader(source.name, await source.read(8, headerBytes), damaged);
  const dataStart = 8 + headerBytes;
  checkPlacement(entries, source.size - dataStart, damaged);
  return {
    metadata,
    entries,
    async read(name) {
      const entry = entries.get(name);
      if (!entry) throw new UserError(`${source.name} has no entry "${name}".`);
      const bytes = await source.read(dataStart + entry.start, entry.end - entry.start);
      return { dtype: entry.dtype, shape: entry.shape, bytes };
    },
  };
}

type Damage = (what: string) => UserError;

function parseHeader(sourceName: string, bytes: Uint8Array, damaged: Damage) {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw damaged('its header is not JSON');
  }
  if (!isRecord(header)) throw damaged('its header is not a JSON object');
  const metadata = new Map<string, string>();
  const entries = new Map<string, Placed>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      if (!isRecord(value)) throw damaged('its __metadata__ is not a JSON object');
      for (const [key, text] of Object.entries(value)) {
        if (typeof text !== 'string') throw damaged(`"${key}" in its __metadata__ is not a string`);
        metadata.set(key, text);
      }
    } else {
      entries.set(name, parseEntry(sourceName, name, value, damaged));
    }
  }
  return { metadata: Object.fromEntries(metadata), entries };
}

function parseEntry(sourceName: string, name: string, value: unknown, damaged: Damage): Placed {
  if (!isRecord(value)) throw damaged(`entry "${name}" is not a JSON object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw damaged(`entry "${name}" has no element type`);
  if (!Object.hasOwn(DTYPE_BYTES, dtype)) {
    const known = Object.keys(DTYPE_BYTES).join(', ');
    throw new UserError(
      `Entry "${name}" of ${sourceName} has the element type ${dtype}, which is not one of ${known}.`,
    );
  }
  if (!isCounts(shape)) throw damaged(`entry "${name}" has a damaged shape`);
  if (!isCounts(offsets) || offsets.length !== 2) throw damaged(`entry "${name}" has damaged offsets`);
  const [start, end] = offsets;
  const bytes = elementCount(shape) * DTYPE_BYTES[dtype as DType];
  if (bytes !== end - start) {
    throw damaged(`entry "${name}" of shape [${shape}] and type ${dtype} needs ${bytes} bytes, but has ${end - start}`);
  }
  return { dtype: dtype as DType, shape, start, end };
}

/** The format allows neither gaps nor overlaps: the entries cover the rest of the file exactly once. */
function checkPlacement(entries: ReadonlyMap<string, Placed>, available: number, damaged: Damage): void {
  let at = 0;
  for (const [name, { start, end }] of [...entries].sort(([, a], [, b]) => a.start - b.start || a.end - b.end)) {
    if (end > available) {
      throw damaged(`entry "${name}" ends at byte ${end} of the data, but there are ${available}; it is cut short`);
    }
    if (start < at) throw damaged(`entry "${name}" overlaps the one before it`);
    if (start > at) throw damaged(`${start - at} bytes before entry "${name}" belong to no entry`);
    at = end;
  }
  if (at !== available) throw damaged(`the last ${available - at} of its bytes belong to no entry`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

/**
 * Writes a state dict as `.safetensors`, one entry at a time, in its order.
 *
 * @param metadata strings to keep in the file, for instance `{ format: 'pt' }`.
 * @throws {UserError} when an entry's bytes do not fit its shape and type, or its name is `__metadata__`.
 */
export async function writeSafetensors(
  source: StateDictSource,
  sink: ByteSink,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await sink.write(encodeHeader(source.entries, metadata));
  for (const [name, { dtype, shape }] of source.entries) {
    const { bytes } = await source.read(name);
    const expected = elementCount(shape) * DTYPE_BYTES[dtype];
    if (bytes.byteLength !== expected) {
      throw new UserError(
        `Entry "${name}" of shape [${shape}] and type ${dtype} needs ${expected} bytes, but has ${bytes.byteLength}.`,
      );
    }
    await sink.write(bytes);
  }
}

/** A whole `.safetensors` file in memory; see `writeSafetensors`. */
export async function encodeSafetensors(
  source: StateDictSource,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  await writeSafetensors(source, { write: (bytes) => parts.push(bytes) }, metadata);
  return joinBytes(parts);
}

function encodeHeader(
  entries: ReadonlyMap<string, TensorInfo>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) header.set('__metadata__', metadata);
  let at = 0;
  for (const [name, { dtype, shape }] of entries) {
    if (name === '__metadata__') throw new UserError('A .safetensors file cannot hold an entry named "__metadata__".');
    const end = at + elementCount(shape) * DTYPE_BYTES[dtype];
    header.set(name, { dtype, shape, data_offsets: [at, end] });
    at = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  // Padded with spaces so that the entries start at a multiple of 8, as the format asks.
  const out = new Uint8Array(8 + Math.ceil(json.byteLength / 8) * 8).fill(0x20);
  new DataView(out.buffer).setBigUint64(0, BigInt(out.byteLength - 8), true);
  out.set(json, 8);
  return out;
}
