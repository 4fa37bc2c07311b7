import { type Command, Option } from 'commander';
import type { FloatDType } from '../../lib/checkpoint/dtypes.ts';
import { requireOptions } from '../option_values.ts';

/** The command's options as commander hands them over. */
export interface ConvertCommandOptions {
  to: string;
  dtype?: Lowercase<FloatDType>;
  select?: string;
  only?: string;
  force: boolean;
}

export function register(program: Command): void {
  program
    .command('convert')
    .description('Write a checkpoint (.pth, .pt, .ckpt, .safetensors) as .safetensors. Nothing in it is executed.')
    .argument('<file>', 'the checkpoint to read')
    .option('--to <file>', 'the .safetensors file to write (required)')
    .addOption(new Option('--dtype <type>', 'store floating-point entries as').choices(['f64', 'f32', 'f16', 'bf16']))
    .option('--select <path>', 'which of its dictionaries to take, such as generator (inspect lists them)')
    .option('--only <prefix>', 'take only the entries whose names begin so')
    .option('--force', 'replace a file that is there already', false)
    .action(async (file: string, options: ConvertCommandOptions, command: Command) => {
      requireOptions(command, 'to');
      const { runConvert } = await import('../run_convert.ts');
      await runConvert(file, options);
    });
}
