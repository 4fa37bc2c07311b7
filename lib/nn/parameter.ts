import * as tf from '../backend/tf.ts';
import { toFloat32 } from '../checkpoint/dtypes.ts';
import type { TensorData } from '../checkpoint/state_dict.ts';
import type { Random } from '../utils/random.ts';
import type { Init } from './init.ts';
import { type Axes, inverse, permute, permuteShape } from './layout.ts';

/** What a state-dict entry is to the module that owns it. */
export interface ParameterOptions {
  /** PyTorch's shape. */
  readonly shape: readonly number[];
  /** Which PyTorch axis becomes ours; by default they are the same. */
  readonly axes?: Axes;
  /** Our shape where it is not just the permuted one. */
  readonly storedShape?: readonly number[];
  readonly init: Init;
  /** False for buffers, which no optimizer changes. Default true. */
  readonly trainable?: boolean;
}

/**
 * A float32 entry of a state dict: PyTorch's shape and layout towards the outside, ours in `value`. It has
 * no values, and takes no memory, until they are loaded or initialised.
 */
export class Parameter {
  readonly dtype = 'F32';
  readonly shape: readonly number[];
  readonly #axes: Axes;
  readonly #storedShape: readonly number[];
  readonly #init: Init;
  readonly #buffer: boolean;
  /** Whether `Module.parameters()` lists it. */
  requiresGrad: boolean;
  #variable?: tf.Variable;

  constructor({ shape, axes = shape.map((_, axis) => axis), storedShape, init, trainable = true }: ParameterOptions) {
    this.shape = shape;
    this.#axes = axes;
    this.#storedShape = storedShape ?? permuteShape(shape, axes);
    this.#init = init;
    this.#buffer = !trainable;
    this.requiresGrad = trainable;
  }

  /** The values in our layout. */
  get value(): tf.Variable {
    if (!this.#variable) throw new Error('A network was used before its weights were loaded or initialised.');
    return this.#variable;
  }

  /** Whether it is state that gradients never reach, such as a running mean. */
  get isBuffer(): boolean {
    return this.#buffer;
  }

  initialize(random: Random): void {
    this.set(this.#init(random, this.shape));
  }

  /** Takes over values in PyTorch's layout. */
  set(values: Float32Array): void {
    const tensor = tf.tensor(permute(values, this.shape, this.#axes), [...this.#storedShape]);
    if (this.#variable) this.#variable.assign(tensor);
    else this.#variable = tf.variable(tensor, !this.#buffer);
    tensor.dispose();
  }

  /** The values in PyTorch's layout. */
  async get(): Promise<Float32Array> {
    const values = (await this.value.data()) as Float32Array;
    return permute(values, permuteShape(this.shape, this.#axes), inverse(this.#axes));
  }

  write(data: TensorData): void {
    this.set(toFloat32(data));
  }

  async read(): Promise<TensorData> {
    const values = await this.get();
    return { dtype: this.dtype, shape: this.shape, bytes: new Uint8Array(values.buffer) };
  }

  dispose(): void {
    this.#variable?.dispose();
    this.#variable = undefined;
  }
}

/** An int64 counter that is kept in the state dict and used nowhere, as batch norm's. */
export class Counter {
  readonly dtype = 'I64';
  readonly shape: readonly number[] = [];
  value = 0;

  write({ bytes }: TensorData): void {
    this.value = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true));
  }

  async read(): Promise<TensorData> {
    return { dtype: this.dtype, shape: this.shape, bytes: new Uint8Array(BigInt64Array.of(BigInt(this.value)).buffer) };
  }
}
