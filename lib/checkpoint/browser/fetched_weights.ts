import { sha256 as createSha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { UserError } from '../../utils/errors.ts';
import { blobSource } from '../blob_source.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { type DownloadOptions, download, fileFacts } from '../download.ts';
import { openCheckpoint } from '../open_checkpoint.ts';
import { urlSource } from '../url_source.ts';
import { WeightsCache } from './weights_cache.ts';

/** How weights are fetched. What came before a `signal` is kept: the next try goes on from there. */
export interface FetchWeightsOptions extends Pick<DownloadOptions, 'onSize' | 'onProgress' | 'signal'> {
  /** SHA-256 of the file, in hexadecimal. A kept file with this checksum is used without asking the server. */
  readonly sha256?: string;
}

/** How long a server may take to say whether a kept file is still the same, ms. */
const CHECK_PATIENCE = 5000;

/**
 * Opens weights at an address while `use` reads them. They are downloaded once and kept in the browser's Cache API: a
 * kept file is used again as long as the server, if it can be reached, has no other. An interrupted download goes on
 * where it ended. A file that is no checkpoint, or that `use` refuses with a `UserError`, is not kept; a damaged one is
 * fetched again. Works in pages and workers; two that want the same file at once share one download.
 *
 * @throws {UserError} when the address cannot be read, its content is not what `sha256` says, or it is no checkpoint.
 */
export async function withFetchedWeights<T>(
  url: string | URL,
  options: FetchWeightsOptions,
  use: (weights: Checkpoint) => Promise<T>,
): Promise<T> {
  const { href: address, protocol } = new URL(url, globalThis.location?.href);
  if (!/^https?:$/.test(protocol)) return use(await openCheckpoint(await urlSource(address, options.onProgress)));
  const file = await alone(address, options.signal, () => fetchFile(address, options));
  try {
    return await use(await openCheckpoint(blobSource(file.blob, address)));
  } catch (error) {
    if (error instanceof UserError) await file.delete();
    throw error;
  }
}

async function fetchFile(address: string, options: FetchWeightsOptions): Promise<WeightsCache> {
  const file = await WeightsCache.open(address);
  const wanted = options.sha256?.toLowerCase();
  if (file.complete) {
    if (wanted === undefined ? await isCurrent(address, file, options.signal) : file.sha256 === wanted) return file;
    await file.delete();
  }
  await download(address, file, { ...options, checkedLater: wanted !== undefined });
  if (wanted !== undefined) {
    const found = await sha256(file.blob);
    if (found !== wanted) {
      await file.delete();
      throw new UserError(`${address} has the SHA-256 ${found} instead of ${wanted}; it is damaged or another file.`);
    }
  }
  await file.finish(wanted);
  return file;
}

/** Whether the server still has the kept file. One that does not answer, or says nothing about it, has. */
async function isCurrent(address: string, file: WeightsCache, signal: AbortSignal | undefined): Promise<boolean> {
  const patience = AbortSignal.timeout(CHECK_PATIENCE);
  const both = signal ? AbortSignal.any([signal, patience]) : patience;
  const response = await fetch(address, { method: 'HEAD', cache: 'no-store', signal: both }).catch(() => undefined);
  signal?.throwIfAborted();
  if (!response?.ok) return true;
  const { total, version } = fileFacts(response);
  const differs = <T>(now: T | undefined, then: T | undefined) =>
    now !== undefined && then !== undefined && now !== then;
  return !differs(version, file.facts?.version) && !differs(total, file.facts?.total);
}

async function sha256(blob: Blob): Promise<string> {
  const hash = createSha256.create();
  const reader = blob.stream().getReader();
  for (let part = await reader.read(); part.value; part = await reader.read()) hash.update(part.value);
  return bytesToHex(hash.digest());
}

/** One download of a file at a time, also across tabs. */
function alone<T>(address: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? locks.request(`talkingface-weights ${address}`, { signal }, work) : work();
}
