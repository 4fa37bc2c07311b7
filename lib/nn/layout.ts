import { sizeOf } from './init.ts';

/** Which PyTorch axis becomes ours, e.g. `[2, 3, 1, 0]`: OIHW to HWIO. */
export type Axes = readonly number[];

/** The axes that undo `axes`. */
export const inverse = (axes: Axes): number[] => axes.map((_, axis) => axes.indexOf(axis));

export const permuteShape = (shape: readonly number[], axes: Axes): number[] => axes.map((axis) => shape[axis]);

/** Copies row-major values of `shape` so that axis `axes[i]` becomes axis `i`. */
export function permute(values: Float32Array, shape: readonly number[], axes: Axes): Float32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const lengths = permuteShape(shape, axes);
  const steps = axes.map((axis) => strides[axis]);
  const result = new Float32Array(values.length);
  const last = lengths.length - 1;
  const length = lengths[last];
  const step = steps[last];
  const index = new Array<number>(last).fill(0);
  let from = 0;
  for (let to = 0; to < result.length; ) {
    for (let i = 0, at = from; i < length; i++, at += step) result[to++] = values[at];
    for (let axis = last - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < lengths[axis]) break;
      from -= steps[axis] * lengths[axis];
      index[axis] = 0;
    }
  }
  return result;
}
