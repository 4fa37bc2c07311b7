import { UserError } from '../utils/errors.ts';
import type { ByteSource } from './byte_source.ts';
import { bytesSource, checkRange } from './bytes_source.ts';

/** Small reads come in blocks of this size, so that headers next to each other take one request. */
const BLOCK_BYTES = 64 * 1024;

/** Told how much of a download has arrived: both in bytes. */
export type DownloadProgress = (loaded: number, total: number | undefined) => void;

/**
 * A file at an address. Where the server answers Range requests, only the parts that are read are fetched; elsewhere
 * the whole file is downloaded at once, telling `onProgress`.
 *
 * @throws {UserError} when the address cannot be reached or the server refuses it.
 */
export async function urlSource(url: string | URL, onProgress?: DownloadProgress): Promise<ByteSource> {
  const address = String(url);
  const response = await request(address, 0, BLOCK_BYTES);
  const size = response.status === 206 ? totalSize(response) : undefined;
  if (size === undefined) return bytesSource(await download(address, response, onProgress), address);

  let block = { start: 0, bytes: await body(address, response) };
  return {
    name: address,
    size,
    async read(offset, length) {
      checkRange(address, size, offset, length);
      if (length === 0) return new Uint8Array(0);
      const isHeld = () => offset >= block.start && offset + length <= block.start + block.bytes.byteLength;
      if (!isHeld()) {
        const wanted = Math.min(Math.max(length, BLOCK_BYTES), size - offset);
        const bytes = await body(address, await request(address, offset, wanted));
        if (bytes.byteLength !== wanted) {
          throw new UserError(`${address} gave ${bytes.byteLength} bytes where ${wanted} were asked for; try again.`);
        }
        // A large read is the caller's alone: keeping it would hold a tensor longer than needed.
        if (length >= BLOCK_BYTES) return bytes;
        block = { start: offset, bytes };
        return bytes.slice(0, length);
      }
      return block.bytes.slice(offset - block.start, offset - block.start + length);
    },
  };
}

async function request(address: string, offset: number, length: number): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { headers: { Range: `bytes=${offset}-${offset + length - 1}` } });
  } catch (error) {
    throw new UserError(`${address} cannot be reached (${(error as Error).message}); check the address and the network.`);
  }
  if (!response.ok) throw new UserError(`${address} cannot be read: the server says ${response.status} ${response.statusText}.`);
  if (offset > 0 && response.status !== 206) throw new UserError(`${address} stopped answering Range requests; try again.`);
  return response;
}

/** The size in `Content-Range: bytes 0-65535/435807851`; undefined where a page may not see the header. */
function totalSize(response: Response): number | undefined {
  const size = /\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1];
  return size === undefined ? undefined : Number(size);
}

async function download(address: string, partial: Response, onProgress?: DownloadProgress): Promise<Uint8Array> {
  // A part whose place in the whole is unknown is of no use: ask again, for all of it.
  const response = partial.status === 206 ? await fetch(address).catch(() => partial) : partial;
  if (response === partial && partial.status === 206) throw new UserError(`${address} cannot be downloaded; try again.`);
  const length = response.headers.get('Content-Length');
  const total = length === null || response.headers.get('Content-Encoding') ? undefined : Number(length);
  const parts: Uint8Array[] = [];
  let loaded = 0;
  try {
    for (const reader = (response.body as ReadableStream<Uint8Array>).getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      loaded += value.byteLength;
      onProgress?.(loaded, total);
    }
  } catch (error) {
    throw broken(address, error);
  }
  const blob = new Blob(parts as BlobPart[]);
  return new Uint8Array(await blob.arrayBuffer());
}

async function body(address: string, response: Response): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw broken(address, error);
  }
}

function broken(address: string, error: unknown): UserError {
  return new UserError(`The download of ${address} broke off (${(error as Error).message}); try again.`);
}
