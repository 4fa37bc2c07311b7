import type { Command } from 'commander';

/** `node-harness setup-tensorflow`: makes the backend `tensorflow`. */
export function register(program: Command): void {
  program
    .command('setup-tensorflow')
    .description("make the backend 'tensorflow': TensorFlow's library from its Python wheel, and an addon built for it")
    .option('--gpu', 'the library for CUDA cards (several gigabytes; never tried by the authors)')
    .option('--from <wheel or folder>', 'a TensorFlow wheel already here, or a folder with one unpacked')
    .option('--force', 'make it anew even if it is there')
    .action(async (options: { gpu?: boolean; from?: string; force?: boolean }) => {
      const { setupTensorflow } = await import('../platform/tensorflow_setup.ts');
      const { stamp, done } = await setupTensorflow({ ...options, log: (line) => console.log(line) });
      const what = `TensorFlow ${stamp.version}${stamp.gpu ? ' with CUDA' : ''}`;
      console.log(
        done
          ? `${what} is already set up; --force makes it anew.`
          : `${what} is set up; backend auto takes it from now on.`,
      );
    });
}
