import { UserError } from '../utils/errors.ts';

/** Told how much of a download has arrived: both in bytes; `total` is undefined where the server does not say. */
export type DownloadProgress = (loaded: number, total: number | undefined) => void;

/** What a server says of a file: enough to tell whether it is still the same one. */
export interface FileFacts {
  /** Bytes. */
  readonly total?: number;
  /** Its `ETag` or, without one, the time of its last change. */
  readonly version?: string;
}

/** Keeps what has come of a file, in order, from one try to the next. */
export interface DownloadStore {
  /** Bytes that are there. */
  readonly held: number;
  /** The file that they are of; undefined when there is none yet. */
  readonly facts: FileFacts | undefined;
  /** Throws away what is there: the file comes from its start. */
  restart(facts: FileFacts): Promise<void>;
  append(bytes: Uint8Array): Promise<void>;
  /** Makes sure that what was appended outlasts this page or program. Called however a try ends. */
  flush(): Promise<void>;
}

/** How a download is watched and stopped. */
export interface DownloadOptions {
  /** Told the size before the first byte is kept, and what is there from an earlier try; what it throws ends the download. */
  readonly onSize?: (total: number | undefined, held: number) => void | Promise<void>;
  readonly onProgress?: DownloadProgress;
  /** Ends the download with the signal's reason; what has come stays in the store. */
  readonly signal?: AbortSignal;
  /** Go on also where the server does not say whether the file is still the same: its content is checked afterwards. */
  readonly checkedLater?: boolean;
}

/** A connection that breaks is taken up again this many times in a row without a byte. */
const FRUITLESS_TRIES = 2;

/**
 * Downloads a file into a store, going on where an earlier try ended if the server allows it and the file is still the
 * same. A broken connection is taken up again by itself.
 *
 * @throws {UserError} when the address cannot be reached, the server refuses it, or the connection keeps breaking.
 */
export async function download(address: string, store: DownloadStore, options: DownloadOptions = {}): Promise<void> {
  let announced = false;
  let fruitless = 0;
  for (;;) {
    const before = store.held;
    const response = await resume(address, store, options);
    const total = store.facts?.total;
    try {
      if (!announced) await options.onSize?.(total, store.held);
    } catch (error) {
      await response.body?.cancel();
      throw error;
    }
    announced = true;
    const failure = await receive(response, store, options);
    options.signal?.throwIfAborted();
    if (!failure && (total === undefined || store.held === total)) return;
    fruitless = store.held > before ? 0 : fruitless + 1;
    if (fruitless >= FRUITLESS_TRIES || !failure) {
      const reason = failure?.message ?? `${store.held} of ${total} bytes came`;
      throw new UserError(`The download of ${address} broke off (${reason}); try again, it goes on from there.`);
    }
  }
}

/** Asks for what is missing, or for the whole where that is not possible. */
async function resume(address: string, store: DownloadStore, options: DownloadOptions): Promise<Response> {
  const { facts, held } = store;
  if (facts && held > 0 && (facts.version !== undefined || options.checkedLater)) {
    const response = await request(address, options.signal, { headers: { Range: `bytes=${held}-` } });
    if (response.status === 206 && continues(response, held, facts)) return response;
    if (response.status === 200) return begin(response, store);
    await response.body?.cancel();
  }
  const response = await request(address, options.signal);
  if (!response.ok) throw new UserError(`${address} cannot be read: the server answers ${response.status}.`);
  return begin(response, store);
}

async function begin(response: Response, store: DownloadStore): Promise<Response> {
  await store.restart(fileFacts(response));
  return response;
}

/** Whether a part is the rest of the file that was begun. Servers hide some headers from the pages of others. */
function continues(response: Response, held: number, facts: FileFacts): boolean {
  const { version, total: rest } = fileFacts(response);
  if (version !== facts.version) return false;
  const [, start, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '') ?? [];
  if (start !== undefined) return Number(start) === held && (facts.total === undefined || Number(size) === facts.total);
  return rest !== undefined && held + rest === facts.total;
}

/** What an answer says of its file. */
export function fileFacts({ headers }: Response): FileFacts {
  const length = headers.get('Content-Length');
  // The length of an encoded body is not that of its content.
  const total = length === null || headers.has('Content-Encoding') ? undefined : Number(length);
  return { total, version: headers.get('ETag') ?? headers.get('Last-Modified') ?? undefined };
}

/** Stores the body; returns the error that ended it early. */
async function receive(
  response: Response,
  store: DownloadStore,
  { onProgress, signal }: DownloadOptions,
): Promise<Error | undefined> {
  const reader = response.body?.getReader();
  const next = () => reader?.read().catch((error: Error) => error);
  try {
    for (let part = await next(); part; part = await next()) {
      if (part instanceof Error) return part;
      if (!part.value) return undefined;
      await store.append(part.value);
      onProgress?.(store.held, store.facts?.total);
      if (signal?.aborted) return undefined;
    }
    return undefined;
  } finally {
    await reader?.cancel().catch(() => {});
    await store.flush();
  }
}

/** The browser's own cache is passed by: the file is kept here, once. */
async function request(address: string, signal: AbortSignal | undefined, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(address, { ...init, signal, cache: 'no-store' });
  } catch (error) {
    signal?.throwIfAborted();
    throw new UserError(
      `${address} cannot be reached (${(error as Error).message}); check the address and the network.`,
    );
  }
}
