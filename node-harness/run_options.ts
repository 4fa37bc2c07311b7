import type { Command } from 'commander';
import type { Task } from '../lib/config/configurator.ts';

/** The options that settings come from. */
export interface SettingsOptions {
  configFiles?: string;
}

/** The options that name a run. */
export interface RunOptions extends SettingsOptions {
  model?: string;
  dataset?: string;
  /** What else than training on a data set. */
  task?: Task;
}

/** Lets a command take `--config-files` and any setting as `--key=value`. */
export function addSettings(command: Command): Command {
  return command
    .option('--config-files <files>', 'YAML files with settings, separated by commas; the last one wins')
    .argument('[settings...]', 'any setting as --key=value; the config command prints them all')
    .allowUnknownOption();
}

/** Lets a command take `--model`, `--dataset` and settings. */
export function addRunOptions(command: Command): Command {
  return addSettings(
    command
      .option('-m, --model <name>', 'the model, see list models')
      .option('-d, --dataset <name>', 'the data set, see list datasets'),
  );
}
