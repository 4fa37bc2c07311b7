import { UserError } from '../utils/errors.ts';
import type { MetadataValue, TensorGroup } from './find_tensors.ts';
import type { StateDictSource, TensorData, TensorInfo } from './state_dict.ts';

export type CheckpointFormat = 'safetensors' | 'pytorch-zip' | 'pytorch-legacy' | 'torchscript';

/** A tensor in a file, by its whole path. */
export interface CheckpointTensor {
  readonly path: string;
  readonly group: TensorGroup;
  readonly info: TensorInfo;
  read(): Promise<TensorData>;
}

/** A dictionary of tensors in a checkpoint. */
export interface CheckpointGroup extends TensorGroup {
  readonly tensors: number;
}

/** Where the weights are when a file holds several dictionaries, the likeliest first. */
const USUAL_PATHS = ['state_dict', 'model_state_dict', 'model_state', 'params_ema', 'g_ema', 'params', 'model', 'net'];

/** Prefixes that a wrapper gives to every name: DataParallel's and torch.compile's. */
const WRAPPER_PREFIX = /^(?:module\.|_orig_mod\.)+/;

/**
 * An open checkpoint. As a `StateDictSource` it is the file's one state dict, or the likeliest: `selected` says which.
 * When a file has several of equal standing (`generator`, `kp_detector`, ...) `entries` holds all of them by their
 * paths, and `select('generator')` gives one. An optimizer's state is only ever given by `select`.
 */
export class Checkpoint implements StateDictSource {
  readonly name: string;
  readonly format: CheckpointFormat;
  /** Path of the dictionary that `entries` is; empty for the outermost. */
  readonly selected: string;
  readonly entries: ReadonlyMap<string, TensorInfo>;
  /** Every dictionary of tensors in the file. */
  readonly groups: readonly CheckpointGroup[];
  /** Plain values beside the tensors: epoch, step, settings; the metadata of a `.safetensors`. */
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  /** What a person should know: names that were shortened, tensors that were left out. */
  readonly warnings: readonly string[];
  private readonly tensors: readonly CheckpointTensor[];
  private readonly weights: StateDictSource;

  constructor(
    name: string,
    format: CheckpointFormat,
    tensors: readonly CheckpointTensor[],
    metadata: Readonly<Record<string, MetadataValue>>,
    warnings: readonly string[],
  ) {
    this.name = name;
    this.format = format;
    this.tensors = tensors;
    this.groups = countGroups(tensors);
    this.metadata = metadata;
    const weights = tensors.filter(({ group }) => group.kind === 'weights');
    this.selected = likeliestPath(this.groups);
    const { source, prefix } = stateDictUnder(name, this.selected, weights);
    this.weights = source;
    this.entries = source.entries;
    this.warnings = prefix
      ? [...warnings, `Every entry's name began with "${prefix}"; the prefix was taken off.`]
      : warnings;
  }

  /** Reads one entry of `entries`. */
  read(name: string): Promise<TensorData> {
    return this.weights.read(name);
  }

  /**
   * The tensors below a path (`generator`, `state_dict.encoder`, `optimizer`) as a state dict of their own, by the rest
   * of their paths; `''` gives every tensor by its whole path.
   *
   * @throws {UserError} when there is nothing below it; the sentence lists the file's dictionaries.
   */
  select(path: string): StateDictSource {
    const { source } = stateDictUnder(this.name, path, this.tensors);
    if (source.entries.size === 0) {
      const known = this.groups.map((group) => `"${group.path}"`).join(', ');
      throw new UserError(`${this.name} has no tensors below "${path}"; it has ${known || 'no tensors at all'}.`);
    }
    return source;
  }
}

function countGroups(tensors: readonly CheckpointTensor[]): CheckpointGroup[] {
  const groups = new Map<string, CheckpointGroup>();
  for (const { group } of tensors) {
    groups.set(group.path, { ...group, tensors: (groups.get(group.path)?.tensors ?? 0) + 1 });
  }
  return [...groups.values()];
}

function likeliestPath(groups: readonly CheckpointGroup[]): string {
  const paths = groups.filter(({ kind }) => kind === 'weights').map(({ path }) => path);
  const usual = USUAL_PATHS.find((candidate) =>
    paths.some((path) => path === candidate || path.startsWith(`${candidate}.`)),
  );
  if (usual !== undefined) return usual;
  // The deepest dictionary that has all of them in it.
  const [first = '', ...rest] = paths;
  const parts = first.split('.');
  const isCommon = (path: string) => rest.every((other) => other === path || other.startsWith(`${path}.`));
  for (let length = parts.length; length > 0; length--) {
    const path = parts.slice(0, length).join('.');
    if (isCommon(path)) return path;
  }
  return '';
}

function stateDictUnder(fileName: string, path: string, tensors: readonly CheckpointTensor[]) {
  const start = path === '' ? '' : `${path}.`;
  const below = tensors.filter((tensor) => tensor.path.startsWith(start));
  const prefix = commonWrapperPrefix(below, start.length);
  const byName = new Map(below.map((tensor) => [tensor.path.slice(start.length + prefix.length), tensor]));
  const source: StateDictSource = {
    entries: new Map(Array.from(byName, ([name, { info }]) => [name, info])),
    async read(name) {
      const tensor = byName.get(name);
      if (!tensor) throw new UserError(`${fileName} has no entry "${name}".`);
      return tensor.read();
    },
  };
  return { source, prefix };
}

function commonWrapperPrefix(tensors: readonly CheckpointTensor[], start: number): string {
  const prefix = WRAPPER_PREFIX.exec(tensors[0]?.path.slice(start) ?? '')?.[0] ?? '';
  return prefix !== '' && tensors.every((tensor) => tensor.path.startsWith(prefix, start)) ? prefix : '';
}
