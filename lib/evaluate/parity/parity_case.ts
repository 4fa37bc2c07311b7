import * as tf from '../../backend/tf.ts';
import { DTYPE_BYTES, elementCount, fromFloat32, toFloat32 } from '../../checkpoint/dtypes.ts';
import type { DType, StateDictSource, TensorData, TensorInfo } from '../../checkpoint/state_dict.ts';
import { fillInput, fillWeight } from './hashfill.ts';

/** One input of a recorded case. */
export interface CaseInput {
  readonly name: string;
  /** PyTorch's. */
  readonly shape: readonly number[];
  /** The values lie in [low, high), by default [-1, 1). */
  readonly low?: number;
  readonly high?: number;
}

/** What a reference implementation was made to compute: the JSON beside the recorded outputs. */
export interface ParityCase {
  readonly name: string;
  readonly reference: {
    readonly repo: string;
    readonly class?: string;
    readonly file?: string;
    /** What the class was constructed with. */
    readonly args?: readonly unknown[];
  };
  readonly seed: number;
  readonly gain?: number;
  readonly mode?: 'eval' | 'train';
  /** The method that was called, by default `forward`. */
  readonly method?: string;
  readonly inputs: readonly CaseInput[];
  /** State-dict entries in order: name, shape, dtype. */
  readonly params?: readonly (readonly [string, readonly number[], string])[];
  /** Entries of one value. */
  readonly overrides?: Readonly<Record<string, number>>;
  /** Factors on entries. */
  readonly scales?: Readonly<Record<string, number>>;
  /** Entries that are another one's tensor: second name to first. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Entries that are stored beside the outputs as `param.NAME`. */
  readonly keep?: readonly string[];
  /** How far the reference in float32 is from itself in float64, by output. */
  readonly float64_difference?: Readonly<Record<string, { readonly max: number }>>;
  readonly outputs?: Readonly<Record<string, { readonly shape: readonly number[] }>>;
}

const dtypes: Readonly<Record<string, DType>> = {
  float32: 'F32',
  float64: 'F64',
  int64: 'I64',
  int32: 'I32',
  bool: 'BOOL',
};

/** The weights of a case as a state dict, made as they are read. */
export function caseWeights(parityCase: ParityCase, stored: StateDictSource): StateDictSource {
  const { params = [], seed, gain, overrides = {}, scales = {}, aliases = {}, keep = [] } = parityCase;
  const entries = new Map(
    params.map(([name, shape, dtype]): [string, TensorInfo] => [name, { shape, dtype: dtypes[dtype] }]),
  );
  const read = async (name: string): Promise<TensorData> => {
    if (keep.includes(name)) return stored.read(`param.${name}`);
    const { shape, dtype } = entries.get(name)!;
    const size = elementCount(shape);
    // Integer entries are counters, which start at 0.
    if (dtype !== 'F32') return { shape, dtype, bytes: new Uint8Array(size * DTYPE_BYTES[dtype]) };
    const values =
      name in overrides
        ? new Float32Array(size).fill(overrides[name])
        : fillWeight(aliases[name] ?? name, shape, { seed, gain, scale: scales[name] });
    return { shape, dtype, bytes: fromFloat32(values, dtype) };
  };
  return { entries, read };
}

/** An input in PyTorch's layout. */
export function caseInput({ name, shape, low, high }: CaseInput, seed: number): tf.Tensor {
  return tf.tensor(fillInput(name, elementCount(shape), seed, low, high), [...shape]);
}

/** Largest difference over the largest magnitude of the recorded values; infinite where a number is missing. */
export function relativeDifference(values: Float32Array, recorded: Float32Array): number {
  if (values.length !== recorded.length) return Number.POSITIVE_INFINITY;
  let [difference, magnitude] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const at = Math.abs(values[i] - recorded[i]);
    if (!(at <= difference)) difference = Number.isNaN(at) ? Number.POSITIVE_INFINITY : at;
    magnitude = Math.max(magnitude, Math.abs(recorded[i]));
  }
  return difference / magnitude;
}

/** How one recorded output compares. */
export interface OutputComparison {
  readonly name: string;
  /** Largest difference over largest magnitude. */
  readonly difference: number;
  readonly bound: number;
}

/** Compares one output with what was recorded; a case that is itself uncertain allows ten times its uncertainty. */
export async function compareOutput(
  name: string,
  output: tf.Tensor,
  { parityCase, stored, bound }: { parityCase: ParityCase; stored: StateDictSource; bound: number },
): Promise<OutputComparison> {
  const recorded = toFloat32(await stored.read(name));
  const values = (await output.data()) as Float32Array;
  const magnitude = recorded.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const uncertainty = (parityCase.float64_difference?.[name]?.max ?? 0) / magnitude;
  const sameShape = String(output.shape) === String(parityCase.outputs?.[name]?.shape);
  const difference = sameShape ? relativeDifference(values, recorded) : Number.POSITIVE_INFINITY;
  return { name, difference, bound: Math.max(bound, 10 * uncertainty) };
}
