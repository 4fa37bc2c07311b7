import type { Config } from '../config/configurator.ts';
import { datasetNamed, openSplit } from '../data/datasets.ts';
import { type FileStore, writeFile } from '../data/file_store.ts';
import type { MetricResources } from '../evaluate/metric.ts';
import type { MediaPlatform } from '../media/media_platform.ts';
import type { AbstractTalkingFace } from '../model/abstract_talkingface.ts';
import { modelNamed } from '../model/registry.ts';
import { withWeights } from '../model/weights_file.ts';
import { Run } from '../trainer/run.ts';
import { type FitControl, type FitResult, Trainer, type TrainerSettings, trainerKeys } from '../trainer/trainer.ts';
import { Random } from '../utils/random.ts';
import { seedOf } from '../utils/seed.ts';
import { type TestResult, testModel, usableMetrics } from './test_model.ts';

/** What a run works with; a backend must have been started. */
export interface QuickStartParts {
  readonly config: Config;
  readonly files: FileStore;
  readonly media: MediaPlatform;
  /** For metrics with networks; uses the backend that is running. */
  readonly resources: MetricResources;
  /** The run's own folder; if it has a checkpoint, the run goes on from it. */
  readonly folder: string;
}

/** What a run came to; also written as `metrics.json` into its folder. */
export interface QuickStartResult {
  readonly model: string;
  readonly dataset: string;
  readonly folder: string;
  readonly training: Omit<FitResult, 'validations'>;
  /** Of the untrained model. */
  readonly untrained: { readonly validation: FitResult['best']['losses']; readonly test?: TestResult };
  /** Of the best checkpoint; missing when no clip is for testing. */
  readonly test?: TestResult;
  /** Of this start of the run, without preprocessing. */
  readonly seconds: number;
}

/**
 * Trains, validates and tests a model on a preprocessed data set: their names in `config` are enough.
 *
 * @throws {UserError} when something that the settings name is missing or does not fit, or the loss is no longer a
 *   number
 */
export async function quickStart(parts: QuickStartParts, control: FitControl = {}): Promise<QuickStartResult> {
  const { config, files, folder } = parts;
  const started = performance.now();
  const split = await openSplit(datasetNamed(config.dataset), config, files);
  const entry = modelNamed(config.model);
  const data = { train: entry.dataset(split.train, 'train', config), val: entry.dataset(split.val, 'val', config) };
  const model = await entry.create(config, files);
  try {
    await firstWeights(model, parts);
    // Not before: a run that lacks something leaves nothing that --resume would take for it.
    await writeFile(files, `${folder}/config.yaml`, config.toYaml());
    const metrics = await usableMetrics(model.generateClip ? config.get('metrics') : [], parts);
    for (const problem of metrics.problems) control.onMessage?.(problem);
    const test = async (): Promise<TestResult | undefined> =>
      split.test.length === 0
        ? undefined
        : testModel(model, split.test, { ...parts, metrics: metrics.names }, control.signal);
    const { validations, ...training } = await trainModel(model, data, parts, control);
    const trained = await test();
    await firstWeights(model, parts);
    const untrained = { validation: validations[0].losses, test: await test() };
    const seconds = (performance.now() - started) / 1000;
    const names = { model: String(config.model), dataset: String(config.dataset) };
    const result = { ...names, folder, training, untrained, test: trained, seconds };
    await writeFile(files, `${folder}/metrics.json`, `${JSON.stringify(result, undefined, 2)}\n`);
    return result;
  } finally {
    model.dispose();
  }
}

/** Trains the model, and leaves it with the best weights. */
async function trainModel(
  model: AbstractTalkingFace,
  data: ConstructorParameters<typeof Trainer>[1],
  { config, files, media, folder }: QuickStartParts,
  control: FitControl,
): Promise<FitResult> {
  const run = new Run({ files, media, folder, config: config.toYaml(), tensorboard: config.get('tensorboard') });
  const trainer = new Trainer(model, data, trainerSettings(config), run);
  try {
    const result = await trainer.fit(control);
    await withWeights(files, `${folder}/best`, (weights) => model.objectives[0].network.loadStateDict(weights));
    return result;
  } finally {
    trainer.dispose();
  }
}

/** The weights that training begins with: random ones, or those of the checkpoint that is asked for. */
async function firstWeights(model: AbstractTalkingFace, { config, files }: QuickStartParts): Promise<void> {
  const random = new Random(seedOf(config.get('seed'), 'weights'));
  for (const { network } of model.objectives) network.initialize(random);
  const checkpoint = config.get('checkpoint');
  if (checkpoint === null) return;
  await withWeights(files, checkpoint, (weights) => model.objectives[0].network.loadStateDict(weights));
}

function trainerSettings(config: Config): TrainerSettings {
  return Object.fromEntries(trainerKeys.map((key) => [key, config.get(key)])) as unknown as TrainerSettings;
}
