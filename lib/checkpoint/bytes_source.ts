import { UserError } from '../utils/errors.ts';
import type { ByteSource } from './byte_source.ts';

/** Bytes that are already in memory; reads are views of them, not copies. */
export function bytesSource(bytes: Uint8Array, name = 'the given bytes'): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    async read(offset, length) {
      checkRange(name, bytes.byteLength, offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** Throws a `UserError` unless `[offset, offset + length)` lies inside a source of `size` bytes. */
export function checkRange(name: string, size: number, offset: number, length: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
    throw new UserError(
      `${name} is cut short or damaged: bytes ${offset} to ${offset + length} were asked for, but it has ${size} bytes.`,
    );
  }
}

/** The parts one after the other. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.byteLength;
  }
  return out;
}
