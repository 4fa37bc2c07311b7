import { basename, extname } from 'node:path';
import { startBackend } from '../lib/backend/backend.ts';
import { withWeights } from '../lib/model/weights_file.ts';
import { type MouthScore, mouthValues } from '../lib/quick_start/finetune/mouth_test.ts';
import { type FinetuneResult, type FinetuneSettings, finetune, finetuneKeys } from '../lib/quick_start/finetune.ts';
import { UserError } from '../lib/utils/errors.ts';
import { BuiltInDetector } from '../lib/utils/face_detection/built_in_detector.ts';
import { bundledWeights } from './bundled_weights.ts';
import type { FinetuneCommandOptions } from './commands/finetune.ts';
import { interruptSignal } from './interrupt.ts';
import { metricResources } from './metric_resources.ts';
import { registerNodeBackends } from './platform/backends.ts';
import { readFaceModel } from './platform/face_models.ts';
import { nodeFiles } from './platform/file_store.ts';
import { nodeMedia } from './platform/media.ts';
import { requireFile } from './platform/media_files.ts';
import { progressBar } from './progress_bar.ts';
import { runConfig } from './run_config.ts';
import { scoreTable, writeLosses } from './score_table.ts';

const INTERRUPTED = 'Stopped; the same command goes on from there.';

/** The `finetune` command. */
export async function runFinetune(options: FinetuneCommandOptions, tokens: string[]): Promise<void> {
  const { video, weights = bundledWeights.generator } = options;
  const say = (line: string) => {
    if (!options.quiet) console.error(line);
  };
  const config = await runConfig({ ...options, task: 'finetune' }, tokens);
  if (config.model !== 'wav2lip') throw new UserError(`${config.model} cannot be fine-tuned; wav2lip can.`);
  await requireFile(video);
  const entries = finetuneKeys.map((key) => [key, config.get(key)] as const);
  const settings = { ...Object.fromEntries(entries), ...(options.holdout && { test_fraction: options.holdout }) };
  const folder = options.out ?? `${config.get('checkpoint_dir')}/finetune-${basename(video, extname(video))}`;
  const signal = interruptSignal(INTERRUPTED);
  registerNodeBackends();
  const backend = await startBackend(config.get('backend'));
  say(`Fine-tuning ${weights} on ${video} with ${backend.description}; see ${folder}.`);
  const silent = options.quiet || !config.get('show_progress');
  const preparing = progressBar('frames', silent);
  const bar = progressBar('steps', silent);
  let result: FinetuneResult;
  try {
    result = await finetune(
      { video, folder, settings: settings as FinetuneSettings, restart: options.restart },
      {
        media: nodeMedia,
        files: nodeFiles,
        savePictures: true,
        withWeights: (use) => withWeights(nodeFiles, weights, use),
        loadDetector: () => BuiltInDetector.load(readFaceModel),
        mouthLandmarks: metricResources(config, async () => {}).mouthLandmarks,
      },
      {
        signal,
        onPrepare: (done, total) => preparing.update(done, total),
        onProgress: ({ step, totalSteps, losses }) => {
          preparing.stop();
          bar.update(step, totalSteps, writeLosses(losses));
        },
        // Over the bar, which is drawn anew.
        onMessage: (line) => say(process.stderr.isTTY ? `\r\x1b[K${line}` : line),
      },
    );
  } finally {
    preparing.stop();
    bar.stop();
  }
  if (!options.quiet) console.log(summary(result));
  if (options.json) console.log(JSON.stringify(result));
}

function summary({ folder, weights, steps, first, best, test, seconds }: FinetuneResult): string {
  const lines = [
    `${steps} steps in ${seconds.toFixed(0)} s; best at step ${best.step}: ${writeLosses(best.losses)} (before: ${writeLosses(first.losses)})`,
  ];
  if (test) {
    const { frames, ...scores } = test;
    const numbers = (score: MouthScore) => mouthValues.map(({ key }) => score[key]);
    const columns = Object.fromEntries(Object.entries(scores).map(([name, score]) => [name, numbers(score)]));
    lines.push(`mouths of ${frames} frames that were kept from it; pictures: ${folder}/test.png`);
    lines.push(...scoreTable(mouthValues, columns));
  }
  lines.push(`lipsync --weights ${weights} draws with them; numbers: ${folder}/metrics.json`);
  return lines.join('\n');
}
