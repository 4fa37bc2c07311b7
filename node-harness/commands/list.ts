import { Argument, type Command } from 'commander';

export type Listable = 'models' | 'datasets' | 'metrics';

export function register(program: Command): void {
  program
    .command('list')
    .description('List what can be named in the other commands.')
    .addArgument(new Argument('<what>', 'what to list').choices(['models', 'datasets', 'metrics']))
    .option('--json', 'print one line of JSON', false)
    .action(async (what: Listable, { json }: { json: boolean }) => {
      const { listed } = await import('../run_list.ts');
      const rows = await listed(what);
      if (json) console.log(JSON.stringify(rows));
      else console.log(rows.map(({ name, doc }) => `${name.padEnd(14)}${doc}`).join('\n'));
    });
}
