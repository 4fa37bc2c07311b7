import { toFloat32 } from '../checkpoint/dtypes.ts';
import { openSafetensors, type SafetensorsSource, writeSafetensors } from '../checkpoint/safetensors.ts';
import type { StateDictSource } from '../checkpoint/state_dict.ts';
import { type FileStore, readText, writeFile } from '../data/file_store.ts';
import { UserError } from '../utils/errors.ts';
import type { TrainingState } from './training_state.ts';

/** What a checkpoint consists of. */
export interface CheckpointContents {
  /** By name: `model`, the weights to use; `optimizer`; and further networks that training needs. */
  readonly stateDicts: Readonly<Record<string, StateDictSource>>;
  readonly state: TrainingState;
  /** The settings of the run, as YAML. */
  readonly config: string;
}

/**
 * Saves a checkpoint as a folder of `.safetensors` files, `state.json` and `config.yaml`. However the process ends,
 * the folder holds either what it held before or all of the new.
 *
 * @throws {UserError} when a weight is not a number: what was saved before is kept.
 */
export async function saveCheckpoint(files: FileStore, folder: string, contents: CheckpointContents): Promise<void> {
  const { stateDicts, state, config } = contents;
  const partial = `${folder}.partial`;
  await files.remove(partial);
  for (const [name, source] of Object.entries(stateDicts)) {
    const file = await files.create(`${partial}/${name}.safetensors`);
    try {
      await writeSafetensors(finite(source, folder), file, { format: 'pt' });
      await file.finish();
    } finally {
      await file.abort();
    }
  }
  await writeFile(files, `${partial}/config.yaml`, config);
  await writeFile(files, `${partial}/state.json`, `${JSON.stringify(state, undefined, 2)}\n`);
  // Under this name it is complete, and counts instead of the one before.
  await settle(files, folder);
  await files.rename(partial, `${folder}.new`);
  await settle(files, folder);
}

/** Whether there is a checkpoint. */
export async function hasCheckpoint(files: FileStore, folder: string): Promise<boolean> {
  await settle(files, folder);
  return (await readText(files, `${folder}/state.json`)) !== undefined;
}

/** An open checkpoint. */
export interface OpenCheckpoint {
  readonly state: TrainingState;
  /** Reads `name.safetensors`; throws a `UserError` when it is not there. */
  with<T>(name: string, use: (stateDict: SafetensorsSource) => Promise<T>): Promise<T>;
}

/** Opens what {@link saveCheckpoint} saved. */
export async function openCheckpointFolder(files: FileStore, folder: string): Promise<OpenCheckpoint> {
  await settle(files, folder);
  const text = await readText(files, `${folder}/state.json`);
  if (text === undefined) throw new UserError(`${folder} is not a checkpoint: it has no state.json.`);
  return {
    state: parseState(text, `${folder}/state.json`),
    async with(name, use) {
      const file = await files.open(`${folder}/${name}.safetensors`);
      try {
        return await use(await openSafetensors(file));
      } finally {
        await file.close?.();
      }
    },
  };
}

/** Puts a complete newer checkpoint in its place; an interrupted run can have left one beside it. */
async function settle(files: FileStore, folder: string): Promise<void> {
  if ((await files.list(`${folder}.new`)).length === 0) return;
  await files.remove(folder);
  await files.rename(`${folder}.new`, folder);
}

function parseState(text: string, path: string): TrainingState {
  try {
    const state = JSON.parse(text) as TrainingState;
    if (state.version === 1) return state;
  } catch {}
  throw new UserError(`${path} was not written by this version of the toolkit; start a new run without --resume.`);
}

/** The same state dict; reading a weight that is not a number ends in an error. */
function finite(source: StateDictSource, folder: string): StateDictSource {
  return {
    entries: source.entries,
    async read(name) {
      const tensor = await source.read(name);
      if (tensor.dtype === 'F32' && !toFloat32(tensor).every(Number.isFinite)) {
        throw new UserError(
          `The weights ${name} are no longer numbers, so ${folder} keeps its last good checkpoint; try a lower learning_rate or set clip_grad_norm to 1.`,
        );
      }
      return tensor;
    },
  };
}
