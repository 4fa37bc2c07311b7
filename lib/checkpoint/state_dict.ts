import { UserError } from '../utils/errors.ts';

/** Element types a checkpoint can hold, by their safetensors names. */
export type DType =
  | 'F64'
  | 'F32'
  | 'F16'
  | 'BF16'
  | 'I64'
  | 'I32'
  | 'I16'
  | 'I8'
  | 'U64'
  | 'U32'
  | 'U16'
  | 'U8'
  | 'BOOL';

/** Name-independent description of one entry: PyTorch's dtype and (row-major) shape. */
export interface TensorInfo {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** One entry's values: contiguous, row-major, little-endian bytes in PyTorch's layout. */
export interface TensorData extends TensorInfo {
  readonly bytes: Uint8Array;
}

/**
 * Where the entries of a state dict come from: an open `.pth` or `.safetensors`, or memory. Entries are
 * read one at a time, so that a checkpoint never has to be held twice.
 */
export interface StateDictSource {
  /** Every tensor entry in the file's order, by its state-dict name. */
  readonly entries: ReadonlyMap<string, TensorInfo>;
  /** Reads one entry. Throws a `UserError` for a name that is not in `entries` or bytes that are damaged. */
  read(name: string): Promise<TensorData>;
}

/** Entries that are already in memory, as a source: `memoryStateDict(new Map([['weight', { dtype, shape, bytes }]]))`. */
export function memoryStateDict(entries: ReadonlyMap<string, TensorData>): StateDictSource {
  return {
    entries,
    async read(name) {
      const tensor = entries.get(name);
      if (!tensor) throw new UserError(`There is no entry "${name}" among the ${entries.size} entries in memory.`);
      return tensor;
    },
  };
}
