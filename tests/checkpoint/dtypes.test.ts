import { describe, expect, it } from 'vitest';
import { convertTensor, fromFloat32, toFloat32, toFloat64 } from '../../lib/checkpoint/dtypes.ts';
import type { DType, TensorData } from '../../lib/checkpoint/state_dict.ts';

const tensor = (dtype: DType, values: ArrayBufferView, count: number): TensorData => ({
  dtype,
  shape: [count],
  bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

describe('element types', () => {
  it('reads half precision: normal, subnormal, infinite, not a number, negative zero', () => {
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x0400, 0x7c00, 0xfc00, 0x7e00, 0x8000);
    expect([...toFloat64(tensor('F16', bits, 10))]).toEqual([
      1,
      -2,
      65504,
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      Infinity,
      -Infinity,
      NaN,
      -0,
    ]);
  });

  it('gives back every half and bfloat16 that is a number, bit for bit', () => {
    for (const dtype of ['F16', 'BF16'] as const) {
      const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
      const values = toFloat32(tensor(dtype, bits, bits.length));
      const back = new Uint16Array(fromFloat32(values, dtype).buffer);
      const wrong = [...bits].filter((i) => !Number.isNaN(values[i]) && back[i] !== i);
      expect(wrong, dtype).toEqual([]);
      expect(
        [...bits]
          .filter((i) => Number.isNaN(values[i]))
          .every((i) => Number.isNaN(toFloat32(tensor(dtype, back, 65536))[i])),
      ).toBe(true);
    }
  });

  it('rounds to the nearest half, ties to even', () => {
    const step = 2 ** -10;
    const cases: [number, number][] = [
      [1 + step / 2, 1],
      [1 + (3 * step) / 2, 1 + 2 * step],
      [1 + step * 0.51, 1 + step],
      [65519, 65504],
      [65520, Infinity],
      [2 ** -25, 0],
      [2 ** -25 * 1.001, 2 ** -24],
      [3 * 2 ** -25, 2 ** -23],
      [-(2 ** -14) + 2 ** -26, -(2 ** -14)],
      [1e-30, 0],
    ];
    const rounded = fromFloat32(
      Float32Array.from(cases, ([value]) => value),
      'F16',
    );
    expect([...toFloat64({ dtype: 'F16', shape: [cases.length], bytes: rounded })]).toEqual(
      cases.map(([, half]) => half),
    );
  });

  it('rounds to the nearest bfloat16, ties to even', () => {
    const cases: [number, number][] = [
      [1 + 2 ** -8, 1],
      [1 + 3 * 2 ** -8, 1 + 2 ** -6],
      [1 + 2 ** -8 + 2 ** -20, 1 + 2 ** -7],
      [3.4e38, Infinity],
    ];
    const rounded = fromFloat32(
      Float32Array.from(cases, ([value]) => value),
      'BF16',
    );
    expect([...toFloat64({ dtype: 'BF16', shape: [4], bytes: rounded })]).toEqual(cases.map(([, value]) => value));
  });

  it('reads integers and flags', () => {
    expect([...toFloat64(tensor('I64', BigInt64Array.of(-1n, 2n ** 53n, -(2n ** 40n) + 3n), 3))]).toEqual([
      -1,
      2 ** 53,
      -(2 ** 40) + 3,
    ]);
    expect([...toFloat64(tensor('U64', BigUint64Array.of(2n ** 63n), 1))]).toEqual([2 ** 63]);
    expect([...toFloat32(tensor('I32', Int32Array.of(-5), 1))]).toEqual([-5]);
    expect([...toFloat32(tensor('U32', Uint32Array.of(2 ** 31), 1))]).toEqual([2 ** 31]);
    expect([...toFloat32(tensor('I16', Int16Array.of(-5), 1))]).toEqual([-5]);
    expect([...toFloat32(tensor('U16', Uint16Array.of(65535), 1))]).toEqual([65535]);
    expect([...toFloat32(tensor('I8', Int8Array.of(-5), 1))]).toEqual([-5]);
    expect([...toFloat32(tensor('U8', Uint8Array.of(250), 1))]).toEqual([250]);
    expect([...toFloat32(tensor('BOOL', Uint8Array.of(0, 1, 2), 3))]).toEqual([0, 1, 1]);
  });

  it('reads bytes at any address, and shares memory where it can', () => {
    const memory = new Uint8Array(9);
    memory.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 1);
    expect([...toFloat32({ dtype: 'F32', shape: [2], bytes: memory.subarray(1) })]).toEqual([1.5, -2]);
    const aligned = new Uint8Array(8);
    expect(toFloat32({ dtype: 'F32', shape: [2], bytes: aligned }).buffer).toBe(aligned.buffer);
  });

  it('converts floating types only', () => {
    const counts = tensor('I64', BigInt64Array.of(5n), 1);
    expect(convertTensor(counts, 'F16')).toBe(counts);
    const half = convertTensor(tensor('F64', Float64Array.of(0.1), 1), 'F16');
    expect(half.dtype).toBe('F16');
    expect(toFloat64(half)[0]).toBeCloseTo(0.1, 3);
  });
});
