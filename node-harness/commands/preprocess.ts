import type { Command } from 'commander';
import { wholeNumber } from '../option_values.ts';
import { addRunOptions, type RunOptions } from '../run_options.ts';

export interface PreprocessOptions extends RunOptions {
  workers?: number;
  json?: boolean;
}

export function register(program: Command): void {
  addRunOptions(program.command('preprocess'))
    .description('Cut the faces out of the clips of a data set and prepare their sound for training.')
    .option('--workers <n>', 'processes at work; by default one for each core', wholeNumber(1))
    .option('--json', 'print the result as one line of JSON at the end')
    .action(async (tokens: string[], options: PreprocessOptions) => {
      const { runPreprocess } = await import('../run_preprocess.ts');
      await runPreprocess(tokens, options);
    });
}
