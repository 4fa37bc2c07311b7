import { rename, rm, writeFile } from 'node:fs/promises';
import { startBackend } from '../lib/backend/backend.ts';
import type { Config } from '../lib/config/configurator.ts';
import { type Evaluation, Evaluator } from '../lib/evaluate/evaluator.ts';
import { findPairs } from './clip_pairs.ts';
import type { EvaluateCommandOptions } from './commands/evaluate.ts';
import { evaluateCheckpoint } from './evaluate_checkpoint.ts';
import { interruptSignal } from './interrupt.ts';
import { metricResources } from './metric_resources.ts';
import { registerNodeBackends } from './platform/backends.ts';
import { nodeMedia } from './platform/media.ts';
import { preparePartial, writeError } from './platform/media_files.ts';
import { progressBar } from './progress_bar.ts';
import { runConfig } from './run_config.ts';
import { scoreTable } from './score_table.ts';

/** The `evaluate` command: of clips, or of a model's weights. */
export async function runEvaluate(options: EvaluateCommandOptions, tokens: string[]): Promise<void> {
  const { generated, quiet, json, out } = options;
  const { result, text } = generated
    ? await evaluateClips({ ...options, generated }, tokens)
    : await evaluateCheckpoint(options, tokens);
  if (out) await writeJson(out, result);
  if (!json && !quiet) console.log(text);
  if (json) console.log(JSON.stringify(result));
}

async function evaluateClips(
  options: EvaluateCommandOptions & { readonly generated: string },
  tokens: string[],
): Promise<{ result: Evaluation & { readonly unpaired: readonly string[] }; text: string }> {
  const config = await runConfig(options, tokens);
  const { pairs, unpaired } = await findPairs(options.generated, options.real);
  if (unpaired.length > 0 && !options.quiet) {
    console.error(`Left out, without a real clip of the same name: ${unpaired.join(', ')}.`);
  }
  const signal = interruptSignal();
  const evaluator = await Evaluator.load(config.get('metrics'), nodeMedia, metricResources(config, startOnce(config)));
  const bar = progressBar('%', options.quiet);
  let evaluation: Evaluation;
  try {
    evaluation = await evaluator.run(pairs, (done) => bar.update(Math.floor(100 * done), 100), signal);
  } finally {
    bar.stop();
    evaluator.dispose();
  }
  return { result: { ...evaluation, unpaired }, text: table(evaluation) };
}

/** The backend starts when the first metric asks for one. */
function startOnce(config: Config): () => Promise<unknown> {
  let started: Promise<unknown> | undefined;
  return () => {
    if (!started) registerNodeBackends();
    started ??= startBackend(config.get('backend'));
    return started;
  };
}

async function writeJson(path: string, value: unknown): Promise<void> {
  const partial = await preparePartial(path);
  try {
    await writeFile(partial, `${JSON.stringify(value, undefined, 2)}\n`);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw writeError(path, error);
  }
}

function table({ scores, clips }: Evaluation): string {
  const columns = { generated: scores.map(({ generated }) => generated), real: scores.map(({ real }) => real) };
  return scoreTable(scores, columns, `${clips.length} clip${clips.length === 1 ? '' : 's'}`).join('\n');
}
