import { type IDBPDatabase, openDB } from 'idb';
import type { WeightsSource } from './talker.ts';

/** What fine-tuning keeps in the browser's database, so that it goes on after a reload. */
export interface Kept {
  readonly clip: { readonly blob: Blob; readonly name: string };
  /** The weights that training began with. */
  readonly base: WeightsSource;
  readonly progress: { readonly step: number; readonly steps: number; readonly losses: readonly number[] };
  readonly result: {
    readonly weights: Blob;
    readonly steps: number;
    /** On faces kept back from training, before and after. */
    readonly loss: { readonly before: number; readonly after: number };
  };
}

const STORE = 'tuning';
let database: Promise<IDBPDatabase> | undefined;

function opened(): Promise<IDBPDatabase> {
  database ??= openDB('talkingface-demo', 1, { upgrade: (fresh) => void fresh.createObjectStore(STORE) });
  return database;
}

/** Gives what was kept under a name; undefined when nothing was. */
export async function recall<Name extends keyof Kept>(name: Name): Promise<Kept[Name] | undefined> {
  return (await opened()).get(STORE, name);
}

export async function keep<Name extends keyof Kept>(name: Name, value: Kept[Name]): Promise<void> {
  await (await opened()).put(STORE, value, name);
}

export async function forget(name: keyof Kept): Promise<void> {
  await (await opened()).delete(STORE, name);
}
