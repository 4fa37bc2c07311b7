import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../lib/utils/errors.ts';
import { nearest } from '../../lib/utils/nearest.ts';
import { catalogue, type WeightsEntry } from './catalogue.ts';
import { download, sha256Of } from './download.ts';

export interface FetchControl {
  /** The folder of weights. */
  readonly folder: string;
  /** Whether the user agrees to the licence, asked only when something is to be downloaded. */
  accept(entry: WeightsEntry): Promise<boolean>;
  say(line: string): void;
  readonly onProgress?: (done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
}

/** Throws a `UserError` for a name that is not in the catalogue. */
export function weightsNamed(name: string): WeightsEntry {
  const plain = (text: string) => text.toLowerCase().replaceAll('-', '_');
  const found = Object.entries(catalogue).find(([known]) => plain(known) === plain(name));
  if (found) return found[1];
  const known = Object.keys(catalogue);
  const meant = nearest(name, known);
  throw new UserError(
    `There are no weights ${name}; ${meant ? `did you mean ${meant}? There are` : 'there are'} ${known.join(', ')}.`,
  );
}

/**
 * Brings the files of weights into the folder; those that are there are checked and left. Returns their paths.
 *
 * @throws {UserError} when the licence is not accepted, a file can be fetched by hand only, is there with other bytes, or
 *   cannot be downloaded
 */
export async function fetchWeights(entry: WeightsEntry, control: FetchControl): Promise<string[]> {
  const { folder, say, onProgress, signal } = control;
  let accepted = false;
  for (const { path, address, sha256 } of entry.files) {
    const target = join(folder, path);
    if (await stat(target).catch(() => undefined)) {
      const found = sha256 && (await sha256Of(target));
      if (found !== sha256) {
        throw new UserError(
          `${target} is there, but its SHA-256 is ${found} instead of ${sha256}; delete it or move it away.`,
        );
      }
      say(`${target} is there${sha256 ? ' and complete' : '; its authors publish no checksum'}.`);
      continue;
    }
    if (!sha256) {
      throw new UserError(
        `${path} is published where only a browser can fetch it: download it from ${address} and put it at ${target}. ${entry.licence}`,
      );
    }
    accepted ||= await control.accept(entry);
    if (!accepted) {
      throw new UserError(`The licence was not accepted, so nothing was downloaded; --accept-licence accepts it.`);
    }
    await download({ address, path: target, sha256, onProgress, signal });
    say(`${target} is there; its SHA-256 is right.`);
  }
  return entry.files.map(({ path }) => join(folder, path));
}
