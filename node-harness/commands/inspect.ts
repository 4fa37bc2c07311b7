import type { Command } from 'commander';

/** The command's options as commander hands them over. */
export interface InspectCommandOptions {
  select?: string;
  json: boolean;
}

export function register(program: Command): void {
  program
    .command('inspect')
    .description('Say what a checkpoint holds: entries with types and shapes, sizes, and the values beside them.')
    .argument('<file>', 'a checkpoint: .pth, .pt, .ckpt, .safetensors')
    .option('--select <path>', 'list the entries of this dictionary, such as optimizer')
    .option('--json', 'print one line of JSON', false)
    .action(async (file: string, options: InspectCommandOptions) => {
      const { runInspect } = await import('../run_inspect.ts');
      await runInspect(file, options);
    });
}
