import { UserError } from '../utils/errors.ts';
import type { ByteSource } from './byte_source.ts';
import { type PickleValue, unpickle } from './pickle.ts';
import { torchHooks } from './torch_globals.ts';
import type { StorageReader } from './torch_tensor.ts';
import { readZipDirectory, readZipEntry } from './zip.ts';

/** The largest pickle that is read: it holds names and settings, while the numbers lie beside it. */
export const MAX_PICKLE_BYTES = 128 * 2 ** 20;

/** An unpickled PyTorch file, whose tensors are `TorchTensor`s that `storages` reads. */
export interface TorchFile {
  readonly format: 'pytorch-zip' | 'pytorch-legacy' | 'torchscript';
  readonly value: PickleValue;
  readonly storages: StorageReader;
  readonly warnings: ReadonlySet<string>;
}

/**
 * Opens what `torch.save` writes since PyTorch 1.6, and TorchScript archives: a ZIP with `data.pkl`, and each storage
 * as a file `data/KEY`.
 */
export async function openTorchZip(source: ByteSource): Promise<TorchFile> {
  const files = await readZipDirectory(source);
  const pickle = [...files.values()].find(({ name }) => /^(?:[^/]*\/)?data\.pkl$/.test(name));
  if (!pickle) throw notCheckpoint(source, [...files.keys()]);
  if (pickle.size > MAX_PICKLE_BYTES) {
    throw new UserError(
      `${source.name} has a pickle of ${pickle.size} bytes; the most that is read is ${MAX_PICKLE_BYTES}.`,
    );
  }
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  const order = files.get(`${folder}byteorder`);
  const bigEndian =
    order !== undefined &&
    new TextDecoder().decode(await readZipEntry(source, order, 0, Math.min(3, order.size))) === 'big';

  const findFile = (key: string) => {
    const file = files.get(`${folder}data/${key}`);
    if (!file) throw new UserError(`${source.name} is damaged: it has no storage "${key}".`);
    return file;
  };
  const warnings = new Set<string>();
  const checkStorage = (key: string, bytes: number) => {
    const { size } = findFile(key);
    if (size < bytes) {
      throw new UserError(`${source.name} is damaged: storage "${key}" should have ${bytes} bytes, but has ${size}.`);
    }
  };
  const hooks = torchHooks(source.name, checkStorage, warnings);
  return {
    format: files.has(`${folder}constants.pkl`) ? 'torchscript' : 'pytorch-zip',
    value: unpickle(await readZipEntry(source, pickle), source.name, hooks).value,
    storages: { bigEndian, read: (key, offset, length) => readZipEntry(source, findFile(key), offset, length) },
    warnings,
  };
}

function notCheckpoint(source: ByteSource, names: string[]): UserError {
  const inside = names.find((name) => /\.(pth|pt|ckpt|safetensors|bin|model)$/.test(name));
  return new UserError(
    inside
      ? `${source.name} is a ZIP archive with ${inside} in it; unpack it first.`
      : `${source.name} is a ZIP archive, but not one of PyTorch's: it has no data.pkl.`,
  );
}
