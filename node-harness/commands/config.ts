import type { Command } from 'commander';
import { addRunOptions, type RunOptions } from '../run_options.ts';

interface ConfigOptions extends RunOptions {
  finetune?: boolean;
  yaml?: boolean;
  json?: boolean;
}

export function register(program: Command): void {
  addRunOptions(program.command('config'))
    .description('Print the merged settings of a run, with where each comes from and what it means.')
    .option('--finetune', 'the settings of fine-tuning the model, instead of training it on a data set')
    .option('--yaml', 'print a config file that repeats the run')
    .option('--json', 'print one line of JSON')
    .action(async (tokens: string[], options: ConfigOptions) => {
      const { runConfig } = await import('../run_config.ts');
      const config = await runConfig(options.finetune ? { ...options, task: 'finetune' } : options, tokens);
      if (options.yaml) return console.log(config.toYaml().trimEnd());
      const settings = config
        .entries()
        .map(({ key, value, origin, setting: { doc, unit } }) => ({ key, value, origin, unit, doc }));
      if (options.json) {
        return console.log(JSON.stringify({ model: config.model, dataset: config.dataset, settings }));
      }
      const lines = settings.map(
        ({ key, value, origin, unit, doc }) =>
          `${key}: ${write(value)}${unit ? ` ${unit}` : ''}  (${origin})\n    ${doc}`,
      );
      console.log(lines.join('\n'));
    });
}

const write = (value: unknown): string => (Array.isArray(value) ? `[${value.join(', ')}]` : String(value));
