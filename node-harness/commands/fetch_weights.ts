import type { Command } from 'commander';

export interface FetchWeightsOptions {
  to: string;
  acceptLicence: boolean;
  mirror?: string;
  quiet: boolean;
}

export function register(program: Command): void {
  program
    .command('fetch-weights')
    .description(
      'Download weights that others publish, after a look at their licence; an interrupted download goes on. Without a name: list them.',
    )
    .argument('[name]', 'such as syncnet_v2')
    .option('--to <folder>', 'folder of weights', 'checkpoints')
    .option('--accept-licence', 'accept the licence, which is shown all the same', false)
    .option('--mirror <url>', 'fetch from this folder instead, where the files have the same names and checksums')
    .option('--quiet', 'print errors and the paths of the files only', false)
    .action(async (name: string | undefined, options: FetchWeightsOptions) => {
      const { runFetchWeights } = await import('../run_fetch_weights.ts');
      await runFetchWeights(name, options);
    });
}
