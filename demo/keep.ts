/** What fine-tuning keeps in the browser's database, so that it goes on after a reload. */
export interface Kept {
  readonly clip: { readonly blob: Blob; readonly name: string };
  readonly progress: { readonly step: number; readonly steps: number; readonly losses: readonly number[] };
  readonly result: { readonly weights: Blob; readonly note: { before: number; after: number; steps: number } };
}

const STORE = 'tuning';

/** Gives what was kept under a name; undefined when nothing was. */
export function recall<Name extends keyof Kept>(name: Name): Promise<Kept[Name] | undefined> {
  return inStore('readonly', (store) => store.get(name));
}

export function keep<Name extends keyof Kept>(name: Name, value: Kept[Name]): Promise<unknown> {
  return inStore('readwrite', (store) => store.put(value, name));
}

export function forget(...names: (keyof Kept)[]): Promise<unknown> {
  return Promise.all(names.map((name) => inStore('readwrite', (store) => store.delete(name))));
}

async function inStore<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened();
  try {
    return await answered(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open('talkingface-demo', 1);
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE));
  return answered(request);
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error));
  });
}
