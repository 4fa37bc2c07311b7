import { datasetNamed, openSplit } from '../data/datasets.ts';
import { writeFile } from '../data/file_store.ts';
import { modelNamed } from '../model/registry.ts';
import { withWeights } from '../model/weights_file.ts';
import type { FitControl } from '../trainer/trainer.ts';
import { UserError } from '../utils/errors.ts';
import type { QuickStartParts } from './quick_start.ts';
import { type TestResult, testModel, usableMetrics } from './test_model.ts';

/** What a checkpoint is worth; also written as `metrics.json` into the folder of the evaluation. */
export interface ModelEvaluation extends TestResult {
  readonly model: string;
  readonly dataset: string;
  readonly checkpoint: string;
  readonly folder: string;
  /** Without preprocessing. */
  readonly seconds: number;
}

/**
 * Tests the weights that the setting `checkpoint` names on the test clips of a preprocessed data set: its losses there
 * and, where the model draws, metrics of what it draws beside the truth and beside a picture that does not change.
 *
 * @throws {UserError} when the weights are missing or those of another network, or no clip is for testing
 */
export async function evaluateModel(
  parts: QuickStartParts,
  { signal, onMessage }: Pick<FitControl, 'signal' | 'onMessage'> = {},
): Promise<ModelEvaluation> {
  const { config, files, folder } = parts;
  const started = performance.now();
  const checkpoint = config.get('checkpoint');
  if (checkpoint === null) throw new UserError('Name the weights to evaluate with --checkpoint.');
  const { test: clips } = await openSplit(datasetNamed(config.dataset), config, files);
  if (clips.length === 0) {
    throw new UserError(`The test part of ${config.dataset} is empty; add clips or raise test_fraction.`);
  }
  const model = await modelNamed(config.model).create(config, files);
  try {
    await withWeights(files, checkpoint, (weights) => model.objectives[0].network.loadStateDict(weights));
    const metrics = await usableMetrics(model.generateClip ? config.get('metrics') : [], parts);
    for (const problem of metrics.problems) onMessage?.(problem);
    const tested = await testModel(model, clips, { ...parts, metrics: metrics.names }, signal);
    const seconds = (performance.now() - started) / 1000;
    const names = { model: String(config.model), dataset: String(config.dataset) };
    const result = { ...names, checkpoint, folder, ...tested, seconds };
    await writeFile(files, `${folder}/config.yaml`, config.toYaml());
    await writeFile(files, `${folder}/metrics.json`, `${JSON.stringify(result, undefined, 2)}\n`);
    return result;
  } finally {
    model.dispose();
  }
}
