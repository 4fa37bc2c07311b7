import type { FileStore } from '../../../data/file_store.ts';
import { UserError } from '../../../utils/errors.ts';
import { withWeights } from '../../weights_file.ts';
import { SyncNetColor } from './syncnet_color.ts';
import { widthOf } from './width.ts';

/** What takes the frames, with three channels each. */
const firstLayer = 'face_encoder.0.conv_block.0.weight';

/**
 * Loads a trained expert, of whatever width. Throws a `UserError` when there is none, or one for another number of
 * frames.
 */
export async function loadExpert(files: FileStore, path: string, frames: number): Promise<SyncNetColor> {
  const isThere = (await files.list(path)).length > 0 || (await hasFile(files, path));
  if (!isThere) {
    throw new UserError(
      `The sync loss needs a trained expert and there is none at ${path}; train one with --model=syncnet and give its folder as --syncnet_checkpoint_path, or give null to train without.`,
    );
  }
  return withWeights(files, path, async (weights) => {
    const judged = (weights.entries.get(firstLayer)?.shape[1] ?? 0) / 3;
    if (judged !== frames && judged > 0) {
      throw new UserError(
        `The expert at ${path} judges ${judged} frames at once and this run has ${frames}; give --syncnet_T=${judged}, or train an expert for ${frames}.`,
      );
    }
    const expert = new SyncNetColor({ width: widthOf('expert', weights), frames });
    await expert.loadStateDict(weights);
    return expert;
  });
}

async function hasFile(files: FileStore, path: string): Promise<boolean> {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
  const name = path.slice(path.lastIndexOf('/') + 1);
  return (await files.list(folder)).some((entry) => entry.name === name);
}
