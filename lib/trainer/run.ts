import type * as tf from '../backend/tf.ts';
import type { FileStore } from '../data/file_store.ts';
import { savePicture } from '../data/save_picture.ts';
import type { Frame } from '../media/frame.ts';
import type { MediaPlatform } from '../media/media_platform.ts';
import type { AbstractTalkingFace, Objective } from '../model/abstract_talkingface.ts';
import { hasCheckpoint, openCheckpointFolder, saveCheckpoint } from './checkpoint_folder.ts';
import type { Optimizer } from './optimizer.ts';
import { RunLog } from './run_log.ts';
import type { TrainingState } from './training_state.ts';
import { loadVariables, variablesStateDict } from './variables_state_dict.ts';
import type { WeightAverage } from './weight_average.ts';

export interface RunOptions {
  readonly files: FileStore;
  /** Writes the sample pictures; without it there are none. */
  readonly media?: MediaPlatform;
  /** The run's own folder. */
  readonly folder: string;
  /** The settings, as YAML. */
  readonly config: string;
  readonly tensorboard: boolean;
}

/** What a run writes into its folder, and reads to go on: checkpoints `best` and `last`, logs and pictures. */
export class Run {
  readonly #options: RunOptions;
  #log?: RunLog;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /** Loads the last checkpoint, if there is one, into a model and its optimizers, and returns its state. */
  async restore(
    model: AbstractTalkingFace,
    optimizers: readonly Optimizer[],
    average?: WeightAverage,
  ): Promise<TrainingState | undefined> {
    const { files, folder } = this.#options;
    if (!(await hasCheckpoint(files, `${folder}/last`))) return undefined;
    const checkpoint = await openCheckpointFolder(files, `${folder}/last`);
    for (const { name, network } of model.objectives) {
      await checkpoint.with(name, (weights) => network.loadStateDict(weights));
    }
    const variables = trainingVariables(model.objectives, optimizers, average);
    await checkpoint.with('optimizer', (memory) => loadVariables(variables, memory));
    average?.swap();
    for (const optimizer of optimizers) optimizer.steps = checkpoint.state.step;
    return checkpoint.state;
  }

  /** Begins the log, or goes on with it. */
  async start(state: TrainingState): Promise<void> {
    const { files, folder, tensorboard } = this.#options;
    this.#log = await RunLog.open(files, folder, state, tensorboard);
  }

  /** Saves a checkpoint. With an average, it is what goes into `model.safetensors`. */
  async save(
    name: 'best' | 'last',
    state: TrainingState,
    model: AbstractTalkingFace,
    optimizers: readonly Optimizer[],
    average?: WeightAverage,
  ): Promise<void> {
    const { files, folder, config } = this.#options;
    const networks = model.objectives.map(({ name, network }) => [name, network.stateDict()] as const);
    const optimizer = variablesStateDict(trainingVariables(model.objectives, optimizers, average));
    average?.swap();
    try {
      const stateDicts = { ...Object.fromEntries(networks), optimizer };
      await saveCheckpoint(files, `${folder}/${name}`, { stateDicts, state, config });
    } finally {
      average?.swap();
    }
  }

  async log(kind: 'train' | 'val', step: number, values: Readonly<Record<string, number>>): Promise<void> {
    await this.#log?.write(kind, step, values);
  }

  /** Draws the curves so far as `curves.svg`. */
  async plot(): Promise<void> {
    await this.#log?.plot();
  }

  /** Saves a sheet of sample pictures as a PNG in `samples`. */
  async pictures(step: number, sheet: Frame): Promise<void> {
    const { files, media, folder } = this.#options;
    if (!media) return;
    const path = `${folder}/samples/step-${String(step).padStart(7, '0')}.png`;
    await savePicture(path, sheet, { files, media });
    const png = await files.read(path);
    if (png) await this.#log?.picture(step, png, sheet.width, sheet.height);
  }
}

/** All that training needs besides the networks: optimizers' memories and what a {@link WeightAverage} holds. */
function trainingVariables(
  objectives: readonly Objective[],
  optimizers: readonly Optimizer[],
  average?: WeightAverage,
): Map<string, tf.Variable> {
  const variables = new Map<string, tf.Variable>();
  for (const [i, { name, network }] of objectives.entries()) {
    const parameters = Array.from(network.namedParameters(), ([parameter]) => parameter);
    for (const [kind, memory] of Object.entries(optimizers[i].memory)) {
      for (const [j, variable] of memory.entries()) variables.set(`${name}.${parameters[j]}.${kind}`, variable);
    }
  }
  for (const [name, variable] of average?.averages ?? []) variables.set(`weights.${name}`, variable);
  return variables;
}
