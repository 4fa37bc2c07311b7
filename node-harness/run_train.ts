import { startBackend } from '../lib/backend/backend.ts';
import { datasetNamed } from '../lib/data/datasets.ts';
import { modelNamed } from '../lib/model/registry.ts';
import { type QuickStartResult, quickStart } from '../lib/quick_start/quick_start.ts';
import type { TestResult } from '../lib/quick_start/test_model.ts';
import type { FitControl } from '../lib/trainer/trainer.ts';
import type { TrainCommandOptions } from './commands/train.ts';
import { interruptSignal } from './interrupt.ts';
import { metricResources } from './metric_resources.ts';
import { withoutMissingExpert } from './missing_expert.ts';
import { registerNodeBackends } from './platform/backends.ts';
import { nodeFiles } from './platform/file_store.ts';
import { nodeMedia } from './platform/media.ts';
import { progressBar } from './progress_bar.ts';
import { readConfigFile, runConfig } from './run_config.ts';
import { latestRun, newRunFolder } from './run_folders.ts';
import { preprocessDataset, sayReport } from './run_preprocess.ts';
import { scoreTable, writeLosses } from './score_table.ts';

const INTERRUPTED = 'Stopped; the same command with --resume goes on from there.';

/** The `train` command. */
export async function runTrain(options: TrainCommandOptions, tokens: string[]): Promise<void> {
  const say = (line: string) => {
    if (!options.quiet) console.error(line);
  };
  let config = await runConfig(options, tokens);
  modelNamed(config.model);
  datasetNamed(config.dataset);
  let folder = newRunFolder(config);
  if (config.get('resume')) {
    folder = await latestRun(config, 'config.yaml', 'go on with; train without --resume');
    config = await runConfig(options, tokens, [await readConfigFile(`${folder}/config.yaml`)]);
  } else {
    config = await withoutMissingExpert([options, tokens], (origin) => !origin.startsWith('properties/'), say);
  }
  const signal = interruptSignal(INTERRUPTED);
  if (config.get('need_preprocess')) {
    const report = await preprocessDataset(config, signal);
    if (!options.quiet && report.made + report.skipped.length > 0) sayReport(report);
  }
  registerNodeBackends();
  const backend = await startBackend(config.get('backend'));
  say(`Training ${config.model} on ${config.dataset} with ${backend.description}; see ${folder}.`);
  const bar = progressBar('steps', options.quiet || !config.get('show_progress'));
  const control: FitControl = {
    signal,
    // Over the bar, which is drawn anew below.
    onMessage: (line) => say(process.stderr.isTTY ? `\r\x1b[K${line}` : line),
    onProgress: ({ step, totalSteps, losses }) => bar.update(step, totalSteps, writeLosses(losses)),
  };
  const resources = metricResources(config, async () => {});
  let result: QuickStartResult;
  try {
    result = await quickStart({ config, files: nodeFiles, media: nodeMedia, resources, folder }, control);
  } finally {
    bar.stop();
  }
  if (!options.quiet) console.log(summary(result));
  if (options.json) console.log(JSON.stringify(result));
}

function summary({ folder, training, untrained, test, seconds }: QuickStartResult): string {
  const { best, steps, stoppedEarly } = training;
  const early = stoppedEarly ? ', when the validation loss no longer fell' : '';
  const numbers = (tested?: TestResult) => tested?.scores?.map(({ generated }) => generated) ?? [];
  const columns = {
    trained: numbers(test),
    untrained: numbers(untrained.test),
    copied: test?.copied?.map(({ generated }) => generated) ?? [],
    real: test?.scores?.map(({ real }) => real) ?? [],
  };
  return [
    `${steps} steps in ${seconds.toFixed(0)} s${early}; best at step ${best.step}: ${writeLosses(best.losses)} (untrained: ${writeLosses(untrained.validation)})`,
    ...(test
      ? [`test losses: ${writeLosses(test.losses)} (untrained: ${writeLosses(untrained.test?.losses ?? {})})`]
      : []),
    ...(test?.report ? [test.report] : []),
    ...(test?.scores ? scoreTable(test.scores, columns) : []),
    `weights: ${folder}/best/model.safetensors; numbers: ${folder}/metrics.json`,
  ].join('\n');
}
