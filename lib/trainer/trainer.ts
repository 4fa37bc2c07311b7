import * as tf from '../backend/tf.ts';
import type { SettingKey, Settings } from '../config/schema.ts';
import { type Batch, batchCount, batches, type Dataset } from '../data/dataset/dataset.ts';
import type { Frame } from '../media/frame.ts';
import type { AbstractTalkingFace, LossValues } from '../model/abstract_talkingface.ts';
import { inBatches } from '../utils/ahead.ts';
import { UserError } from '../utils/errors.ts';
import { addGradients, clipGradients, differentiate, type NamedTensors, scaleGradients } from './gradients.ts';
import { LossMeans, meanLosses, readScalars, toTensors } from './losses.ts';
import { createOptimizer, type Optimizer } from './optimizer.ts';
import { pictureSheet } from './picture_sheet.ts';
import type { Run } from './run.ts';
import { learningRateFactor } from './schedule.ts';
import {
  bestValidation,
  firstState,
  type TrainingState,
  type Validation,
  validationsWithoutProgress,
} from './training_state.ts';
import { WeightAverage } from './weight_average.ts';

/** The names of the settings that decide how a model is trained. */
export const trainerKeys = [
  'seed',
  'epochs',
  'steps',
  'batch_size',
  'accumulate',
  'shuffle',
  'learner',
  'learning_rate',
  'adam_betas',
  'momentum',
  'weight_decay',
  'schedule',
  'warmup_steps',
  'clip_grad_norm',
  'ema',
  'eval_step',
  'stopping_step',
  'checkpoint_interval',
  'log_interval',
] as const satisfies readonly SettingKey[];

export type TrainerSettings = Pick<Settings, (typeof trainerKeys)[number]>;

/** How far a run is. */
export interface TrainingProgress {
  readonly step: number;
  readonly totalSteps: number;
  readonly losses: LossValues;
}

export interface FitControl {
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Gets sentences that a person should read. */
  readonly onMessage?: (sentence: string) => void;
  /** Gets each validation, with pictures of the same items as the model draws them by then. */
  readonly onValidation?: (validation: Validation, pictures?: Frame) => void;
  /** Ends training after the step that it is in, with a checkpoint saved; `fit` then throws its reason. */
  readonly signal?: AbortSignal;
}

/** What training came to. */
export interface FitResult {
  readonly steps: number;
  readonly best: Validation;
  readonly validations: readonly Validation[];
  /** Whether it ended because the validation loss no longer fell. */
  readonly stoppedEarly: boolean;
}

/** Trains a model: the loop, optimizers, validation and checkpoints. */
export class Trainer {
  readonly #model: AbstractTalkingFace;
  readonly #data: { readonly train: Dataset; readonly val: Dataset };
  readonly #settings: TrainerSettings;
  readonly #run: Run;
  readonly #optimizers: readonly Optimizer[];
  readonly #average?: WeightAverage;
  readonly #stepsPerEpoch: number;
  readonly #totalSteps: number;
  #state: TrainingState = firstState();

