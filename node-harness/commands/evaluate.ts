import type { Command } from 'commander';
import { addRunOptions, type RunOptions } from '../run_options.ts';

export interface EvaluateCommandOptions extends RunOptions {
  generated?: string;
  real?: string;
  out?: string;
  quiet: boolean;
  json: boolean;
}

export function register(program: Command): void {
  addRunOptions(program.command('evaluate'))
    .description(
      'Score clips: --generated DIR --real DIR --metrics=ssim,psnr (see list metrics); or the weights of a model on the test part of a data set: --model=wav2lip --dataset=synthetic --checkpoint=saved/...',
    )
    .option('--generated <path>', 'a clip, or a folder of clips')
    .option('--real <path>', 'the real clip, or a folder with real clips of the same names')
    .option('--out <file>', 'JSON file to write the numbers to as well')
    .option('--quiet', 'print errors only', false)
    .option('--json', 'print the result as one line of JSON at the end', false)
    .action(async (tokens: string[], options: EvaluateCommandOptions, command: Command) => {
      if (!options.generated && !options.model) {
        command.error('error: name clips with --generated, or a --model and a --dataset.');
      }
      const { runEvaluate } = await import('../run_evaluate.ts');
      await runEvaluate(options, tokens);
    });
}
