import { UserError } from '../utils/errors.ts';
import type { ByteSource } from './byte_source.ts';
import { Checkpoint, type CheckpointTensor } from './checkpoint.ts';
import { describeFile } from './file_kind.ts';
import { findTensors } from './find_tensors.ts';
import { openSafetensors } from './safetensors.ts';
import { isTorchLegacy, openTorchLegacy } from './torch_legacy.ts';
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
  if (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4)
    return fromTorch(source, await openTorchZip(source));
  if (isTorchLegacy(head)) return fromTorch(source, await openTorchLegacy(source));
  // A .safetensors file begins with the length of its header (8 bytes), then its "{".
  if (head[8] === 0x7b && head[5] === 0 && head[6] === 0 && head[7] === 0) return fromSafetensors(source);
  throw new UserError(`${source.name} is ${describeFile(head)}, not a checkpoint (.safetensors, .pth, .pt, .ckpt).`);
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
    ([path, { dtype, shape }]): CheckpointTensor => ({
      path,
      group,
      info: { dtype, shape },
      read: () => file.read(path),
    }),
  );
  return new Checkpoint(source.name, 'safetensors', tensors, file.metadata, []);
}
