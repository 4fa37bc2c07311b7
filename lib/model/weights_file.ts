import { openCheckpoint } from '../checkpoint/open_checkpoint.ts';
import type { StateDictSource } from '../checkpoint/state_dict.ts';
import type { FileStore } from '../data/file_store.ts';
import { UserError } from '../utils/errors.ts';

/**
 * Opens weights while `use` reads them: a file of any kind that is a checkpoint, the folder of a checkpoint, or the
 * folder of a run, whose best checkpoint is meant. Throws a `UserError` when there are none.
 */
export async function withWeights<T>(
  files: FileStore,
  path: string,
  use: (weights: StateDictSource) => Promise<T>,
): Promise<T> {
  const file = await files.open(await weightsPath(files, path));
  try {
    return await use(await openCheckpoint(file)).catch((error) => {
      throw error instanceof UserError ? new UserError(`${path}: ${error.message}`, { cause: error }) : error;
    });
  } finally {
    await file.close?.();
  }
}

async function weightsPath(files: FileStore, path: string): Promise<string> {
  const names = new Set((await files.list(path)).map(({ name }) => name));
  if (names.size === 0) return path;
  if (names.has('model.safetensors')) return `${path}/model.safetensors`;
  if (names.has('best')) return `${path}/best/model.safetensors`;
  throw new UserError(`${path} has no weights in it: neither model.safetensors nor a folder best.`);
}
