import { UserError } from '../utils/errors.ts';
import type { ByteSource } from './byte_source.ts';
import { Checkpoint, type CheckpointTensor } from './checkpoint.ts';
import { findTensors } from './find_tensors.ts';
import { openSafetensors } from './safetensors.ts';
import { LEGACY_MAGIC, openTorchLegacy } from './torch_legacy.ts';
import { readTensor } from './torch_tensor.ts';
import { openTorchZip, type TorchFile } from './torch_zip.ts';

const HEAD_BYTES = 512;

/**
 * Opens a checkpoint, telling its format by its content: `.safetensors`, PyTorch's `.pth` (ZIP and legacy; also under
 * names like `.pt`, `.ckpt`, `.model` or `.pth.tar`), or TorchScript. Nothing in it is executed. Tensors are read when
 * they are asked for, so that the file is never in memory as a whole.
 *
 * @param source stays open as long as the checkpoint is used; closing it is the caller's.
 * @throws {UserError} when the file is of another kind (the sentence says which), cut short, damaged or hostile.
 */
export async function openCheckpoint(source: ByteSource): Promise<Checkpoint> {
  if (source.size === 0) throw new UserError(`${source.name} is empty (0 bytes); copy or download it again.`);
  const head = await source.read(0, Math.min(HEAD_BYTES, source.size));
  if (startsWith(head, [0x50, 0x4b, 3, 4])) return fromTorch(source, await openTorchZip(source));
  if (startsWith(head, LEGACY_MAGIC)) return fromTorch(source, await openTorchLegacy(source));
  // A .safetensors file begins with the length of its header (8 bytes), then its "{".
  if (head[8] === 0x7b && head[5] === 0 && head[6] === 0 && head[7] === 0) return fromSafetensors(source);
  throw new UserError(`${source.name} is ${describe(head)}, not a checkpoint (.safetensors, .pth, .pt, .ckpt).`);
}

function fromTorch(source: ByteSource, file: TorchFile): Checkpoint {
  const { tensors, metadata } = findTensors(file.value, source.name);
  const found = tensors.map(
    ({ path, tensor, group }): CheckpointTensor => ({
      path,
      group,
      info: { dtype: tensor.dtype, shape: tensor.shape },
      read: () => readTensor(tensor, file.storages),
    }),
  );
  return new Checkpoint(source.name, file.format, found, metadata, [...file.warnings]);
}

async function fromSafetensors(source: ByteSource): Promise<Checkpoint> {
  const file = await openSafetensors(source);
  const group = { path: '', kind: 'weights' } as const;
  const tensors = Array.from(
    file.entries,
    ([path, { dtype, shape }]): CheckpointTensor => ({ path, group, info: { dtype, shape }, read: () => file.read(path) }),
  );
  return new Checkpoint(source.name, 'safetensors', tensors, file.metadata, []);
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}

/** What a file that is no checkpoint is, by its first bytes. */
function describe(head: Uint8Array): string {
  const text = new TextDecoder('latin1').decode(head);
  if (text.startsWith('version https://git-lfs')) {
    return 'a Git LFS pointer, the note that stands for a file that was not downloaded (run "git lfs pull")';
  }
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) {
    return 'a web page (the download gave a page instead of the file)';
  }
  if (text.slice(257, 262) === 'ustar') return 'a tar archive (unpack it first)';
  if (text.startsWith('\x1f\x8b')) return 'a gzip file (unpack it first)';
  if (text.startsWith('7z\xbc\xaf')) return 'a 7-Zip archive (unpack it first)';
  if (text.startsWith('Rar!')) return 'a RAR archive (unpack it first)';
  if (text.startsWith('\x89HDF')) return 'an HDF5 file (Keras or MATLAB)';
  if (text.startsWith('\x93NUMPY')) return 'a NumPy array';
  if (text.startsWith('GGUF')) return 'a GGUF file';
  if (/^\x08[\x01-\x0f]/.test(text)) return 'an ONNX model by the look of it';
  if (/^\x80[\x02-\x05]/.test(text)) return 'a plain Python pickle, which torch.save did not write';
  if (/^\s*[{[]/.test(text)) return 'a JSON text';
  if (!/[^\t\n\r\x20-\x7e]/.test(text)) return 'a text';
  return 'a file of an unknown kind (it may be damaged)';
}
