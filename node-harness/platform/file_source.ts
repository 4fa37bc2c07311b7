import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSource } from '../../lib/checkpoint/byte_source.ts';
import { checkRange } from '../../lib/checkpoint/bytes_source.ts';
import { UserError } from '../../lib/utils/errors.ts';

/** A file on disk; close it when done. */
export interface FileSource extends ByteSource {
  close(): Promise<void>;
}

/**
 * Opens a file for random access; only the parts that are read come into memory.
 *
 * @throws {UserError} when it is missing, a folder, empty, or may not be read.
 */
export async function openFile(path: string): Promise<FileSource> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(openingProblem(path, error));
  });
  const stat = await handle.stat();
  if (!stat.isFile() || stat.size === 0) {
    await handle.close();
    if (stat.isDirectory()) throw new UserError(`${path} is a folder; name a file in it.`);
    throw new UserError(
      stat.isFile() ? `${path} is empty (0 bytes); copy or download it again.` : `${path} is not a regular file.`,
    );
  }
  return {
    name: path,
    size: stat.size,
    async read(offset, length) {
      checkRange(path, stat.size, offset, length);
      return readFully(handle, path, offset, length);
    },
    close: () => handle.close(),
  };
}

async function readFully(handle: FileHandle, path: string, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) throw new UserError(`${path} became shorter while it was being read; try again.`);
    filled += bytesRead;
  }
  return bytes;
}

function openingProblem(path: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return `${path} does not exist; check its name.`;
    case 'ENOTDIR':
      return `${path} does not exist: a part of its path is a file, not a folder.`;
    case 'EACCES':
    case 'EPERM':
      return `${path} may not be read; check its permissions.`;
    default:
      return `${path} cannot be opened (${error.message}).`;
  }
}
