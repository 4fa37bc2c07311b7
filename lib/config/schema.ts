import { datasetSettings } from './schema/dataset.ts';
import { evaluationSettings } from './schema/evaluation.ts';
import { modelSettings } from './schema/model.ts';
import { runSettings } from './schema/run.ts';
import { trainingSettings } from './schema/training.ts';
import type { ValueOf } from './setting.ts';

/** Every setting there is. Its value comes from `properties/`, which also decides whether a run has it at all. */
export const schema = {
  ...runSettings,
  ...trainingSettings,
  ...evaluationSettings,
  ...modelSettings,
  ...datasetSettings,
};

export type SettingKey = keyof typeof schema;

/** The type of each setting's value. */
export type Settings = { readonly [K in SettingKey]: ValueOf<(typeof schema)[K]> };

const canonical = new Map(Object.keys(schema).map((key) => [plain(key), key as SettingKey]));

/** The setting that a user means: hyphens count as underscores and case does not matter. */
export const findKey = (given: string): SettingKey | undefined => canonical.get(plain(given));

/** `Syncnet-T` and `syncnet_t` are the same name. */
export function plain(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}
