import type { ByteSource } from '../checkpoint/byte_source.ts';

/** A file that is being written; nothing is there under its name before `finish()`. */
export interface FileWriter {
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  /** Gives up and leaves nothing behind. Safe to call after `finish()`. */
  abort(): Promise<void>;
}

/**
 * The files of data sets and runs: a disk in Node, and in a page what it may keep. Paths have `/` between their parts. Errors
 * are `UserError`s that name the path.
 */
export interface FileStore {
  /** What a folder holds, by name; empty when there is no such folder. */
  list(folder: string): Promise<{ readonly name: string; readonly isFolder: boolean }[]>;
  /** The whole of a small file; undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Opens a file for random access. */
  open(path: string): Promise<ByteSource>;
  /** Creates or replaces a file, with the folders above it. */
  create(path: string): Promise<FileWriter>;
  /** Adds to the end of a file, which is made if need be, with the folders above it. */
  append(path: string, bytes: Uint8Array): Promise<void>;
  /** Gives a file or folder another name, which nothing has yet. */
  rename(path: string, to: string): Promise<void>;
  /** Deletes a file, or a folder with all that is in it, if it is there. */
  remove(path: string): Promise<void>;
}

/** Creates or replaces a small file. */
export async function writeFile(files: FileStore, path: string, content: Uint8Array | string): Promise<void> {
  const writer = await files.create(path);
  try {
    await writer.write(typeof content === 'string' ? new TextEncoder().encode(content) : content);
    await writer.finish();
  } finally {
    await writer.abort();
  }
}

/** The text of a small file; undefined when there is none. */
export async function readText(files: FileStore, path: string): Promise<string | undefined> {
  const bytes = await files.read(path);
  return bytes && new TextDecoder().decode(bytes);
}
