import { UserError } from '../utils/errors.ts';
import { DTYPE_BYTES, elementCount } from './dtypes.ts';
import type { DType, TensorData } from './state_dict.ts';

/** A block of numbers that tensors are views of. */
export class TorchStorage {
  /** Its name in the file. */
  readonly key: string;
  /** Undefined for an untyped storage, whose tensors say the type. */
  readonly dtype: DType | undefined;
  /** Size in bytes. */
  readonly bytes: number;
  /** Offset in bytes within the block that the file calls `key`; not 0 only for views in very old files. */
  readonly start: number;

  constructor(key: string, dtype: DType | undefined, bytes: number, start = 0) {
    this.key = key;
    this.dtype = dtype;
    this.bytes = bytes;
    this.start = start;
  }
}

/** A tensor as PyTorch pickles it: a strided view of a storage. Counts are in elements. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;

  /** @throws {UserError} when the view does not lie inside its storage, or repeats its elements beyond reason. */
  constructor(
    storage: TorchStorage,
    dtype: DType,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
    fileName: string,
  ) {
    this.storage = storage;
    this.dtype = dtype;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    const elementBytes = DTYPE_BYTES[dtype];
    const count = elementCount(shape);
    if (count > 0 && !((offset + this.span) * elementBytes <= storage.bytes)) {
      throw new UserError(
        `${fileName} is damaged: a tensor of shape [${shape}], strides [${strides}] and offset ${offset} reaches beyond ` +
          `its storage "${storage.key}" of ${storage.bytes} bytes.`,
      );
    }
    if (!(count * elementBytes <= Math.max(storage.bytes, MAX_EXPANDED_BYTES))) {
      throw new UserError(
        `${fileName} has a tensor of shape [${shape}] over a storage of ${storage.bytes} bytes: it would fill memory ` +
          'with repeated numbers, as no weights do.',
      );
    }
  }

  /** How many storage elements lie between its first and its last, both included; 0 when it is empty. */
  get span(): number {
    if (this.shape.includes(0)) return 0;
    return this.shape.reduce((span, size, i) => span + (size - 1) * this.strides[i], 1);
  }
}

/** Expanded tensors (stride 0) are larger than their storage; this much is taken for an honest one. */
const MAX_EXPANDED_BYTES = 16 * 2 ** 20;

/** The storages of an open file. */
export interface StorageReader {
  readonly bigEndian: boolean;
  /** Bytes `[offset, offset + length)` of the block called `key`. */
  read(key: string, offset: number, length: number): Promise<Uint8Array>;
}

/** A tensor's values, contiguous and little-endian; only the part of the storage that it spans is read. */
export async function readTensor(tensor: TorchTensor, storages: StorageReader): Promise<TensorData> {
  const { dtype, shape, storage } = tensor;
  const elementBytes = DTYPE_BYTES[dtype];
  if (tensor.span === 0) return { dtype, shape, bytes: new Uint8Array(0) };
  const start = storage.start + tensor.offset * elementBytes;
  let bytes = await storages.read(storage.key, start, tensor.span * elementBytes);
  if (storages.bigEndian) bytes = swapBytes(bytes, elementBytes);
  if (!isContiguous(tensor)) bytes = gather(bytes, tensor, elementBytes);
  return { dtype, shape, bytes };
}

function isContiguous({ shape, strides }: TorchTensor): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) return false;
    expected *= shape[i];
  }
  return true;
}

/** Copies a strided view into row-major order. */
function gather(bytes: Uint8Array, { shape, strides }: TorchTensor, elementBytes: number): Uint8Array {
  const out = new Uint8Array(elementCount(shape) * elementBytes);
  const rows = shape.length - 1;
  const rowLength = shape[rows];
  const rowStride = strides[rows] * elementBytes;
  const index = new Array<number>(rows).fill(0);
  let rowStart = 0;
  for (let to = 0; to < out.length; ) {
    for (let i = 0, from = rowStart; i < rowLength; i++, from += rowStride) {
      for (let b = 0; b < elementBytes; b++) out[to++] = bytes[from + b];
    }
    for (let axis = rows - 1; axis >= 0; axis--) {
      rowStart += strides[axis] * elementBytes;
      if (++index[axis] < shape[axis]) break;
      rowStart -= strides[axis] * elementBytes * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

function swapBytes(bytes: Uint8Array, elementBytes: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let start = 0; start < bytes.length; start += elementBytes) {
    for (let b = 0; b < elementBytes; b++) out[start + b] = bytes[start + elementBytes - 1 - b];
  }
  return out;
}
