import { randomBytes } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Frame } from '../../lib/media/frame.ts';
import { UserError } from '../../lib/utils/errors.ts';

/** Throws a `UserError` unless `path` is a file with something in it. */
export async function requireFile(path: string): Promise<void> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      throw new UserError(`There is no file ${path}; check the name.`);
    }
    throw new UserError(`${path} cannot be read (${error.message}).`);
  });
  if (info.isDirectory()) throw new UserError(`${path} is a directory; name a file in it.`);
  if (info.isFile() && info.size === 0) throw new UserError(`${path} is empty (0 bytes); use another file.`);
}

/** Makes the directory of an output and returns the temporary name that it is written under. */
export async function preparePartial(output: string): Promise<string> {
  const info = await stat(output).catch(() => undefined);
  if (info?.isDirectory()) throw new UserError(`${output} is a directory; name the file to write in it.`);
  await makeDirectory(dirname(resolve(output)));
  return `${output}.partial-${randomBytes(4).toString('hex')}`;
}

/** Throws a `UserError` unless a frame has the size of the video that it is for. */
export function requireSize(frame: Frame, video: { width: number; height: number }, index: number): void {
  if (frame.width === video.width && frame.height === video.height) return;
  const size = `${frame.width}x${frame.height}`;
  throw new UserError(`Frame ${index} is ${size}, but the video being written is ${video.width}x${video.height}.`);
}

/** Makes a directory and those above it. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw writeError(path, error);
  }
}

/** Puts an error that the file system raised on writing `output` into one sentence; other errors pass. */
export function writeError(output: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const reasons: Record<string, string> = {
    ENOSPC: 'the disk is full; free some space or choose another place',
    EDQUOT: 'the disk quota is used up; free some space or choose another place',
    EFBIG: 'the file would be larger than allowed here; choose another place',
    EACCES: 'permission is denied; choose another place',
    EPERM: 'permission is denied; choose another place',
    EROFS: 'the file system is read-only; choose another place',
    ENOENT: 'its directory is gone; choose another place',
    ENOTDIR: 'a part of its path is a file, not a directory; choose another place',
    EEXIST: 'a part of its path is a file, not a directory; choose another place',
  };
  return code !== undefined && code in reasons ? new UserError(`Cannot write ${output}: ${reasons[code]}.`) : error;
}
