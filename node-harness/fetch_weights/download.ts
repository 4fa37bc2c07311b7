import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../../lib/utils/errors.ts';
import { makeDirectory, writeError } from '../platform/media_files.ts';

/** A file to download and how it is watched. */
export interface DownloadOptions {
  readonly address: string;
  readonly path: string;
  /** What the finished file must have; 64 hexadecimal digits. */
  readonly sha256: string;
  /** Called with the bytes that are there and, where the server says it, how many there will be. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
  /** ms without a byte after which the server counts as gone; 60 s by default. */
  readonly patience?: number;
}

/**
 * Downloads a file. It is written under `<path>.partial`, where an interrupted download goes on if the server can,
 * checked, and only then given its name.
 *
 * @throws {UserError} when the address cannot be had, the connection breaks (what came is kept), the disk cannot take
 *   it, or the bytes have another checksum (then nothing is kept)
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { address, path, sha256 } = options;
  const partial = `${path}.partial`;
  await makeDirectory(dirname(path));
  await receive(partial, options);
  const found = await sha256Of(partial);
  if (found !== sha256) {
    await rm(partial, { force: true });
    throw new UserError(
      `What came from ${address} has the SHA-256 ${found} instead of ${sha256}, so it was deleted; try again, and if that does not help, the file has changed.`,
    );
  }
  await rename(partial, path);
}

/** The SHA-256 of a file in hexadecimal digits. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

async function receive(partial: string, options: DownloadOptions): Promise<void> {
  const { address, onProgress, signal, patience = 60_000 } = options;
  const there = (await stat(partial).catch(() => undefined))?.size ?? 0;
  const gone = new AbortController();
  let timer = setTimeout(() => gone.abort(), patience);
  const signals = signal ? [signal, gone.signal] : [gone.signal];
  let done = 0;
  let total: number | undefined;
  try {
    const headers: HeadersInit = there > 0 ? { range: `bytes=${there}-` } : {};
    const response = await fetch(address, { headers, signal: AbortSignal.any(signals) });
    if (response.status === 416) {
      // Nothing is missing, or what is there is of another file: the checksum tells.
      await response.body?.cancel();
      if (totalOf(response) === there) return;
      await rm(partial);
      return await receive(partial, options);
    }
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new UserError(`${address} cannot be had: the server answers ${response.status} ${response.statusText}.`);
    }
    const continues = response.status === 206 && startOf(response) === there;
    done = continues ? there : 0;
    total = totalOf(response);
    onProgress?.(done, total);
    const file = await open(partial, continues ? 'a' : 'w').catch((error) => {
      throw writeError(partial, error);
    });
    try {
      for await (const chunk of response.body) {
        clearTimeout(timer);
        timer = setTimeout(() => gone.abort(), patience);
        await file.writeFile(chunk).catch((error) => {
          throw writeError(partial, error);
        });
        done += chunk.length;
        onProgress?.(done, total);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof UserError || isOfDisk(error)) throw error;
    const reason = gone.signal.aborted ? `nothing came for ${patience / 1000} s` : causeOf(error);
    const kept =
      done > 0 ? ` after ${done}${total ? ` of ${total}` : ''} bytes; the same command goes on from there` : '';
    throw new UserError(`The connection to ${address} failed (${reason})${kept}.`);
  } finally {
    clearTimeout(timer);
  }
  if (total !== undefined && done < total) {
    throw new UserError(
      `The connection to ${address} ended after ${done} of ${total} bytes; the same command goes on from there.`,
    );
  }
}

/** First byte of a part, from `Content-Range: bytes 5-9/10`. */
const startOf = ({ headers }: Response): number =>
  Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1] ?? Number.NaN);

/** Bytes of the whole file, where the server says it. */
function totalOf({ headers, status }: Response): number | undefined {
  const ofRange = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
  const length = ofRange ?? (status === 200 && !headers.get('content-encoding') ? headers.get('content-length') : null);
  return length === null ? undefined : Number(length);
}

const isOfDisk = (error: unknown): boolean => typeof (error as NodeJS.ErrnoException).path === 'string';

/** The innermost reason: `fetch failed` alone helps nobody. */
function causeOf(error: unknown): string {
  const { cause, code, message } = error as Error & { code?: string };
  return cause instanceof Error ? causeOf(cause) : (code ?? message);
}
