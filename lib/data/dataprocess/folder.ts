import type { RawDataset } from './raw_dataset.ts';
import { splitByHash } from './split.ts';
import { openVideoClip, requireVideos } from './video_files.ts';

/** Any folder of videos; the seed draws what each clip is for. */
export const folder: RawDataset = {
  clips: (settings, files) => requireVideos(files, settings.get('data_root')),
  split: async (ids, settings) => splitByHash(ids, settings),
  open: (clip, _, platform) => openVideoClip(clip, platform),
};
