import { type Command, Option } from 'commander';
import type { BackendName } from '../../lib/backend/backend.ts';

/** The command's options as commander hands them over. */
export interface ParityCommandOptions {
  backend: BackendName | 'auto';
  json: boolean;
  /** Declared by the program. */
  verbose?: boolean;
}

export function register(program: Command): void {
  program
    .command('parity')
    .description('Compare the networks with recorded outputs of their reference implementations.')
    .argument('<folder>', 'recorded cases: every .json with a .safetensors beside it, here and below')
    .addOption(
      new Option('--backend <name>', 'what computes')
        .choices(['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu'])
        .default('auto'),
    )
    .option('--json', 'print one line of JSON', false)
    .action(async (folder: string, _options: unknown, command: Command) => {
      const { runParity } = await import('../run_parity.ts');
      await runParity(folder, command.optsWithGlobals<ParityCommandOptions>());
    });
}
