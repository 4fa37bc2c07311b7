import { UserError } from '../utils/errors.ts';
import type { ByteSource } from './byte_source.ts';
import { type PickleHooks, type PickleValue, unpickle } from './pickle.ts';
import { PickleEndError } from './pickle_reader.ts';
import { torchHooks } from './torch_globals.ts';
import { MAX_PICKLE_BYTES, type TorchFile } from './torch_zip.ts';

/** The magic number that a legacy file's first pickle holds, as an integer of 10 bytes (opcode LONG1). */
const MAGIC = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/** Whether a file with these first bytes is in PyTorch's legacy format. */
export function isTorchLegacy(head: Uint8Array): boolean {
  // After the pickle's protocol; from protocol 4 on there is a frame's length too.
  const at = head[2] === 0x95 ? 11 : 2;
  return head[0] === 0x80 && MAGIC.every((byte, i) => head[at + i] === byte);
}

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
  let at = 0;
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
  next(hooks);
  const version = next(hooks);
  if (version !== 1001) throw damaged('its protocol version is not 1001, the only one there is');
  next(hooks);
  const value = next(hooks);
  const keys = next(hooks);
  if (!Array.isArray(keys)) throw damaged('it has no list of storages');

  const blocks = new Map<string, { start: number; elements: number }>();
  for (const key of keys) {
    const size = typeof key === 'string' ? sizes.get(key) : undefined;
    if (!size || blocks.has(key)) throw damaged('its list of storages is not that of its tensors');
    blocks.set(key, { start: at, elements: size.elements });
    at += 8 + size.bytes;
  }
  if (blocks.size < sizes.size) throw damaged('its list of storages is not that of its tensors');
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