  /** @param model with its weights; stays the caller's */
  constructor(
    model: AbstractTalkingFace,
    data: { readonly train: Dataset; readonly val: Dataset },
    settings: TrainerSettings,
    run: Run,
  ) {
    this.#model = model;
    this.#data = data;
    this.#settings = settings;
    this.#run = run;
    this.#optimizers = model.objectives.map(({ network, optimizer }) =>
      createOptimizer(network.parameters(), { ...settings, ...optimizer }),
    );
    if (settings.ema !== null) this.#average = new WeightAverage(model.objectives[0].network, settings.ema);
    const epochBatches = batchCount(data.train, { batchSize: settings.batch_size, dropLast: true });
    this.#stepsPerEpoch = Math.ceil(epochBatches / settings.accumulate);
    this.#totalSteps = Math.min(settings.steps ?? Number.POSITIVE_INFINITY, settings.epochs * this.#stepsPerEpoch);
  }

  /**
   * Trains to the last step, or until the validation loss no longer falls. A run that has a checkpoint goes on from
   * it, with the losses that it would have had.
   *
   * @throws {UserError} when a loss is no longer a number
   */
  async fit(control: FitControl = {}): Promise<FitResult> {
    const resumed = await this.#run.restore(this.#model, this.#optimizers, this.#average);
    if (resumed) this.#state = resumed;
    await this.#run.start(this.#state);
    if (resumed) this.#model.validated?.(this.#trainedValidations());

    const unlogged = new LossMeans(this.#state.unlogged);
    let [timed, since] = [0, performance.now()];
    for await (const group of this.#groups()) {
      if (this.#validationIsDue()) {
        await this.#validate(control);
        [timed, since] = [0, performance.now()];
      }
      if (this.#state.step >= this.#totalSteps || this.#isStopped()) break;

      const losses = await this.#step(group);
      timed++;
      unlogged.add(losses);
      const { step } = this.#state;
      control.onProgress?.({ step, totalSteps: this.#totalSteps, losses });
      if (step % this.#settings.log_interval === 0) {
        const seconds = (performance.now() - since) / 1000;
        const speed = { learning_rate: this.#learningRate(step - 1), steps_per_second: timed / seconds };
        await this.#run.log('train', step, { ...unlogged.take(), ...speed });
        [timed, since] = [0, performance.now()];
      }
      this.#state.unlogged = unlogged.sums;
      if (step % this.#settings.checkpoint_interval === 0) await this.#save('last');
      if (control.signal?.aborted) {
        await this.#save('last');
        throw control.signal.reason;
      }
    }
    const { step, validations } = this.#state;
    return { steps: step, best: bestValidation(this.#state)!, validations, stoppedEarly: step < this.#totalSteps };
  }

  dispose(): void {
    for (const optimizer of this.#optimizers) optimizer.dispose();
    this.#average?.dispose();
  }

  /** The batches of each step from the current one on, epoch after epoch. */
  async *#groups(): AsyncGenerator<Batch[], void, undefined> {
    const { batch_size: batchSize, accumulate, shuffle, seed } = this.#settings;
    const { step } = this.#state;
    let skip = (step % this.#stepsPerEpoch) * accumulate;
    for (let epoch = Math.floor(step / this.#stepsPerEpoch); ; epoch++, skip = 0) {
      const shuffleSeed = shuffle ? seed : undefined;
      const options = { batchSize, epoch, shuffleSeed, skip, dropLast: true };
      yield* inBatches(batches(this.#data.train, options), accumulate);
    }
  }

  /** One step of every optimizer, by the average gradient of some batches. */
  async #step(group: readonly Batch[]): Promise<LossValues> {
    const { objectives } = this.#model;
    const { step } = this.#state;
    const means = new LossMeans();
    const gradients: NamedTensors[] = objectives.map(() => ({}));
    try {
      for (const batch of group) {
        const tensors = toTensors(batch);
        for (const [i, objective] of objectives.entries()) {
          const result = differentiate(objective, tensors);
          gradients[i] = addGradients(gradients[i], result.gradients);
          means.add(await readScalars(result.losses, i === 0 ? '' : `${objective.name}_`));
        }
        tf.dispose(tensors as tf.TensorContainer);
      }
      const losses = means.take();
      this.#requireNumbers(losses, `at step ${step + 1}`);
      for (const [i, optimizer] of this.#optimizers.entries()) {
        if (group.length > 1) gradients[i] = scaleGradients(gradients[i], 1 / group.length);
        const limit = this.#settings.clip_grad_norm;
        if (limit !== null) gradients[i] = clipGradients(gradients[i], limit);
        optimizer.learningRate = this.#learningRate(step, objectives[i].optimizer?.learning_rate);
        optimizer.step(gradients[i]);
      }
      this.#state.step++;
      this.#average?.update(this.#state.step);
      return losses;
    } finally {
      tf.dispose(gradients as tf.TensorContainer);
    }
  }

  #learningRate(step: number, highest = this.#settings.learning_rate): number {
    return highest * learningRateFactor(step, this.#totalSteps, this.#settings);
  }

  #validationIsDue(): boolean {
    const { step, validations } = this.#state;
    const interval = this.#settings.eval_step * this.#stepsPerEpoch;
    return (step % interval === 0 || step >= this.#totalSteps) && validations.at(-1)?.step !== step;
  }

  async #validate({ onMessage, onValidation }: FitControl): Promise<void> {
    const { step, validations } = this.#state;
    let sheet: Frame | undefined;
    this.#average?.swap();
    const losses = await meanLosses(this.#model, this.#data.val, this.#settings.batch_size, async (batch) => {
      const pictures = this.#model.pictures && tf.tidy(() => this.#model.pictures!(batch) as tf.Tensor5D);
      sheet = pictures && (await pictureSheet(pictures));
    });
    this.#average?.swap();
    if (sheet) await this.#run.pictures(step, sheet);
    this.#requireNumbers(losses, `in the validation after step ${step}`);
    validations.push({ step, losses });
    const message = this.#model.validated?.(this.#trainedValidations());
    if (message) onMessage?.(message);
    if (bestValidation(this.#state)?.step === step) await this.#save('best');
    await this.#save('last');
    await this.#run.log('val', step, losses);
    await this.#run.plot();
    onValidation?.({ step, losses }, sheet);
  }

  #trainedValidations(): LossValues[] {
    return this.#state.validations.filter(({ step }) => step > 0).map(({ losses }) => losses);
  }

  #isStopped(): boolean {
    return validationsWithoutProgress(this.#state) >= this.#settings.stopping_step;
  }

  #save(name: 'best' | 'last'): Promise<void> {
    return this.#run.save(name, this.#state, this.#model, this.#optimizers, this.#average);
  }

  #requireNumbers(losses: LossValues, where: string): void {
    const [name, value] = Object.entries(losses).find(([, value]) => !Number.isFinite(value)) ?? [];
    if (name === undefined) return;
    throw new UserError(
      `Training stopped: ${name} became ${value} ${where}; the last checkpoint is from before. Try a learning_rate below ${this.#settings.learning_rate} or clip_grad_norm: 1.`,
    );
  }
}
