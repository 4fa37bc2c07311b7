import type { Command } from 'commander';

/** `node-harness doctor`: which backends this machine has, and how to get the others. */
export function register(program: Command): void {
  program
    .command('doctor')
    .description('say which backends this machine has, and how to get the others')
    .option('--json', 'print it as JSON')
    .action(async (options: { json?: boolean }) => {
      const { examine, describe } = await import('../run_doctor.ts');
      const report = await examine();
      console.log(options.json ? JSON.stringify(report, null, 2) : describe(report));
    });
}
