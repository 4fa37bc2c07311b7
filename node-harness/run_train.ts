import { startBackend } from '../lib/backend/backend.ts';
import type { Config } from '../lib/config/configurator.ts';
import { datasetNamed } from '../lib/data/datasets.ts';
import { modelNamed } from '../lib/model/registry.ts';
import { type QuickStartResult, quickStart } from '../lib/quick_start/quick_start.ts';
import type { TestResult } from '../lib/quick_start/test_model.ts';
import type { FitControl } from '../lib/trainer/trainer.ts';
import { UserError } from '../lib/utils/errors.ts';
import type { TrainCommandOptions } from './commands/train.ts';
import { interruptSignal } from './interrupt.ts';
import { metricResources } from './metric_resources.ts';
import { registerNodeBackends } from './platform/backends.ts';
import { nodeFiles } from './platform/file_store.ts';
import { nodeMedia } from './platform/media.ts';
import { progressBar } from './progress_bar.ts';
import { runConfig } from './run_config.ts';
import { preprocessDataset, sayReport } from './run_preprocess.ts';

const INTERRUPTED = 'Stopped; the same command with --resume goes on from there.';

/** The `train` command. */
export async function runTrain(options: TrainCommandOptions, tokens: string[]): Promise<void> {
  const say = (line: string) => {
    if (!options.quiet) console.error(line);
  };
  let config = await runConfig(options, tokens);
  modelNamed(config.model);
  datasetNamed(config.dataset);
  let folder = `${config.get('checkpoint_dir')}/${runPrefix(config)}${timestamp(new Date())}`;
  if (config.get('resume')) {
    folder = await latestRun(config);
    config = await runConfig(options, tokens, [`${folder}/config.yaml`]);
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
    onProgress: ({ step, totalSteps, losses }) => bar.update(step, totalSteps, write(losses)),
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

const runPrefix = ({ model, dataset }: Config): string => `${model}-${dataset}-`;

/** Names sort by time. */
const timestamp = (date: Date): string =>
  date
    .toISOString()
    .replace(/[-:.Z]/g, '')
    .replace('T', '-');

/** The folder of the latest run of this model and data set. */
async function latestRun(config: Config): Promise<string> {
  const root = config.get('checkpoint_dir');
  const runs = (await nodeFiles.list(root)).filter(
    ({ name, isFolder }) => isFolder && name.startsWith(runPrefix(config)),
  );
  for (const { name } of runs.reverse()) {
    if ((await nodeFiles.read(`${root}/${name}/config.yaml`)) !== undefined) return `${root}/${name}`;
  }
  throw new UserError(
    `There is no run of ${config.model} on ${config.dataset} in ${root} to go on with; train without --resume.`,
  );
}

function write(losses: Readonly<Record<string, number>>): string {
  return Object.entries(losses)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`)
    .join(', ');
}

function summary({ folder, training, untrained, test, seconds }: QuickStartResult): string {
  const { best, steps, stoppedEarly } = training;
  const early = stoppedEarly ? ', when the validation loss no longer fell' : '';
  return [
    `${steps} steps in ${seconds.toFixed(0)} s${early}; best at step ${best.step}: ${write(best.losses)} (untrained: ${write(untrained.validation)})`,
    ...(test ? [`test losses: ${write(test.losses)} (untrained: ${write(untrained.test?.losses ?? {})})`] : []),
    ...(test?.scores ? scoreTable(test, untrained.test) : []),
    `weights: ${folder}/best/model.safetensors; numbers: ${folder}/metrics.json`,
  ].join('\n');
}

/** The metrics of the trained model beside what it must be better than. */
function scoreTable({ scores = [], copied = [] }: TestResult, untrained?: TestResult): string[] {
  const cells = (values: (number | string | undefined)[]) =>
    values.map((value) => (typeof value === 'number' ? value.toFixed(4) : (value ?? '-')).padStart(11)).join('');
  const head = `${''.padEnd(12)}${cells(['trained', 'untrained', 'copied', 'real'])}`;
  const lines = scores.map(({ name, generated, real }, i) => {
    return `${name.padEnd(12)}${cells([generated, untrained?.scores?.[i]?.generated, copied[i]?.generated, real])}`;
  });
  return [head, ...lines];
}
