import { UserError } from '../utils/errors.ts';
import type { ByteSource } from './byte_source.ts';
import { checkRange } from './bytes_source.ts';

/** A `Blob` or a `File` that a person picked or dropped; only the parts that are read come into memory. */
export function blobSource(blob: Blob, name = 'name' in blob ? String(blob.name) : 'the given blob'): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      checkRange(name, blob.size, offset, length);
      try {
        return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
      } catch (error) {
        throw new UserError(`${name} could not be read (${(error as Error).message}); choose the file again.`);
      }
    },
  };
}
