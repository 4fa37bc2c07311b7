import type { VideoFrame } from '../../media/frame.ts';
import type { MediaPlatform } from '../../media/media_platform.ts';
import { UserError } from '../../utils/errors.ts';
import { parts } from '../dataset/dataset.ts';
import { clipFiles } from '../dataset/stored_clip.ts';
import { type FileStore, readText } from '../file_store.ts';
import type { DataSettings, OpenedClip, RawClip, RawDataset } from './raw_dataset.ts';
import { openVideoClip } from './video_files.ts';

/**
 * LRS2 (Afouras et al., "Deep audio-visual speech recognition", 2018): `<programme>/<clip>.mp4`, with a list of
 * clips for each part. Clips that the original toolkit or Wav2Lip has preprocessed, folders with `0.jpg`, `1.jpg`, ...
 * and `audio.wav`, are taken as they are where the video is not there.
 */
export const lrs2: RawDataset = {
  async clips(settings, files) {
    const split = await readLists(settings, files);
    const ids = [...new Set(Object.values(split).flat())];
    return Promise.all(ids.map(async (id) => ({ id, source: await sourceOf(id, settings, files) })));
  },

  async split(ids, settings, files) {
    const there = new Set(ids);
    const split = await readLists(settings, files);
    for (const part of parts) split[part] = split[part].filter((id) => there.has(id));
    return split;
  },

  open: (clip, _, platform) =>
    clip.source.endsWith('.mp4') ? openVideoClip(clip, platform) : openPictures(clip, platform),
};

async function readLists(settings: DataSettings, files: FileStore) {
  const read = async (key: 'train_filelist' | 'val_filelist' | 'test_filelist') => {
    const path = settings.get(key);
    const text = await readText(files, path);
    if (text === undefined) {
      throw new UserError(`There is no file list ${path}; it comes with LRS2, or name another one with --${key}.`);
    }
    // Lines of the official lists may end in a mark of their own after the name.
    return text
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[0])
      .filter((id) => id !== '');
  };
  return { train: await read('train_filelist'), val: await read('val_filelist'), test: await read('test_filelist') };
}

async function sourceOf(id: string, settings: DataSettings, files: FileStore): Promise<string> {
  const video = `${settings.get('data_root')}/${id}.mp4`;
  const slash = video.lastIndexOf('/');
  const neighbours = await files.list(video.slice(0, slash));
  if (neighbours.some(({ name }) => name === video.slice(slash + 1))) return video;
  const pictures = `${settings.get('preprocessed_root')}/${id}`;
  const entries = await files.list(pictures);
  return entries.some(({ name }) => name === clipFiles.audio) ? pictures : video;
}

/** A folder of faces that are cropped already, at 25 frames per second. */
async function openPictures(
  { source }: RawClip,
  { media, files }: { media: MediaPlatform; files: FileStore },
): Promise<OpenedClip> {
  const numbers = (await files.list(source))
    .filter(({ name }) => /^\d+\.jpg$/.test(name))
    .map(({ name }) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);
  if (numbers.length === 0) throw new UserError(`There is no picture 0.jpg, 1.jpg, ... in ${source}.`);
  const picture = async (index: number): Promise<VideoFrame> => {
    const reader = await media.openVideo(`${source}/${index}.jpg`);
    try {
      for await (const frame of reader.frames()) return { ...frame, index, timestamp: index / 25 };
      throw new UserError(`${source}/${index}.jpg holds no picture.`);
    } finally {
      await reader.close();
    }
  };
  const { width, height } = await picture(numbers[0]);
  return {
    width,
    height,
    isCropped: true,
    async *frames() {
      for (const index of numbers) yield await picture(index);
    },
    sound: (sampleRate) => media.readSound(`${source}/${clipFiles.audio}`, sampleRate),
    close: async () => {},
  };
}
