import { type DBSchema, type IDBPDatabase, type IDBPObjectStore, openDB } from 'idb';
import { blobSource } from '../../checkpoint/blob_source.ts';
import { UserError } from '../../utils/errors.ts';
import type { FileStore, FileWriter } from '../file_store.ts';

/** A file by its path. */
interface Schema extends DBSchema {
  files: { key: string; value: Blob };
}

const STORE = 'files';

/**
 * The files that a page may keep, in an IndexedDB database: it renames a folder with all that is in it at once, which
 * checkpoints need and the private file system (OPFS) of today's browsers does not do. Works in workers too.
 *
 * @param name of the database
 * @throws {UserError} when the browser keeps nothing for this page
 */
export async function openBrowserFiles(name = 'talkingface'): Promise<FileStore> {
  const database = await openDB<Schema>(name, 1, {
    upgrade: (created) => void created.createObjectStore(STORE),
    // Another page wants to delete or change it: this one must not be in the way.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  }).catch((error: Error) => {
    throw new UserError(`The browser keeps no files for this page (${error.message}); leave private browsing.`);
  });
  return new BrowserFiles(database);
}

class BrowserFiles implements FileStore {
  readonly #database: IDBPDatabase<Schema>;

  constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  async list(folder: string): Promise<{ readonly name: string; readonly isFolder: boolean }[]> {
    const found = new Map<string, boolean>();
    for (const path of await this.#database.getAllKeys(STORE, below(folder))) {
      const [name, ...rest] = path.slice(folder.length + 1).split('/');
      found.set(name, rest.length > 0);
    }
    return Array.from(found, ([name, isFolder]) => ({ name, isFolder }));
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const file = await this.#database.get(STORE, path);
    return file && new Uint8Array(await file.arrayBuffer());
  }

  async open(path: string) {
    const file = await this.#database.get(STORE, path);
    if (file) return blobSource(file, path);
    throw new UserError(`There is no file ${path} in the browser's storage.`);
  }

  async create(path: string): Promise<FileWriter> {
    let parts: Blob[] | undefined = [];
    return {
      // In a Blob the bytes are the browser's, who may put them on the disk; they are also a copy.
      write: async (bytes) => void parts?.push(new Blob([bytes as BlobPart])),
      finish: async () => {
        const all = new Blob(parts);
        parts = undefined;
        await this.#change(path, (files) => files.put(all, path));
      },
      abort: async () => {
        parts = undefined;
      },
    };
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    await this.#change(path, async (files) => {
      const before = await files.get(path);
      await files.put(new Blob([...(before ? [before] : []), bytes as BlobPart]), path);
    });
  }

  async rename(path: string, to: string): Promise<void> {
    await this.#change(to, async (files) => {
      const keys = [...(await files.getAllKeys(IDBKeyRange.only(path))), ...(await files.getAllKeys(below(path)))];
      for (const key of keys) {
        await files.put((await files.get(key)) as Blob, to + key.slice(path.length));
        await files.delete(key);
      }
    });
  }

  async remove(path: string): Promise<void> {
    await this.#change(path, async (files) => {
      await files.delete(path);
      await files.delete(below(path));
    });
  }

  /** Changes files all together or not at all. */
  async #change(path: string, work: (files: Files) => Promise<unknown>): Promise<void> {
    const transaction = this.#database.transaction(STORE, 'readwrite');
    try {
      await Promise.all([work(transaction.store), transaction.done]);
    } catch (error) {
      if ((error as DOMException).name !== 'QuotaExceededError') throw error;
      throw new UserError(`The browser has no space left for ${path}; free some space on the disk and start again.`);
    }
  }
}

/** The files within a transaction. */
type Files = IDBPObjectStore<Schema, ['files'], 'files', 'readwrite'>;

/** The paths of all that is in a folder, however deep. */
const below = (folder: string): IDBKeyRange => IDBKeyRange.bound(`${folder}/`, `${folder}0`, false, true);
