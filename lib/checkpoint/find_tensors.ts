import { UserError } from '../utils/errors.ts';
import { PickleObject, type PickleValue } from './pickle.ts';
import { TorchTensor } from './torch_tensor.ts';

/** A dictionary (or module) that holds tensors: a state dict, or an optimizer's state. */
export interface TensorGroup {
  /** Path in the file, for instance `state_dict`; empty for the outermost dictionary. */
  readonly path: string;
  readonly kind: 'weights' | 'optimizer';
}

/** A tensor by its whole path in the file, for instance `state_dict.conv.weight`. */
export interface FoundTensor {
  readonly path: string;
  readonly tensor: TorchTensor;
  readonly group: TensorGroup;
}

/** A plain value beside the tensors. */
export type MetadataValue = string | number | boolean;

/** What an unpickled checkpoint holds. */
export interface CheckpointContents {
  readonly tensors: readonly FoundTensor[];
  /** Values beside the weights (epoch, step, settings) by their paths; long ones are shortened. */
  readonly metadata: Readonly<Record<string, MetadataValue>>;
}

const MAX_VISITS = 2_000_000;
const MAX_DEPTH = 64;
const MAX_PATH_CHARACTERS = 2048;
const MAX_METADATA = 200;
const MAX_METADATA_CHARACTERS = 200;

interface Visit {
  readonly value: PickleValue;
  readonly path: string;
  readonly depth: number;
  readonly group: TensorGroup;
  /** Whether dictionaries below belong to `group` too, as within a module or an optimizer. */
  readonly isClosed: boolean;
}

/**
 * Finds the tensors in an unpickled checkpoint, however its dictionaries nest, and the dictionaries they are in.
 * A whole pickled module counts as the state dict of its parameters and buffers.
 *
 * @throws {UserError} when values nest so that a walk would not end in reasonable time.
 */
export function findTensors(root: PickleValue, fileName: string): CheckpointContents {
  const tensors = new Map<string, FoundTensor>();
  const metadata = new Map<string, MetadataValue>();
  const seen = new Set<PickleObject>();
  // A stack of our own, since a hostile file can nest deeper than the call stack.
  const stack: Visit[] = [{ value: root, path: '', depth: 0, group: { path: '', kind: 'weights' }, isClosed: false }];
  let visits = 0;
  for (let visit = stack.pop(); visit; visit = stack.pop()) {
    const { value, path, group } = visit;
    if (path.length > MAX_PATH_CHARACTERS) {
      throw new UserError(
        `${fileName} has a name of over ${MAX_PATH_CHARACTERS} characters; it is damaged or hostile.`,
      );
    }
    if (value instanceof TorchTensor) {
      // Two paths can join to the same text ("a.b", and "b" in "a"): the first keeps it.
      if (!tensors.has(path)) tensors.set(path, { path, tensor: value, group });
      continue;
    }
    if (value instanceof PickleObject) {
      // Objects may refer to each other in circles.
      if (seen.has(value)) continue;
      seen.add(value);
    }
    const children = visit.depth < MAX_DEPTH ? childrenOf(visit) : [];
    visits += children.length;
    if (visits > MAX_VISITS) {
      throw new UserError(`${fileName} nests more than ${MAX_VISITS} values; no checkpoint of weights needs so many.`);
    }
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i]);
    const text = children.length === 0 && group.kind === 'weights' ? describe(value) : undefined;
    if (text !== undefined && path !== '' && metadata.size < MAX_METADATA) metadata.set(path, text);
  }
  return { tensors: [...tensors.values()], metadata: Object.fromEntries(metadata) };
}

function childrenOf(visit: Visit): Visit[] {
  const { value, path, depth, group, isClosed } = visit;
  if (Array.isArray(value)) {
    // Long lists of plain numbers (a shuffled order, a random state) hold nothing to find.
    return value.some(isContainer) ? visitAll(value.entries(), group, isClosed) : [];
  }
  if (value instanceof Map) {
    const isOptimizer = value.has('param_groups') && value.has('state');
    if (isClosed) return visitAll(value, group, true);
    return visitAll(value, { path, kind: isOptimizer ? 'optimizer' : group.kind }, isOptimizer);
  }
  if (value instanceof PickleObject) {
    if (value.items.size > 0) return visitAll(value.items, isClosed ? group : { path, kind: group.kind }, isClosed);
    const { state } = value;
    if (!(state instanceof Map)) return [];
    const moduleGroup = isClosed ? group : { path, kind: group.kind };
    const parts = ['_parameters', '_buffers', '_modules'].map((part) => state.get(part)).filter(isMap);
    return (parts.length > 0 ? parts : [state]).flatMap((part) => visitAll(part, moduleGroup, true));
  }
  return [];

  function visitAll(items: Iterable<[PickleValue, PickleValue]>, itemGroup: TensorGroup, closed: boolean): Visit[] {
    return Array.from(items, ([key, item]) => {
      const name = typeof key === 'object' ? '?' : String(key);
      const itemPath = path === '' ? name : `${path}.${name}`;
      return { value: item, path: itemPath, depth: depth + 1, group: itemGroup, isClosed: closed };
    });
  }
}

function describe(value: PickleValue): MetadataValue | undefined {
  if (value === null || value instanceof Map || value instanceof Set) return undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return shorten(value);
  if (value instanceof PickleObject) return shorten(`<${value.className}>`);
  if (!Array.isArray(value)) return undefined;
  return value.length > 8 || value.some(isContainer) ? `[${value.length} values]` : shorten(`[${value.join(', ')}]`);
}

function shorten(text: string): string {
  return text.length > MAX_METADATA_CHARACTERS ? `${text.slice(0, MAX_METADATA_CHARACTERS)}…` : text;
}

function isContainer(value: PickleValue): boolean {
  return typeof value === 'object' && value !== null;
}

function isMap(value: PickleValue | undefined): value is Map<PickleValue, PickleValue> {
  return value instanceof Map;
}
