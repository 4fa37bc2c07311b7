import type { DType, TensorData } from './state_dict.ts';

/** Bytes per element. */
export const DTYPE_BYTES: Readonly<Record<DType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};

/** The types that hold real numbers rather than counts or flags. */
export type FloatDType = 'F64' | 'F32' | 'F16' | 'BF16';

export function isFloatDType(dtype: DType): dtype is FloatDType {
  return dtype === 'F64' || dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}

/** Number of elements of a shape; 1 for a scalar's `[]`. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/** The bytes at an address a typed array may start at: the same memory where it is aligned, else a copy. */
export function alignedBytes(bytes: Uint8Array, alignment: number): Uint8Array {
  return bytes.byteOffset % alignment === 0 ? bytes : bytes.slice();
}

/**
 * A tensor's values as float32, row-major in PyTorch's layout. For F32 the result shares the tensor's memory when it
 * is aligned; other types are converted (float64 is rounded to nearest, integers beyond 2^24 likewise, BOOL is 0 or 1).
 */
export function toFloat32(tensor: TensorData): Float32Array {
  if (tensor.dtype === 'F32') return viewAs(Float32Array, tensor.bytes);
  return fill(tensor, (count) => new Float32Array(count));
}

/** A tensor's values as float64: exact for every type but 64-bit integers beyond 2^53. */
export function toFloat64(tensor: TensorData): Float64Array {
  return fill(tensor, (count) => new Float64Array(count));
}

/** Float32 values as the little-endian bytes of a floating type, rounded to nearest, ties to even (as PyTorch does). */
export function fromFloat32(values: Float32Array, dtype: FloatDType): Uint8Array {
  switch (dtype) {
    case 'F32':
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    case 'F64':
      return new Uint8Array(Float64Array.from(values).buffer);
    case 'F16':
      return encode16(values, halfBits);
    case 'BF16':
      return encode16(values, bfloat16Bits);
    default:
      return dtype satisfies never;
  }
}

/** The tensor in another floating type; integers and flags stay what they are, since rounding would change a count. */
export function convertTensor(tensor: TensorData, dtype: FloatDType): TensorData {
  if (!isFloatDType(tensor.dtype) || tensor.dtype === dtype) return tensor;
  return { dtype, shape: tensor.shape, bytes: fromFloat32(toFloat32(tensor), dtype) };
}

interface TypedArrayOf<T> {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

function viewAs<T>(type: TypedArrayOf<T>, bytes: Uint8Array): T {
  const aligned = alignedBytes(bytes, type.BYTES_PER_ELEMENT);
  return new type(aligned.buffer, aligned.byteOffset, aligned.byteLength / type.BYTES_PER_ELEMENT);
}

function fill<T extends Float32Array | Float64Array>({ dtype, bytes }: TensorData, create: (count: number) => T): T {
  const out = create(bytes.byteLength / DTYPE_BYTES[dtype]);
  switch (dtype) {
    case 'F64':
      out.set(viewAs(Float64Array, bytes));
      return out;
    case 'F32':
      out.set(viewAs(Float32Array, bytes));
      return out;
    case 'F16': {
      const halves = viewAs(Uint16Array, bytes);
      const table = halfTable();
      for (let i = 0; i < out.length; i++) out[i] = table[halves[i]];
      return out;
    }
    case 'BF16': {
      const halves = viewAs(Uint16Array, bytes);
      for (let i = 0; i < out.length; i++) {
        bits[0] = halves[i] << 16;
        out[i] = float[0];
      }
      return out;
    }
    case 'I64':
    case 'U64': {
      // By halves: a BigInt for each element would be many times slower.
      const low = viewAs(Uint32Array, bytes);
      const high = dtype === 'I64' ? viewAs(Int32Array, bytes) : low;
      for (let i = 0; i < out.length; i++) out[i] = high[2 * i + 1] * 4294967296 + low[2 * i];
      return out;
    }
    case 'I32':
      out.set(viewAs(Int32Array, bytes));
      return out;
    case 'U32':
      out.set(viewAs(Uint32Array, bytes));
      return out;
    case 'I16':
      out.set(viewAs(Int16Array, bytes));
      return out;
    case 'U16':
      out.set(viewAs(Uint16Array, bytes));
      return out;
    case 'I8':
      out.set(viewAs(Int8Array, bytes));
      return out;
    case 'U8':
      out.set(bytes);
      return out;
    case 'BOOL':
      for (let i = 0; i < out.length; i++) out[i] = bytes[i] ? 1 : 0;
      return out;
    default:
      return dtype satisfies never;
  }
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
let halves: Float32Array | undefined;

/** The value of every half-precision bit pattern: 256 kB that make decoding one look-up. */
function halfTable(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(65536);
  for (let half = 0; half < 65536; half++) {
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    const magnitude =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction
            ? Number.NaN
            : Number.POSITIVE_INFINITY
          : (1024 + fraction) * 2 ** (exponent - 25);
    halves[half] = half & 0x8000 ? -magnitude : magnitude;
  }
  return halves;
}

function encode16(values: Float32Array, encode: (bits: number) => number): Uint8Array {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i];
    out[i] = encode(bits[0]);
  }
  return new Uint8Array(out.buffer);
}

function bfloat16Bits(word: number): number {
  if ((word & 0x7fffffff) > 0x7f800000) return 0x7fc0;
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
}

function halfBits(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 and above round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  }
  // Subnormal: adding 0.5 lines the bits up so that the float32 addition itself does the rounding.
  bits[0] = magnitude;
  float[0] += 0.5;
  return sign | (bits[0] - 0x3f000000);
}
