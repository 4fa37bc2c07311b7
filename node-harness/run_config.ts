import { readFile } from 'node:fs/promises';
import { type Config, loadConfig } from '../lib/config/configurator.ts';
import { parseOverrides } from '../lib/config/overrides.ts';
import { UserError } from '../lib/utils/errors.ts';
import { properties } from './platform/properties.ts';
import type { RunOptions } from './run_options.ts';

/**
 * The merged settings of the run that the command line asks for.
 *
 * @param before config files that come before those of the command line
 */
export async function runConfig(
  { model, dataset, configFiles = '' }: RunOptions,
  tokens: string[],
  before: readonly string[] = [],
): Promise<Config> {
  const names = [...before, ...configFiles.split(/[,\s]+/).filter(Boolean)];
  const texts = await Promise.all(names.map(async (name) => ({ name, text: await readConfigFile(name) })));
  return loadConfig({ properties, model, dataset, configFiles: texts, overrides: parseOverrides(tokens) });
}

async function readConfigFile(name: string): Promise<string> {
  try {
    return await readFile(name, 'utf8');
  } catch (error) {
    throw new UserError(`The config file ${name} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}
