import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { ClipPair } from '../lib/evaluate/evaluator.ts';
import { UserError } from '../lib/utils/errors.ts';

const extensions = new Set('.mp4 .m4v .mov .avi .mkv .webm .mpg .mpeg .ts .flv .wmv .png .jpg .jpeg .webp'.split(' '));

/** Clips to score, and what was left out. */
export interface FoundPairs {
  readonly pairs: ClipPair[];
  /** Generated clips without a real one of the same name. */
  readonly unpaired: string[];
}

/**
 * Pairs two clips, or the clips of two folders (and the folders in them) whose names are the same up to the extension.
 * Throws a `UserError` when there is nothing to score.
 */
export async function findPairs(generated: string, real?: string): Promise<FoundPairs> {
  const generatedIsFolder = await isFolder(generated);
  if (real === undefined) {
    const clips = generatedIsFolder ? await clipsIn(generated) : new Map([[basename(generated), generated]]);
    return { pairs: Array.from(clips, ([name, path]) => ({ name, generated: path })), unpaired: [] };
  }
  const realIsFolder = await isFolder(real);
  if (generatedIsFolder !== realIsFolder) {
    const [folder, file] = generatedIsFolder ? [generated, real] : [real, generated];
    throw new UserError(`${folder} is a folder and ${file} a file; give two folders or two files.`);
  }
  if (!generatedIsFolder) return { pairs: [{ name: basename(generated), generated, real }], unpaired: [] };
  const [clips, realClips] = await Promise.all([clipsIn(generated), clipsIn(real)]);
  const unpaired = [...clips.keys()].filter((name) => !realClips.has(name));
  const pairs = Array.from(clips, ([name, path]) => ({ name, generated: path, real: realClips.get(name) }));
  const found = pairs.filter((pair) => pair.real !== undefined);
  if (found.length === 0) {
    const example = (names: Iterable<string>) => [...names].slice(0, 3).join(', ');
    throw new UserError(
      `No clip of ${generated} (${example(clips.keys())}) has the name of a clip of ${real} (${example(realClips.keys())}); give them the same names.`,
    );
  }
  return { pairs: found, unpaired };
}

async function isFolder(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  if (!info) throw new UserError(`There is no file or folder ${path}; check the name.`);
  return info.isDirectory();
}

/** Paths of the clips in a folder by their names without extension. */
async function clipsIn(folder: string): Promise<Map<string, string>> {
  const files = (await readdir(folder, { recursive: true })).sort();
  const clips = new Map<string, string>();
  for (const file of files) {
    const extension = extname(file);
    if (!extensions.has(extension.toLowerCase())) continue;
    const name = file.slice(0, -extension.length);
    const other = clips.get(name);
    if (other)
      throw new UserError(`${folder} has two clips of one name, ${other} and ${join(folder, file)}; move one away.`);
    clips.set(name, join(folder, file));
  }
  if (clips.size === 0) throw new UserError(`${folder} has no clips (${[...extensions].join(' ')}).`);
  return clips;
}
