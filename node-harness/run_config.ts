import { readFile } from 'node:fs/promises';
import { type Config, loadConfig } from '../lib/config/configurator.ts';
import { parseOverrides } from '../lib/config/overrides.ts';
import { UserError } from '../lib/utils/errors.ts';
import { properties } from './platform/properties.ts';
import type { RunOptions } from './run_options.ts';

/** A YAML file with settings, and its text. */
export interface ConfigFile {
  readonly name: string;
  readonly text: string;
}

/**
 * The merged settings of the run that the command line asks for.
 *
 * @param before config files that come before those of the command line
 */
export async function runConfig(
  { model, dataset, task, configFiles = '' }: RunOptions,
  tokens: string[],
  before: readonly ConfigFile[] = [],
): Promise<Config> {
  const given = await Promise.all(
    configFiles
      .split(/[,\s]+/)
      .filter(Boolean)
      .map(readConfigFile),
  );
  const overrides = parseOverrides(tokens);
  return loadConfig({ properties, model, dataset, task, configFiles: [...before, ...given], overrides });
}

/** Throws a `UserError` when it cannot be read. */
export async function readConfigFile(name: string): Promise<ConfigFile> {
  try {
    return { name, text: await readFile(name, 'utf8') };
  } catch (error) {
    throw new UserError(`The config file ${name} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}
