import type { MediaPlatform } from '../../media/media_platform.ts';
import { UserError } from '../../utils/errors.ts';
import type { FileStore } from '../file_store.ts';
import type { OpenedClip, RawClip } from './raw_dataset.ts';

const videoName = /\.(mp4|m4v|mov|mkv|webm|avi|mpg|mpeg|ts|3gp|flv|wmv|ogv)$/i;

/** The videos in a folder and the folders in it; a clip is named by its path without the ending. */
export async function findVideos(files: FileStore, root: string, only: RegExp = videoName): Promise<RawClip[]> {
  const clips = new Map<string, RawClip>();
  const look = async (folder: string): Promise<void> => {
    for (const { name, isFolder } of await files.list(`${root}${folder}`)) {
      const path = `${folder}/${name}`;
      if (isFolder) await look(path);
      else if (only.test(name)) {
        // Two videos may differ in their endings alone.
        const id = path.slice(1).replace(only, '');
        const clip = { id: clips.has(id) ? path.slice(1).replace('.', '_') : id, source: `${root}${path}` };
        clips.set(clip.id, clip);
      }
    }
  };
  await look('');
  return [...clips.values()];
}

/** As `findVideos`; throws a `UserError` when there is none. */
export async function requireVideos(files: FileStore, root: string, only?: RegExp): Promise<RawClip[]> {
  const clips = await findVideos(files, root, only);
  if (clips.length > 0) return clips;
  throw new UserError(`There is no video in ${root}; put clips there or name their folder with --data_root.`);
}

/** Opens a video file with its sound. */
export async function openVideoClip({ source }: RawClip, { media }: { media: MediaPlatform }): Promise<OpenedClip> {
  const video = await media.openVideo(source);
  return {
    width: video.width,
    height: video.height,
    frames: () => video.frames(),
    sound: (sampleRate) => media.readSound(source, sampleRate),
    close: () => video.close(),
  };
}
