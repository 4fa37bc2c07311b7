import type { Config } from '../lib/config/configurator.ts';
import { UserError } from '../lib/utils/errors.ts';
import { nodeFiles } from './platform/file_store.ts';

const runPrefix = ({ model, dataset }: Config): string => `${model}-${dataset}-`;

/** A name for the folder of a new run; such names sort by time. @param kind of run, where it is not training */
export function newRunFolder(config: Config, kind = ''): string {
  const when = new Date()
    .toISOString()
    .replace(/[-:.Z]/g, '')
    .replace('T', '-');
  return `${config.get('checkpoint_dir')}/${kind && `${kind}-`}${runPrefix(config)}${when}`;
}

/**
 * The folder of the latest run of this model and data set that has a certain entry. Throws a `UserError` when there is none.
 *
 * @param what the run is for, e.g. `go on with`
 */
export async function latestRun(config: Config, entry: string, what: string): Promise<string> {
  const root = config.get('checkpoint_dir');
  const runs = (await nodeFiles.list(root)).filter(
    ({ name, isFolder }) => isFolder && name.startsWith(runPrefix(config)),
  );
  for (const { name } of runs.reverse()) {
    const entries = await nodeFiles.list(`${root}/${name}`);
    if (entries.some((found) => found.name === entry)) return `${root}/${name}`;
  }
  throw new UserError(`There is no run of ${config.model} on ${config.dataset} in ${root} to ${what}.`);
}
