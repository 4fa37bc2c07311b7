import type { StateDictSource } from '../checkpoint/state_dict.ts';
import type { SettingKey, Settings } from '../config/schema.ts';
import { RecordingDataset } from '../data/dataset/recording_dataset.ts';
import type { StoredClip } from '../data/dataset/stored_clip.ts';
import { writeFile } from '../data/file_store.ts';
import { savePicture } from '../data/save_picture.ts';
import type { MouthLandmarks } from '../evaluate/mouth_landmarks.ts';
import type { Frame } from '../media/frame.ts';
import type { MediaInput } from '../media/media_platform.ts';
import { loadExpert } from '../model/audio_driven_talkingface/wav2lip/load_expert.ts';
import { Wav2Lip } from '../model/audio_driven_talkingface/wav2lip/wav2lip.ts';
import { widthOf } from '../model/audio_driven_talkingface/wav2lip/width.ts';
import { withWeights } from '../model/weights_file.ts';
import { Run } from '../trainer/run.ts';
import { type FitControl, type FitResult, Trainer, trainerKeys } from '../trainer/trainer.ts';
import type { Validation } from '../trainer/training_state.ts';
import { type MouthScores, MouthTest } from './finetune/mouth_test.ts';
import {
  isStored,
  openRecording,
  type RecordingControl,
  type RecordingParts,
  splitRecording,
  storeRecording,
  usableFrames,
} from './finetune/recording.ts';

/** The names of the settings of fine-tuning; `properties/run/wav2lip-finetune.yaml` has good values. */
export const finetuneKeys = [
  ...trainerKeys,
  'fps',
  'pads',
  'preprocess_batch_size',
  'val_fraction',
  'test_fraction',
  'syncnet_T',
  'syncnet_checkpoint_path',
  'syncnet_wt',
  'syncnet_gate',
  'mel_lead',
  'augment',
  'tensorboard',
] as const satisfies readonly SettingKey[];

export type FinetuneSettings = Pick<Settings, (typeof finetuneKeys)[number]>;

export interface FinetuneOptions {
  /** One person who speaks, 10 to 60 s. */
  readonly video: MediaInput;
  /** The run's own folder. If it has a checkpoint made from the same recording, the run goes on from it. */
  readonly folder: string;
  readonly settings: FinetuneSettings;
  /** Forgets what is in the folder. */
  readonly restart?: boolean;
}

export interface FinetuneParts extends RecordingParts {
  /** Opens the weights of a generator to begin with; a backend must have been started. */
  withWeights<T>(use: (weights: StateDictSource) => Promise<T>): Promise<T>;
  /** Needed for a test, with `test_fraction` above 0. */
  mouthLandmarks?(): Promise<MouthLandmarks>;
  /** Whether sample pictures are saved as PNG files. */
  readonly savePictures?: boolean;
}

export type FinetuneControl = FitControl & RecordingControl;

/** What fine-tuning came to; also written as `metrics.json` into its folder. */
export interface FinetuneResult extends Omit<FitResult, 'validations'> {
  readonly folder: string;
  /** Path of the weights, which `lipsync` and everything else takes. */
  readonly weights: string;
  /** The validation of the weights that it began with. */
  readonly first: Validation;
  /** How well mouths that were kept from it are drawn. */
  readonly test?: MouthScores;
  /** Of this start of the run. */
  readonly seconds: number;
}

/** Most items of an epoch, so that validations are equally often whatever the length of the recording. */
const TRAINING_ITEMS = 160;
const VALIDATION_ITEMS = 24;
/** Fewer steps hardly change a network; more take longer than they gain. */
const [FEWEST_STEPS, MOST_STEPS] = [200, 1000];

/** What a run leaves in its folder. */
const RUN_FILES = [
  'recording',
  'best',
  'last',
  'samples',
  'tensorboard',
  'log.jsonl',
  'curves.svg',
  'config.yaml',
  'metrics.json',
  'test.png',
];

/**
 * Trains a Wav2Lip generator further on one person from a short recording.
 *
 * @throws {UserError} when the recording cannot be learned from, the weights are of another network, or the loss is no
 *   longer a number
 */
export async function finetune(
  options: FinetuneOptions,
  parts: FinetuneParts,
  control: FinetuneControl = {},
): Promise<FinetuneResult> {
  const started = performance.now();
  const { video, folder } = options;
  const { files } = parts;
  if (options.restart || !(await isStored(video, folder, options.settings, files))) {
    for (const name of RUN_FILES) await files.remove(`${folder}/${name}`);
    await storeRecording(video, folder, options.settings, parts, control);
  }
  const recording = splitRecording(await openRecording(video, folder, files), options.settings);
  const settings = { ...options.settings, steps: options.settings.steps ?? stepsFor(recording.train) };
  const items = (part: 'train' | 'val', limit: number) => {
    const { seed, syncnet_T: length, mel_lead: lead, augment } = settings;
    return RecordingDataset.open(recording[part], recording.train, { part, seed, length, lead, augment, limit });
  };
  const data = { train: await items('train', TRAINING_ITEMS), val: await items('val', VALIDATION_ITEMS) };
  const config = `${JSON.stringify(settings, undefined, 2)}\n`;
  await writeFile(files, `${folder}/config.yaml`, config);
  const model = await createModel(settings, parts);
  try {
    const test = settings.test_fraction > 0 ? await MouthTest.open(model.generator, recording) : undefined;
    const before = await test?.draw();
    const media = parts.savePictures ? parts.media : undefined;
    const run = new Run({ files, media, folder, config, tensorboard: settings.tensorboard });
    const trainer = new Trainer(model, data, settings, run);
    const { validations, ...fitted } = await trainer.fit(control).finally(() => trainer.dispose());
    await withWeights(files, `${folder}/best`, (weights) => model.generator.loadStateDict(weights));
    const scores = test && before && (await scoreMouths(test, before, `${folder}/test.png`, parts));
    const weights = `${folder}/best/model.safetensors`;
    const seconds = (performance.now() - started) / 1000;
    const result = { folder, weights, ...fitted, first: validations[0], test: scores, seconds };
    await writeFile(files, `${folder}/metrics.json`, `${JSON.stringify(result, undefined, 2)}\n`);
    return result;
  } finally {
    model.dispose();
  }
}

/** One step for each frame that is learned, within limits: a short recording is learned by heart with more. */
const stepsFor = (train: StoredClip): number => Math.min(Math.max(usableFrames(train), FEWEST_STEPS), MOST_STEPS);

async function scoreMouths(
  test: MouthTest,
  before: readonly Frame[],
  path: string,
  { files, media, mouthLandmarks }: FinetuneParts,
): Promise<MouthScores> {
  if (!mouthLandmarks) throw new Error('A test needs what finds mouths.');
  const landmarks = await mouthLandmarks();
  try {
    const { scores, strip } = await test.scores(before, landmarks);
    await savePicture(path, strip, { files, media });
    return scores;
  } finally {
    landmarks.dispose();
  }
}

/** The model with the weights that it begins with. */
function createModel(settings: FinetuneSettings, { files, withWeights }: FinetuneParts): Promise<Wav2Lip> {
  return withWeights(async (weights) => {
    const { syncnet_checkpoint_path: path, syncnet_T, syncnet_wt: syncWeight, syncnet_gate: syncGate } = settings;
    const expert = path === null ? undefined : await loadExpert(files, path, syncnet_T);
    const model = new Wav2Lip({ width: widthOf('generator', weights), expert, syncWeight, syncGate });
    await model.generator.loadStateDict(weights);
    return model;
  });
}
