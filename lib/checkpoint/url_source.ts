import { UserError } from '../utils/errors.ts';
import type { ByteSource } from './byte_source.ts';
import { bytesSource, checkRange, joinBytes } from './bytes_source.ts';
import type { DownloadProgress } from './download.ts';

/** Small reads come in blocks of this size, so that headers next to each other take one request. */
const BLOCK_BYTES = 64 * 1024;

/**
 * A file at an address. Where the server answers Range requests, only the parts that are read are fetched; elsewhere
 * the whole file is downloaded at once, telling `onProgress`.
 *
 * @throws {UserError} when the address cannot be reached or the server refuses it.
 */
export async function urlSource(url: string | URL, onProgress?: DownloadProgress): Promise<ByteSource> {
  const address = String(url);
  const response = await request(address, { Range: `bytes=0-${BLOCK_BYTES - 1}` });
  if (response.status !== 206) return bytesSource(await download(address, response, onProgress), address);
  const size = totalSize(response);
  // A part whose place in the whole is hidden from this page is of no use.
  if (size === undefined) return bytesSource(await download(address, await request(address), onProgress), address);

  let block = { start: 0, bytes: await download(address, response) };
  async function fetchRange(offset: number, length: number): Promise<Uint8Array> {
    const part = await request(address, { Range: `bytes=${offset}-${offset + length - 1}` });
    const bytes = part.status === 206 ? await download(address, part) : undefined;
    if (bytes?.byteLength !== length) throw new UserError(`${address} no longer gives the parts asked for; try again.`);
    return bytes;
  }
  return {
    name: address,
    size,
    async read(offset, length) {
      checkRange(address, size, offset, length);
      const isHeld = offset >= block.start && offset + length <= block.start + block.bytes.byteLength;
      if (!isHeld) {
        // A large read is the caller's alone: keeping it would hold a tensor for longer than needed.
        if (length >= BLOCK_BYTES) return fetchRange(offset, length);
        block = { start: offset, bytes: await fetchRange(offset, Math.min(BLOCK_BYTES, size - offset)) };
      }
      return block.bytes.slice(offset - block.start, offset - block.start + length);
    },
  };
}

async function request(address: string, headers: Record<string, string> = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { headers });
  } catch (error) {
    throw new UserError(
      `${address} cannot be reached (${(error as Error).message}); check the address and the network.`,
    );
  }
  if (!response.ok) throw new UserError(`${address} cannot be read: the server answers ${response.status}.`);
  return response;
}

/** The size in `Content-Range: bytes 0-65535/435807851`; undefined where the server hides the header from a page. */
function totalSize(response: Response): number | undefined {
  const size = /\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1];
  return size === undefined ? undefined : Number(size);
}

async function download(address: string, response: Response, onProgress?: DownloadProgress): Promise<Uint8Array> {
  const length = response.headers.get('Content-Length');
  // The length of an encoded body is not that of its content.
  const total = length === null || response.headers.has('Content-Encoding') ? undefined : Number(length);
  const parts: Uint8Array[] = [];
  let loaded = 0;
  try {
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
      parts.push(part.value);
      loaded += part.value.byteLength;
      onProgress?.(loaded, total);
    }
  } catch (error) {
    throw new UserError(`The download of ${address} broke off (${(error as Error).message}); try again.`);
  }
  return joinBytes(parts);
}
