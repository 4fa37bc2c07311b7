import { UserError } from '../utils/errors.ts';
import { folder } from './dataprocess/folder.ts';
import { grid } from './dataprocess/grid.ts';
import { lrs2 } from './dataprocess/lrs2.ts';
import { decisiveSettings } from './dataprocess/preprocess_clip.ts';
import type { DataSettings, RawDataset } from './dataprocess/raw_dataset.ts';
import { synthetic } from './dataprocess/synthetic.ts';
import type { Part } from './dataset/dataset.ts';
import { findClips, openClips, type StoredClip } from './dataset/stored_clip.ts';
import type { FileStore } from './file_store.ts';

/** Every data set by the name of its file in `properties/dataset`. */
export const datasets = { lrs2, grid, folder, synthetic } as const satisfies Record<string, RawDataset>;

export type DatasetName = keyof typeof datasets;

/** Throws a `UserError` for a name that is none of a data set. */
export function datasetNamed(name: string | undefined): RawDataset {
  if (name !== undefined && Object.hasOwn(datasets, name)) return datasets[name as DatasetName];
  const there = Object.keys(datasets).join(', ');
  throw new UserError(name ? `There is no data set ${name}; there are ${there}.` : `Name a --dataset: ${there}.`);
}

/**
 * Opens the preprocessed clips of each part; those that could not be preprocessed are left out. Without the raw data
 * it takes the clips that are there. Throws a `UserError` when there is none, or when clips were preprocessed with other
 * settings than these and the settings say not to do it anew.
 */
export async function openSplit(
  dataset: RawDataset,
  settings: DataSettings,
  files: FileStore,
): Promise<Record<Part, StoredClip[]>> {
  const root = settings.get('preprocessed_root');
  const there = await findClips(files, root);
  const wanted = await dataset.clips(settings, files).catch((error) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  const names = wanted && new Set(wanted.map(({ id }) => id));
  const split = await dataset.split(names ? there.filter((id) => names.has(id)) : there, settings, files);
  const decided = decisiveSettings(dataset, settings);
  const open = async (ids: readonly string[]) => {
    const clips = await openClips(files, root, ids);
    const current = clips.filter(({ info }) => info.settings === decided);
    const stale = clips.find(({ info }) => info.settings !== decided);
    if (stale && (current.length === 0 || !settings.get('need_preprocess'))) {
      throw new UserError(
        `${stale.folder} was preprocessed with ${stale.info.settings} and this run has ${decided}; run the preprocess command with this run's settings, or give the old ones.`,
      );
    }
    return current;
  };
  return { train: await open(split.train), val: await open(split.val), test: await open(split.test) };
}
