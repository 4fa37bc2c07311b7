import { dirname } from 'node:path';
import type { Config } from '../lib/config/configurator.ts';
import { nodeFiles } from './platform/file_store.ts';
import { type ConfigFile, runConfig } from './run_config.ts';
import type { RunOptions } from './run_options.ts';

/** The parameters of `runConfig`. */
type Asked = [options: RunOptions, tokens: string[], before?: readonly ConfigFile[]];

/**
 * The settings of a run, without the sync loss where the expert is not there that it needs and that nobody asked for.
 *
 * @param isAsked tells by its origin whether a person chose a setting
 */
export async function withoutMissingExpert(
  [options, tokens, before = []]: Asked,
  isAsked: (origin: string) => boolean,
  say: (line: string) => void,
): Promise<Config> {
  const config = await runConfig(options, tokens, before);
  const expert = config.entries().find(({ key }) => key === 'syncnet_checkpoint_path');
  const path = expert?.value as string | null | undefined;
  if (!expert || !path || isAsked(expert.origin) || (await isThere(path))) return config;
  say(
    `Left out: the sync loss, for there is no expert at ${path}; train one with --model=syncnet and name its folder as --syncnet_checkpoint_path.`,
  );
  const without = { name: 'the lack of an expert', text: 'syncnet_checkpoint_path: null' };
  return runConfig(options, tokens, [...before, without]);
}

async function isThere(path: string): Promise<boolean> {
  if ((await nodeFiles.list(path)).length > 0) return true;
  return (await nodeFiles.list(dirname(path))).some(({ name }) => path.endsWith(name));
}
