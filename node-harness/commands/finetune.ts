import type { Command } from 'commander';
import { fraction, requireOptions } from '../option_values.ts';
import { addSettings, type SettingsOptions } from '../run_options.ts';

export interface FinetuneCommandOptions extends SettingsOptions {
  model: string;
  video: string;
  weights?: string;
  out?: string;
  holdout?: number;
  restart: boolean;
  quiet: boolean;
  json: boolean;
}

export function register(program: Command): void {
  addSettings(program.command('finetune'))
    .description(
      'Train a model further on one person from a clip of 10 to 60 s; the same command goes on after a stop.',
    )
    .option('-m, --model <name>', 'the model, of which wav2lip can be fine-tuned', 'wav2lip')
    .option('--video <file>', 'one person who speaks, with sound (required)')
    .option('--weights <file>', "the generator's .pth or .safetensors, or a run's folder; by default the bundled one")
    .option('--out <folder>', "the run's folder (default: finetune-<name of the video> in checkpoint_dir)")
    .option('--holdout <part>', 'keep the last part of the clip, e.g. 0.25, from training, and test on it', fraction)
    .option('--restart', 'begin anew instead of going on from what is in the folder', false)
    .option('--quiet', 'print errors only', false)
    .option('--json', 'print the result as one line of JSON at the end', false)
    .action(async (tokens: string[], options: FinetuneCommandOptions, command: Command) => {
      requireOptions(command, 'video');
      const { runFinetune } = await import('../run_finetune.ts');
      await runFinetune(options, tokens);
    });
}
