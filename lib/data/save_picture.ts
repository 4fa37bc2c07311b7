import type { Frame } from '../media/frame.ts';
import type { MediaPlatform } from '../media/media_platform.ts';
import type { FileStore } from './file_store.ts';

/** Creates or replaces a PNG, `path` ending in `.png`, on a platform that can write such. */
export async function savePicture(
  path: string,
  picture: Frame,
  { files, media }: { readonly files: FileStore; readonly media: MediaPlatform },
): Promise<void> {
  const { width, height } = picture;
  const name = path.replace(/\.png$/, '');
  const writer = await media.createVideo(`${name}-%d.png`, { width, height, frameRate: 1, frameCount: 1 });
  try {
    await writer.write(picture);
    await writer.finish();
  } finally {
    await writer.abort();
  }
  await files.remove(path);
  await files.rename(`${name}-0.png`, path);
}
