import type { RawDataset } from './raw_dataset.ts';
import { splitByHash } from './split.ts';
import { openVideoClip, requireVideos } from './video_files.ts';

/**
 * GRID (Cooke et al., "An audio-visual corpus for speech perception and automatic speech recognition", 2006): sentences
 * of 3 s, `<speaker>/<sentence>.mpg` with whatever folders between. A speaker belongs to one part only; where there
 * are no folders of speakers, the sentences are split.
 */
export const grid: RawDataset = {
  clips: (settings, files) => requireVideos(files, settings.get('data_root'), /\.(mpg|mpeg|mp4|avi)$/i),
  split: async (ids, settings) => splitByHash(ids, settings, (id) => id.split('/')[0]),
  open: (clip, _, platform) => openVideoClip(clip, platform),
};
