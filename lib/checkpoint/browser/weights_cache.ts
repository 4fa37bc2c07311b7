import type { DownloadStore, FileFacts } from '../download.ts';

/** Each file has a cache of its own, named after its address, so that it goes at once. */
const CACHE_PREFIX = 'talkingface-weights ';
/** What comes is kept in pieces of this size, each under its own checksum. */
const PIECE_BYTES = 4 * 1024 * 1024;
/** Addresses inside a cache; nothing is ever fetched from them. */
const MANIFEST = 'https://weights.invalid/manifest';
const pieceUrl = (index: number) => `https://weights.invalid/${index}`;

/** What is known of a kept file. */
interface Manifest {
  readonly facts: FileFacts;
  readonly pieces: readonly { readonly bytes: number; readonly sha256: string }[];
  /** Whether all of it is there. */
  readonly complete: boolean;
  /** Of the whole file, where that has been checked. */
  readonly sha256?: string;
}

/**
 * A file, or the beginning of one, kept in the browser's Cache API. A piece that is damaged is thrown away with what
 * follows it. Where the browser gives no cache (pages without HTTPS) or no room, the file stays in memory.
 */
export class WeightsCache implements DownloadStore {
  readonly #name: string;
  #cache: Cache | undefined;
  #manifest: Manifest | undefined;
  #pieces: Blob[] = [];
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  private constructor(address: string) {
    this.#name = CACHE_PREFIX + address;
  }

  static async open(address: string): Promise<WeightsCache> {
    const file = new WeightsCache(address);
    await file.#openCache();
    const manifest: Manifest | undefined = await (await file.#cache?.match(MANIFEST))?.json().catch(() => undefined);
    if (manifest) await file.#load(manifest);
    return file;
  }

  get facts(): FileFacts | undefined {
    return this.#manifest?.facts;
  }

  get held(): number {
    return this.#pieces.reduce((sum, { size }) => sum + size, this.#pendingBytes);
  }

  get complete(): boolean {
    return this.#manifest?.complete ?? false;
  }

  /** Of the whole file, where it was given to `finish`. */
  get sha256(): string | undefined {
    return this.#manifest?.sha256;
  }

  /** All that is held; the browser keeps it out of memory where it can. */
  get blob(): Blob {
    return new Blob(this.#pieces);
  }

  async restart(facts: FileFacts): Promise<void> {
    await this.delete();
    await this.#openCache();
    this.#manifest = { facts, pieces: [], complete: false };
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.byteLength;
    if (this.#pendingBytes >= PIECE_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    if (!this.#manifest || this.#pendingBytes === 0) return;
    const piece = new Blob(this.#pending as BlobPart[]);
    [this.#pending, this.#pendingBytes] = [[], 0];
    this.#pieces.push(piece);
    if (!this.#cache) return;
    const { pieces } = this.#manifest;
    const sha256 = await digest(piece);
    if (!(await this.#put(pieceUrl(pieces.length), piece))) return;
    await this.#describe({ ...this.#manifest, pieces: [...pieces, { bytes: piece.size, sha256 }] });
  }

  /** Marks the file as whole, with its checksum where that has been checked. */
  async finish(sha256?: string): Promise<void> {
    if (this.#manifest) await this.#describe({ ...this.#manifest, complete: true, sha256 });
  }

  async delete(): Promise<void> {
    if (this.#cache) await caches.delete(this.#name);
    this.#manifest = undefined;
    this.#pieces = [];
    [this.#pending, this.#pendingBytes] = [[], 0];
  }

  async #openCache(): Promise<void> {
    this.#cache = 'caches' in globalThis ? await caches.open(this.#name).catch(() => undefined) : undefined;
  }

  /** Takes over what an earlier page left, up to the first damage. */
  async #load(manifest: Manifest): Promise<void> {
    for (const [index, { bytes, sha256 }] of manifest.pieces.entries()) {
      const piece = await (await this.#cache?.match(pieceUrl(index)))?.blob().catch(() => undefined);
      if (piece?.size !== bytes || (await digest(piece)) !== sha256) break;
      this.#pieces.push(piece);
    }
    const { length } = this.#pieces;
    const complete = manifest.complete && length === manifest.pieces.length;
    this.#manifest = { ...manifest, pieces: manifest.pieces.slice(0, length), complete };
  }

  async #describe(manifest: Manifest): Promise<void> {
    this.#manifest = manifest;
    await this.#put(MANIFEST, JSON.stringify(manifest));
  }

  /** Returns whether it is kept; without room the file lives on in memory alone. */
  async #put(url: string, content: Blob | string): Promise<boolean> {
    try {
      await this.#cache?.put(url, new Response(content));
      return true;
    } catch {
      await caches.delete(this.#name);
      this.#cache = undefined;
      return false;
    }
  }
}

/** Deletes all downloaded weights that the browser keeps for this page, also those that are not complete. */
export async function forgetWeights(): Promise<void> {
  const names = 'caches' in globalThis ? await caches.keys() : [];
  await Promise.all(names.filter((name) => name.startsWith(CACHE_PREFIX)).map((name) => caches.delete(name)));
}

async function digest(piece: Blob): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', await piece.arrayBuffer());
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
