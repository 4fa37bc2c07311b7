import { releaseSpareMemory } from '../backend/spare_memory.ts';
import type * as tf from '../backend/tf.ts';
import type { StateDictSource, TensorInfo } from '../checkpoint/state_dict.ts';
import type { Precision } from '../ops/prepared_convolution.ts';
import { UserError } from '../utils/errors.ts';
import type { Random } from '../utils/random.ts';
import { type Counter, Parameter } from './parameter.ts';

/** How `loadStateDict` takes what it finds. */
export interface LoadOptions {
  /** Whether a missing or an unexpected entry is an error. Default true. A wrong shape always is. */
  readonly strict?: boolean;
  /** Take the entries whose names begin with this, and ignore all others. Default `''`: every entry. */
  readonly prefix?: string;
}

/** How `prepare` makes inference fast. */
export interface PrepareOptions {
  /** Whether the memory of the weights as they were is given back. Default false. */
  readonly release?: boolean;
  /** In which the prepared weights are held. Default `float32`. */
  readonly precision?: Precision;
}

/**
 * A network or a part of one. Its parameters, buffers and children carry the names and the order they have
 * in PyTorch, so that its state dict is the reference implementation's. Tensors are channels-last.
 */
export abstract class Module {
  readonly #entries = new Map<string, Parameter | Counter>();
  readonly #children = new Map<string, Module>();
  #training = true;

  /** Whether batch statistics are used and updated, as in PyTorch true until `eval()`. */
  get training(): boolean {
    return this.#training;
  }

  /** Adds a part under its PyTorch attribute name. */
  protected child<T extends Module>(name: string, module: T): T {
    this.#children.set(name, module);
    return module;
  }

  /** Adds a parameter or buffer; PyTorch's order is parameters, then buffers, then children. */
  protected entry<T extends Parameter | Counter>(name: string, entry: T): T {
    this.#entries.set(name, entry);
    return entry;
  }

  /** The direct parts, in PyTorch's order. */
  children(): Module[] {
    return [...this.#children.values()];
  }

  /** Every state-dict entry under this module with its full name, in PyTorch's order. */
  *namedEntries(prefix = ''): Generator<[string, Parameter | Counter]> {
    for (const [name, entry] of this.#entries) yield [prefix + name, entry];
    for (const [name, module] of this.#children) yield* module.namedEntries(`${prefix}${name}.`);
  }

  /** What an optimizer changes, by PyTorch name. */
  *namedParameters(): Generator<[string, Parameter]> {
    for (const [name, entry] of this.namedEntries()) {
      if (entry instanceof Parameter && entry.requiresGrad) yield [name, entry];
    }
  }

  /** The variables an optimizer changes. */
  parameters(): tf.Variable[] {
    return Array.from(this.namedParameters(), ([, parameter]) => parameter.value);
  }

  /** Freezes (`false`) or unfreezes the parameters: a frozen one is not in `parameters()`. */
  requiresGrad(requiresGrad: boolean): this {
    for (const [, entry] of this.namedEntries()) {
      if (entry instanceof Parameter && !entry.isBuffer) entry.requiresGrad = requiresGrad;
    }
    return this;
  }

  /** Fills every entry with PyTorch's default first values. */
  initialize(random: Random): this {
    this.unprepare();
    for (const [, entry] of this.namedEntries()) {
      if (entry instanceof Parameter) entry.initialize(random);
      else entry.value = 0;
    }
    return this;
  }

  train(): this {
    this.#setTraining(true);
    return this;
  }

  eval(): this {
    this.#setTraining(false);
    return this;
  }

  /**
   * Makes inference fast: switches to `eval()` and folds each batch norm, bias and activation into its
   * convolution. The outputs stay the same up to rounding. Needs as much memory again as the weights,
   * unless `release` gives theirs back: then the network can neither be trained nor saved any more.
   * With the `precision` `float16` convolutions' weights are held in half precision by backends that can (see
   * `heldPrecision`); outputs then stay within about 1e-3. Undone by `train()`, `initialize()` and `loadStateDict()`.
   */
  prepare({ release = false, precision = 'float32' }: PrepareOptions = {}): this {
    this.eval();
    this.fold(precision);
    if (release) {
      this.#release();
      releaseSpareMemory();
    }
    return this;
  }

  /** The current values under PyTorch's names, shapes and layouts, read one at a time. */
  stateDict(): StateDictSource {
    const entries = new Map<string, Parameter | Counter>(this.namedEntries());
    return { entries, read: async (name) => entries.get(name)!.read() };
  }

  /**
   * Loads a state dict, entry by entry. Throws a `UserError` that lists every missing, unexpected and
   * misshapen entry; then nothing has been changed.
   */
  async loadStateDict(source: StateDictSource, { strict = true, prefix = '' }: LoadOptions = {}): Promise<void> {
    const entries = new Map(this.namedEntries(prefix));
    const given = [...source.entries].filter(([name]) => name.startsWith(prefix));
    const problems = mismatches(entries, new Map(given), strict);
    if (problems.length) {
      throw new UserError(`The weights do not fit ${this.constructor.name}: ${problems.join('; ')}.`);
    }
    this.unprepare();
    for (const [name] of given) entries.get(name)?.write(await source.read(name));
  }

  /** Frees the memory of the weights. */
  dispose(): void {
    this.unprepare();
    this.#release();
  }

  /** Replaces what can be computed faster for inference; a layer that can overrides this. */
  fold(precision: Precision): void {
    for (const module of this.#children.values()) module.fold(precision);
  }

  /** Drops what `fold` made. */
  unfold(): void {}

  protected unprepare(): void {
    this.unfold();
    for (const module of this.#children.values()) module.unprepare();
  }

  #release(): void {
    for (const [, entry] of this.namedEntries()) if (entry instanceof Parameter) entry.dispose();
  }

  #setTraining(training: boolean): void {
    if (training) this.unfold();
    this.#training = training;
    for (const module of this.#children.values()) module.#setTraining(training);
  }
}

/** A module that turns one tensor into another. */
export abstract class Layer extends Module {
  abstract forward(x: tf.Tensor): tf.Tensor;
}

type Infos = ReadonlyMap<string, TensorInfo>;

function mismatches(wanted: Infos, given: Infos, strict: boolean): string[] {
  const problems: string[] = [];
  const report = (what: string, names: string[]): void => {
    if (!names.length) return;
    const more = names.length > 10 ? ` and ${names.length - 10} more` : '';
    problems.push(`${names.length} ${what}: ${names.slice(0, 10).join(', ')}${more}`);
  };
  if (strict) {
    report(
      'missing',
      [...wanted.keys()].filter((name) => !given.has(name)),
    );
    report(
      'unexpected',
      [...given.keys()].filter((name) => !wanted.has(name)),
    );
  }
  const misshapen = [...wanted].filter(([name, { shape }]) => {
    const found = given.get(name);
    return found && String(found.shape) !== String(shape);
  });
  const describe = ([name, { shape }]: [string, TensorInfo]): string =>
    `${name} is [${given.get(name)!.shape}] instead of [${shape}]`;
  report('of another shape', misshapen.map(describe));
  return problems;
}
