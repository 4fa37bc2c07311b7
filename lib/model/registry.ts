import type { Config } from '../config/configurator.ts';
import type { Dataset, Part } from '../data/dataset/dataset.ts';
import type { StoredClip } from '../data/dataset/stored_clip.ts';
import { SyncNetDataset } from '../data/dataset/syncnet_dataset.ts';
import { Wav2LipDataset } from '../data/dataset/wav2lip_dataset.ts';
import type { FileStore } from '../data/file_store.ts';
import { UserError } from '../utils/errors.ts';
import type { AbstractTalkingFace } from './abstract_talkingface.ts';
import { loadExpert } from './audio_driven_talkingface/wav2lip/load_expert.ts';
import { SyncNet } from './audio_driven_talkingface/wav2lip/syncnet.ts';
import { Wav2Lip, type Wav2LipOptions } from './audio_driven_talkingface/wav2lip/wav2lip.ts';
import { Wav2LipGan } from './audio_driven_talkingface/wav2lip/wav2lip_gan.ts';

/** How a model is made and what it learns from. */
export interface ModelEntry {
  /** Its own networks have no values yet; those that it only uses are loaded. */
  create(config: Config, files: FileStore): Promise<AbstractTalkingFace>;
  /** Items for one part of a data set. */
  dataset(clips: readonly StoredClip[], part: Part, config: Config): Dataset;
}

const wav2lipDataset: ModelEntry['dataset'] = (clips, part, config) =>
  new Wav2LipDataset(clips, {
    part,
    seed: config.get('seed'),
    length: config.get('syncnet_T'),
    lead: config.get('mel_lead'),
    augment: config.get('augment'),
  });

/** Every model by the name of its file in `properties/model`. */
export const models = {
  syncnet: {
    create: async (config) =>
      new SyncNet({
        width: config.get('width'),
        frames: config.get('syncnet_T'),
        matchingWeight: config.get('matching_wt'),
      }),
    dataset: (clips, part, config) =>
      new SyncNetDataset(clips, { part, seed: config.get('seed'), length: config.get('syncnet_T') }),
  },
  wav2lip: {
    create: async (config, files) => new Wav2Lip(await wav2lipOptions(config, files)),
    dataset: wav2lipDataset,
  },
  wav2lip_gan: {
    create: async (config, files) =>
      new Wav2LipGan({
        ...(await wav2lipOptions(config, files)),
        discriminatorWeight: config.get('disc_wt'),
        discriminatorOptimizer: {
          learning_rate: config.get('disc_learning_rate'),
          adam_betas: config.get('disc_adam_betas'),
        },
      }),
    dataset: wav2lipDataset,
  },
} as const satisfies Record<string, ModelEntry>;

export type ModelName = keyof typeof models;

/** Throws a `UserError` for a name that is none of a model. */
export function modelNamed(name: string | undefined): ModelEntry {
  if (name !== undefined && Object.hasOwn(models, name)) return models[name as ModelName];
  const there = Object.keys(models).join(', ');
  throw new UserError(name ? `There is no model ${name}; there are ${there}.` : `Name a --model: ${there}.`);
}

async function wav2lipOptions(config: Config, files: FileStore): Promise<Wav2LipOptions> {
  const path = config.get('syncnet_checkpoint_path');
  const isAsked = path !== null && config.get('syncnet_wt') > 0;
  return {
    width: config.get('width'),
    expert: isAsked ? await loadExpert(files, path, config.get('syncnet_T')) : undefined,
    syncWeight: config.get('syncnet_wt'),
    syncGate: config.get('syncnet_gate'),
  };
}
