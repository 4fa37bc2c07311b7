import type { Command } from 'commander';
import { addRunOptions, type RunOptions } from '../run_options.ts';

export interface TrainCommandOptions extends RunOptions {
  quiet: boolean;
  json: boolean;
}

export function register(program: Command): void {
  addRunOptions(program.command('train'))
    .description(
      'Train, validate and test a model on a data set: --model=wav2lip --dataset=synthetic; --resume goes on.',
    )
    .option('--quiet', 'print errors only', false)
    .option('--json', 'print the result as one line of JSON at the end', false)
    .action(async (tokens: string[], options: TrainCommandOptions) => {
      const { runTrain } = await import('../run_train.ts');
      await runTrain(options, tokens);
    });
}
