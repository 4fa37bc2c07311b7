/** Random access to the bytes of a file, a Blob or a URL: what checkpoint and media readers read from. */
export interface ByteSource {
  /** What to call it in error messages: a path or an address. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Bytes `[offset, offset + length)`. Throws a `UserError` when they are not there. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close?(): Promise<void>;
}
