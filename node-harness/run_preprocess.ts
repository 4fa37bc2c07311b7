import { availableParallelism, freemem } from 'node:os';
import type { Config } from '../lib/config/configurator.ts';
import { decisiveSettings, isComplete, type SkipReason, skipReasons } from '../lib/data/dataprocess/preprocess_clip.ts';
import type { RawClip } from '../lib/data/dataprocess/raw_dataset.ts';
import { datasetNamed } from '../lib/data/datasets.ts';
import { writeFile } from '../lib/data/file_store.ts';
import { UserError } from '../lib/utils/errors.ts';
import type { PreprocessOptions } from './commands/preprocess.ts';
import { interruptSignal } from './interrupt.ts';
import { nodeFiles } from './platform/file_store.ts';
import { preprocessAll } from './preprocess_pool.ts';
import { progressBar } from './progress_bar.ts';
import { runConfig } from './run_config.ts';

/** What preprocessing did; also written as `preprocess.json` beside the clips. */
export interface PreprocessReport {
  readonly dataset: string;
  readonly folder: string;
  /** Clips that there should be. */
  readonly clips: number;
  /** Made now. */
  readonly made: number;
  /** Found complete. */
  readonly kept: number;
  readonly skipped: readonly SkippedClip[];
  /** Of the clips made now. */
  readonly frames: number;
  /** Those of `frames` in which no face was found. */
  readonly facelessFrames: number;
  readonly seconds: number;
}

export interface SkippedClip {
  readonly clip: string;
  readonly source: string;
  readonly reason: SkipReason;
  readonly detail: string;
}

/** Bytes that a worker takes. */
const WORKER_MEMORY = 600e6;

/** The `preprocess` command. */
export async function runPreprocess(tokens: string[], options: PreprocessOptions): Promise<void> {
  const { workers, json } = options;
  const config = await runConfig(options, workers === undefined ? tokens : [...tokens, `--worker=${workers}`]);
  const report = await preprocessDataset(config, interruptSignal(INTERRUPTED));
  sayReport(report);
  if (json) console.log(JSON.stringify(report));
}

const INTERRUPTED = 'Stopped; the clips made so far are kept, and the same command goes on from there.';

/**
 * Preprocesses the clips of a data set that are not yet preprocessed with these settings. Rejects with the signal's
 * reason when it is aborted, and with a `UserError` when not one clip is of use.
 */
export async function preprocessDataset(config: Config, signal: AbortSignal): Promise<PreprocessReport> {
  const started = performance.now();
  const dataset = datasetNamed(config.dataset);
  const folder = config.get('preprocessed_root');
  const clips = await dataset.clips(config, nodeFiles);
  const decided = decisiveSettings(dataset, config);
  const waiting: RawClip[] = [];
  for (const clip of clips) if (!(await isComplete(nodeFiles, `${folder}/${clip.id}`, decided))) waiting.push(clip);

  const skipped: SkippedClip[] = [];
  let made = 0;
  let frames = 0;
  let facelessFrames = 0;
  if (waiting.length > 0) {
    const bar = progressBar('clips', !config.get('show_progress'));
    const settings = Object.fromEntries(config.entries().map(({ key, value }) => [key, value]));
    try {
      const job = { dataset: config.dataset as string, settings };
      await preprocessAll(job, waiting, workerCount(config, waiting.length), signal, (clip, outcome) => {
        if (outcome.state === 'skipped') {
          skipped.push({ clip: clip.id, source: clip.source, reason: outcome.reason, detail: outcome.detail });
        } else if (outcome.state === 'made') {
          made++;
          frames += outcome.frames;
          facelessFrames += outcome.facelessFrames;
        }
        bar.update(made + skipped.length, waiting.length);
      });
    } finally {
      bar.stop();
    }
  }
  skipped.sort((a, b) => (a.clip < b.clip ? -1 : 1));
  const report: PreprocessReport = {
    dataset: config.dataset as string,
    folder,
    clips: clips.length,
    made,
    kept: clips.length - waiting.length,
    skipped,
    frames,
    facelessFrames,
    seconds: (performance.now() - started) / 1000,
  };
  if (waiting.length > 0)
    await writeFile(nodeFiles, `${folder}/preprocess.json`, `${JSON.stringify(report, null, 2)}\n`);
  if (report.made + report.kept === 0) {
    const example = skipped[0] ? ` (${skipped[0].clip}: ${skipped[0].detail})` : '';
    throw new UserError(`Not one of the ${clips.length} clips of ${report.dataset} can be used${example}.`);
  }
  return report;
}

function workerCount(config: Config, clips: number): number {
  const fitting = Math.max(1, Math.floor(freemem() / WORKER_MEMORY));
  return Math.min(clips, config.get('worker') || Math.min(availableParallelism(), fitting));
}

/** Tells a person what was made and what was left out. */
export function sayReport(report: PreprocessReport): void {
  const { made, kept, skipped, frames, facelessFrames, seconds, folder } = report;
  const faces =
    frames > 0 ? ` (${frames} frames, a face in ${(100 - (100 * facelessFrames) / frames).toFixed(1)} %)` : '';
  console.error(`${folder}: ${made} clips made${faces} in ${seconds.toFixed(1)} s, ${kept} were there.`);
  for (const reason of skipReasons) {
    const some = skipped.filter((clip) => clip.reason === reason);
    if (some.length === 0) continue;
    console.error(`${some.length} skipped, ${reason}:`);
    for (const { clip, detail } of some.slice(0, 10)) console.error(`  ${clip}: ${detail}`);
    if (some.length > 10) console.error(`  and ${some.length - 10} more, see ${folder}/preprocess.json`);
  }
}
