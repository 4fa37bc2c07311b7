import { appendFile, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { FileStore, FileWriter } from '../../lib/data/file_store.ts';
import { openFile } from './file_source.ts';
import { makeDirectory, preparePartial, writeError } from './media_files.ts';

/** The disk. */
export const nodeFiles: FileStore = {
  async list(folder) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(nothingIfAbsent);
    return (entries ?? [])
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  },
  read: async (path) => (await readFile(path).catch(nothingIfAbsent)) ?? undefined,
  open: openFile,
  create,
  async append(path, bytes) {
    await makeDirectory(dirname(resolve(path)));
    await appendFile(path, bytes).catch((error) => {
      throw writeError(path, error);
    });
  },
  rename,
  remove: (path) => rm(path, { recursive: true, force: true }),
};

async function create(path: string): Promise<FileWriter> {
  await makeDirectory(dirname(resolve(path)));
  const partial = await preparePartial(path);
  const handle = await open(partial, 'w').catch((error) => {
    throw writeError(path, error);
  });
  let isOpen = true;
  const end = async (last: () => Promise<void>) => {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
    await last();
  };
  return {
    async write(bytes) {
      await handle.writeFile(bytes).catch((error) => {
        throw writeError(path, error);
      });
    },
    finish: () => end(() => rename(partial, path)),
    abort: () => end(() => rm(partial, { force: true })),
  };
}

function nothingIfAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
