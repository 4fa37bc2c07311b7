import { beforeAll, expect, it } from 'vitest';
import { startBackend } from '../../lib/backend/backend.ts';
import * as tf from '../../lib/backend/tf.ts';
import { registerNodeBackends } from '../../node-harness/platform/backends.ts';

beforeAll(async () => {
  registerNodeBackends();
  await startBackend('wasm');
});

type Nested = number | Nested[];

/** Numbers that count on, in lists within lists. */
function counted(shape: readonly number[], next: () => number): Nested {
  const [length, ...rest] = shape;
  return length === undefined ? next() : Array.from({ length }, () => counted(rest, next));
}

/** Lists joined along an axis. */
function joined(lists: readonly Nested[][], axis: number): Nested[] {
  if (axis === 0) return lists.flat();
  const inner = (i: number) => lists.map((list) => list[i] as Nested[]);
  return lists[0].map((_, i) => joined(inner(i), axis - 1));
}

// Rows of one number, of several and a rest, of none, and long ones, which the stock kernel copies.
it.each([
  ['2x3x16 2x3x7 2x3x1', 2],
  ['2x3x0 2x3x5', 2],
  ['2x1x5 2x4x5', 1],
  ['2x70 2x130', 1],
  ['2x70 2x3', 1],
  ['2x3 4x3', 0],
  ['2x3 2x5', 1, 'int32'],
] as const)('wasm joins %s along axis %i', async (shapes, axis, dtype: tf.DataType = 'float32') => {
  const before = tf.memory().numTensors;
  let count = 0;
  const lists = shapes.split(' ').map((shape) => counted(shape.split('x').map(Number), () => count++) as Nested[]);
  const parts = shapes
    .split(' ')
    .map((shape, i) => tf.tensor(lists[i].flat(2) as number[], shape.split('x').map(Number), dtype));
  const output = tf.concat(parts, axis);
  expect(output.dtype).toBe(dtype);
  expect(await output.array()).toEqual(joined(lists, axis));
  tf.dispose([parts, output]);
  expect(tf.memory().numTensors).toBe(before);
});
