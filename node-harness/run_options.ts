import type { Command } from 'commander';

/** The options that name a run. */
export interface RunOptions {
  model?: string;
  dataset?: string;
  configFiles?: string;
}

/** Lets a command take `--model`, `--dataset`, `--config-files` and any setting as `--key=value`. */
export function addRunOptions(command: Command): Command {
  return command
    .option('-m, --model <name>', 'the model, see `list models`')
    .option('-d, --dataset <name>', 'the data set, see `list datasets`')
    .option('--config-files <files>', 'YAML files with settings, separated by commas; the last one wins')
    .argument('[settings...]', 'any setting as --key=value; `config` prints them all')
    .allowUnknownOption();
}
