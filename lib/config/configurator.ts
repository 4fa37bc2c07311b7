import { Document, isCollection, isNode, parse } from 'yaml';
import { UserError } from '../utils/errors.ts';
import { nearest } from '../utils/nearest.ts';
import { retiredKeys } from './retired.ts';
import { findKey, plain, type SettingKey, type Settings, schema } from './schema.ts';
import { check, type Setting } from './setting.ts';

/** Some settings and where they stand, e.g. `properties/overall.yaml`. */
export interface Layer {
  readonly origin: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A setting of a run. */
export interface ConfigEntry {
  readonly key: SettingKey;
  readonly value: unknown;
  /** The layer that decided. */
  readonly origin: string;
  readonly setting: Setting<unknown>;
}

/** How a platform reads the `properties` folder: from disk in Node, from the bundle in a page. */
export interface Properties {
  /** The text of a file, by its path in the folder, e.g. `model/wav2lip.yaml`. */
  readText(path: string): Promise<string>;
  /** Names without `.yaml` of what a subfolder holds; `run` holds what only a model on a data set or in a task has, `<model>-<dataset>`. */
  list(folder: 'model' | 'dataset' | 'run'): Promise<string[]>;
}

/** Work on a model that has settings of its own. */
export type Task = 'finetune';

/** What a run is asked for. */
export interface ConfigRequest {
  readonly properties: Properties;
  /** Names as the user wrote them: case and hyphens do not matter. A config file may give them too. */
  readonly model?: string;
  readonly dataset?: string;
  /** What the model is for, if not for training on a data set. */
  readonly task?: Task;
  /** Texts of the user's YAML files; a later one wins. */
  readonly configFiles?: readonly { readonly name: string; readonly text: string }[];
  /** What wins over everything, usually from `parseOverrides`. */
  readonly overrides?: Layer;
}

/** The settings of a run, merged and checked, each with where it came from. */
export class Config {
  readonly model?: string;
  readonly dataset?: string;
  readonly #entries: ReadonlyMap<SettingKey, ConfigEntry>;

  constructor(entries: Iterable<ConfigEntry>, model?: string, dataset?: string) {
    this.#entries = new Map(Array.from(entries, (entry) => [entry.key, entry]));
    this.model = model;
    this.dataset = dataset;
  }

  /** The value of a setting. Throws when the model and the data set of this run have no such setting. */
  get<K extends SettingKey>(key: K): Settings[K] {
    const entry = this.#entries.get(key);
    if (!entry) throw new Error(`${describeRun(this.model, this.dataset)} has no setting ${key}.`);
    return entry.value as Settings[K];
  }

  has(key: SettingKey): boolean {
    return this.#entries.has(key);
  }

  /** Every setting: first those of every run, then the data set's, then the model's. */
  entries(): ConfigEntry[] {
    return [...this.#entries.values()];
  }

  /** A config file that repeats the run, with a comment on each setting that differs from `properties/`. */
  toYaml(): string {
    const values = Object.fromEntries(this.entries().map(({ key, value }) => [key, value]));
    const document = new Document({ model: this.model, dataset: this.dataset, ...values }, { keepUndefined: false });
    for (const { key, origin } of this.entries()) {
      const node = document.get(key, true);
      if (!isNode(node)) continue;
      if (isCollection(node)) node.flow = true;
      if (!origin.startsWith('properties/')) node.comment = ` ${origin}`;
    }
    return document.toString({ lineWidth: 0 });
  }
}

/**
 * Merges the settings of a run: `overall.yaml` < the data set's < the model's < those of the model on the data set or in
 * the task < config files < overrides.
 * Throws a `UserError` for a model or data set that does not exist, for a key that is no setting of this
 * run (naming the nearest one) and for a value that does not fit.
 */
export async function loadConfig(request: ConfigRequest): Promise<Config> {
  const { properties, task, configFiles = [], overrides } = request;
  const given = configFiles.map(({ name, text }) => parseLayer(name, text));
  if (overrides) given.push(overrides);
  const model = await resolveName(properties, 'model', request.model ?? lastValue(given, 'model'));
  const dataset = await resolveName(properties, 'dataset', request.dataset ?? lastValue(given, 'dataset'));

  const paths = ['overall.yaml'];
  if (dataset) paths.push(`dataset/${dataset}.yaml`);
  if (model) paths.push(`model/${model}.yaml`);
  const run = `${model}-${task ?? dataset}`;
  if ((await properties.list('run')).includes(run)) paths.push(`run/${run}.yaml`);
  const base = await Promise.all(
    paths.map(async (path) => parseLayer(`properties/${path}`, await properties.readText(path))),
  );
  const entries = new Map<SettingKey, ConfigEntry>();
  for (const layer of base)
    put(entries, layer, (key) => findKey(key) ?? unknown(key, layer.origin, Object.keys(schema)));
  const known = new Set(entries.keys());
  for (const layer of given) {
    put(entries, layer, (key) => {
      const found = findKey(key);
      if (found && known.has(found)) return found;
      if (found)
        throw new UserError(`${layer.origin} sets ${found}, which ${describeRun(model, dataset)} does not have.`);
      return unknown(key, layer.origin, known);
    });
  }
  return new Config(entries.values(), model, dataset);
}

/** Reads a YAML text as settings. */
function parseLayer(origin: string, text: string): Layer {
  let values: unknown;
  try {
    values = parse(text) ?? {};
  } catch (error) {
    throw new UserError(`${origin} is not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  if (typeof values !== 'object' || Array.isArray(values)) {
    throw new UserError(`${origin} must hold lines of the form "key: value".`);
  }
  return { origin, values: values as Record<string, unknown> };
}

function put(entries: Map<SettingKey, ConfigEntry>, layer: Layer, resolve: (key: string) => SettingKey): void {
  for (const [given, value] of Object.entries(layer.values)) {
    if (isRunName(given)) continue;
    const key = resolve(given);
    const setting: Setting<unknown> = schema[key];
    entries.set(key, { key, value: check(key, setting, value, layer.origin), origin: layer.origin, setting });
  }
}

function unknown(key: string, origin: string, known: Iterable<string>): never {
  const retired = retiredKeys[plain(key)];
  if (retired) throw new UserError(`${origin} sets ${key}, which this toolkit does not have: ${retired}.`);
  const meant = nearest(plain(key), known);
  throw new UserError(`${origin} sets ${key}, which is not a setting${meant ? `; did you mean ${meant}?` : '.'}`);
}

const isRunName = (key: string): boolean => ['model', 'dataset'].includes(plain(key));

function lastValue(layers: readonly Layer[], name: string): string | undefined {
  const values = layers.flatMap(({ values }) => Object.entries(values).filter(([key]) => plain(key) === name));
  const last = values.at(-1)?.[1];
  return last === undefined || last === null ? undefined : String(last);
}

async function resolveName(properties: Properties, folder: 'model' | 'dataset', given?: string) {
  if (given === undefined) return undefined;
  const names = await properties.list(folder);
  const found = names.find((name) => plain(name) === plain(given));
  if (found) return found;
  const kind = folder === 'model' ? 'model' : 'data set';
  const meant = nearest(plain(given), names);
  throw new UserError(
    `There is no ${kind} ${given}; ${meant ? `did you mean ${meant}? There are` : 'there are'} ${names.join(', ')}.`,
  );
}

function describeRun(model?: string, dataset?: string): string {
  const parts = [model && `model ${model}`, dataset && `data set ${dataset}`].filter(Boolean);
  return parts.length ? parts.join(' on ') : 'a run without model and data set';
}
