import { UserError } from '../utils/errors.ts';
import type { ByteSource } from './byte_source.ts';
import { type PickleHooks, type PickleValue, unpickle } from './pickle.ts';
import { PickleEndError } from './pickle_reader.ts';
import { torchHooks } from './torch_globals.ts';
import { MAX_PICKLE_BYTES, type TorchFile } from './torch_zip.ts';

/** The first pickle of a legacy file: protocol 2, LONG1 of 10 bytes, the magic number, STOP. */
export const LEGACY_MAGIC = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

const FIRST_READ_BYTES = 2 ** 20;

/**
 * Opens what `torch.save` wrote before PyTorch 1.6: five pickles (magic number, protocol version, system, value, keys
 * of the storages), then each storage as its element count in 8 bytes and its elements, little-endian whatever the machine was.
 */
export async function openTorchLegacy(source: ByteSource): Promise<TorchFile> {
  const warnings = new Set<string>();
  for (let size = FIRST_READ_BYTES; ; size *= 4) {
    const window = await source.read(0, Math.min(size, source.size));
    try {
      return parse(source, window, warnings);
    } catch (error) {
      // How long the pickles are shows only when they end.
      if (!(error instanceof PickleEndError) || size >= source.size) throw error;
      if (size >= MAX_PICKLE_BYTES) {
        throw new UserError(`${source.name} has a pickle of over ${MAX_PICKLE_BYTES} bytes, the most that is read.`);
      }
    }
  }
}

function parse(source: ByteSource, bytes: Uint8Array, warnings: Set<string>): TorchFile {
  const damaged = (what: string) => new UserError(`${source.name} is damaged: ${what}.`);
  let at = LEGACY_MAGIC.length;
  const next = (hooks: PickleHooks): PickleValue => {
    const { value, end } = unpickle(bytes, source.name, hooks, at);
    at = end;
    return value;
  };
  const sizes = new Map<string, { bytes: number; elements: number }>();
  const hooks = torchHooks(
    source.name,
    (key, bytes, elements) => {
      const known = sizes.get(key);
      if (known && known.bytes !== bytes) throw damaged(`storage "${key}" has two sizes`);
      sizes.set(key, { bytes, elements });
    },
    warnings,
  );
  const version = next(hooks);
  if (version !== 1001) throw damaged(`it has protocol version ${String(version)}, where 1001 is the only one`);
  next(hooks);
  const value = next(hooks);
  const keys = next(hooks);
  if (!Array.isArray(keys)) throw damaged('it has no list of storages');

  const blocks = new Map<string, { start: number; elements: number }>();
  for (const key of keys.map(String)) {
    const size = sizes.get(key);
    if (!size || blocks.has(key)) throw damaged(`storage "${key}" is listed, but no tensor uses it`);
    blocks.set(key, { start: at, elements: size.elements });
    at += 8 + size.bytes;
  }
  if (blocks.size < sizes.size) throw damaged('a storage that a tensor uses is not listed');
  if (at > source.size) {
    throw new UserError(
      `${source.name} is cut short: its tensors end at byte ${at}, but it has ${source.size}; copy or download it again.`,
    );
  }

  async function read(key: string, offset: number, length: number): Promise<Uint8Array> {
    const block = blocks.get(key);
    if (!block) throw damaged(`it has no storage "${key}"`);
    const header = await source.read(block.start, 8);
    const elements = new DataView(header.buffer, header.byteOffset, 8).getBigInt64(0, true);
    if (elements !== BigInt(block.elements)) {
      throw damaged(`storage "${key}" has ${elements} elements where ${block.elements} should be`);
    }
    return source.read(block.start + 8 + offset, length);
  }
  return { format: 'pytorch-legacy', value, storages: { bigEndian: false, read }, warnings };
}
