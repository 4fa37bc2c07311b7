import type { Command } from 'commander';
import { requireOptions } from '../option_values.ts';
import { addSettings, type SettingsOptions } from '../run_options.ts';

export interface EvaluateCommandOptions extends SettingsOptions {
  generated: string;
  real?: string;
  out?: string;
  quiet: boolean;
  json: boolean;
}

export function register(program: Command): void {
  addSettings(program.command('evaluate'))
    .description('Score generated clips, beside the real ones: --metrics=ssim,psnr (see list metrics).')
    .option('--generated <path>', 'a clip, or a folder of clips (required)')
    .option('--real <path>', 'the real clip, or a folder with real clips of the same names')
    .option('--out <file>', 'JSON file to write the numbers of all clips to')
    .option('--quiet', 'print errors only', false)
    .option('--json', 'print the result as one line of JSON at the end', false)
    .action(async (tokens: string[], options: EvaluateCommandOptions, command: Command) => {
      requireOptions(command, 'generated');
      const { runEvaluate } = await import('../run_evaluate.ts');
      await runEvaluate(options, tokens);
    });
}
