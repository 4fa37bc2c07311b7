import type { Config } from '../config/configurator.ts';
import type { StoredClip } from '../data/dataset/stored_clip.ts';
import { Evaluator, type Score } from '../evaluate/evaluator.ts';
import type { MetricResources } from '../evaluate/metric.ts';
import type { MediaPlatform } from '../media/media_platform.ts';
import type { AbstractTalkingFace, LossValues } from '../model/abstract_talkingface.ts';
import { modelNamed } from '../model/registry.ts';
import { meanLosses } from '../trainer/losses.ts';
import { UserError } from '../utils/errors.ts';
import { ModelClips } from './model_clips.ts';

/** How good a model is on clips that it was not trained on. */
export interface TestResult {
  readonly clips: number;
  readonly losses: LossValues;
  /** What they say in words, where the model has any. */
  readonly report?: string;
  /** Of the clips that it draws, each beside the truth; none for a model that draws nothing. */
  readonly scores?: readonly Score[];
  /** The same numbers for the picture that the model is shown as an example: it must be better than that. */
  readonly copied?: readonly Score[];
}

export interface TestParts {
  readonly config: Config;
  readonly media: MediaPlatform;
  readonly resources: MetricResources;
  /** What drawn clips are scored by. */
  readonly metrics: readonly string[];
}

/** Tests a model on clips by its losses and by metrics. */
export async function testModel(
  model: AbstractTalkingFace,
  clips: readonly StoredClip[],
  { config, media, resources, metrics }: TestParts,
  signal?: AbortSignal,
): Promise<TestResult> {
  const dataset = modelNamed(config.model).dataset(clips, 'test', config);
  const losses = await meanLosses(model, dataset, config.get('batch_size'));
  const tested = { clips: clips.length, losses, report: model.report?.(losses) };
  if (!model.generateClip || metrics.length === 0) return tested;
  const network = model.objectives[0].network.eval();
  const modelClips = new ModelClips(model, clips, config.get('evaluate_batch_size'), media);
  const evaluator = await Evaluator.load(metrics, modelClips.media, resources);
  try {
    const { scores } = await evaluator.run(modelClips.pairs('generated'), undefined, signal);
    const copied = await evaluator.run(modelClips.pairs('copied'), undefined, signal);
    return { ...tested, scores, copied: copied.scores };
  } finally {
    evaluator.dispose();
    network.train();
  }
}

/** What is scored by in place of metrics whose weights are missing: something else that is measured, under its own name. */
const substitutes: Readonly<Record<string, string>> = { lse: 'sync-expert' };

/** Those of some metrics that can be had here, or their substitutes, and a sentence for each of the others. */
export async function usableMetrics(
  names: readonly string[],
  { media, resources }: Pick<TestParts, 'media' | 'resources'>,
): Promise<{ names: string[]; problems: string[] }> {
  const usable = new Set<string>();
  const problems: string[] = [];
  const problemOf = async (name: string): Promise<string | undefined> => {
    try {
      (await Evaluator.load([name], media, resources)).dispose();
      return undefined;
    } catch (error) {
      if (error instanceof UserError) return error.message;
      throw error;
    }
  };
  for (const name of names) {
    const problem = await problemOf(name);
    if (problem === undefined) {
      usable.add(name);
      continue;
    }
    const substitute = substitutes[name];
    const isScored = substitute !== undefined && (await problemOf(substitute)) === undefined;
    if (isScored) usable.add(substitute);
    problems.push(`Left out: ${problem}${isScored ? ` Scored instead: ${substitute}, which is not the same.` : ''}`);
  }
  return { names: [...usable], problems };
}
