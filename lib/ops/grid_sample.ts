import { hasKernel, runKernel } from '../backend/kernels.ts';
import * as tf from '../backend/tf.ts';
import { customGrad } from './custom_grad.ts';

/** As the arguments of PyTorch's `grid_sample`, bilinear. */
export interface GridSampleOptions {
  /** What lies outside the image: zeros (default) or its border pixels. */
  paddingMode?: 'zeros' | 'border';
  /** Whether -1 and 1 are the centres of the outermost pixels; by default they are the image's edges. */
  alignCorners?: boolean;
}

/**
 * Bilinear sampling of images at given points, PyTorch's 2-D `grid_sample`, with gradients for both.
 *
 * @param x `[batch, height, width, channels]`
 * @param grid `[batch, outHeight, outWidth, 2]`, horizontal then vertical position, -1 to 1
 * @returns `[batch, outHeight, outWidth, channels]`
 */
export function gridSample(x: tf.Tensor4D, grid: tf.Tensor4D, options: GridSampleOptions = {}): tf.Tensor4D {
  const [, outHeight, outWidth] = grid.shape;
  const [batch, , , channels] = x.shape;
  return customGrad(
    [x, grid],
    (x, grid) => {
      if (hasKernel('GridSample')) {
        const { paddingMode = 'zeros', alignCorners = false } = options;
        return runKernel('GridSample', { x, grid }, { paddingMode, alignCorners })[0] as tf.Tensor4D;
      }
      const parts = corners(x, grid, options).map(({ index, row, column }) => {
        return tf.gather(pixelsOf(x), index).mul(row.weight.mul(column.weight));
      });
      return tf.addN(parts).reshape<tf.Tensor4D>([batch, outHeight, outWidth, channels]);
    },
    (dy, x, grid) => backward(dy, x, grid, options),
  );
}

function backward(
  dy: tf.Tensor4D,
  x: tf.Tensor4D,
  grid: tf.Tensor4D,
  options: GridSampleOptions,
): [tf.Tensor, tf.Tensor] {
  const [batch, height, width, channels] = x.shape;
  const dyRows = dy.reshape<tf.Tensor2D>([-1, channels]);
  const all = corners(x, grid, options);
  const scattered = tf.concat(all.map(({ row, column }) => dyRows.mul<tf.Tensor2D>(row.weight.mul(column.weight))));
  const indices = tf.concat(all.map(({ index }) => index));
  const dx = tf.unsortedSegmentSum(scattered, indices, batch * height * width).reshape(x.shape);
  const slopes = all.map(({ index, row, column }) => {
    const change = tf.gather(pixelsOf(x), index).mul(dyRows).sum(1, true);
    return [change.mul(row.weight).mul(column.slope), change.mul(column.weight).mul(row.slope)];
  });
  const dGrid = tf.concat(
    [0, 1].map((axis) => tf.addN(slopes.map((slope) => slope[axis]))),
    1,
  );
  return [dx, dGrid.reshape(grid.shape)];
}

/** One of the two pixels next to each sample along an axis, all `[samples, 1]`. */
interface Neighbour {
  /** Where it is, moved inside the image; int32. */
  index: tf.Tensor;
  /** How much of it the sample takes; 0 outside the image. */
  weight: tf.Tensor;
  /** How the weight changes with the grid's value. */
  slope: tf.Tensor;
}

/** The four pixels around every sample; `index` counts through all pixels of the batch. */
function corners(x: tf.Tensor4D, grid: tf.Tensor4D, options: GridSampleOptions) {
  const [batch, height, width] = x.shape;
  const samples = grid.shape[1] * grid.shape[2];
  const [gridX, gridY] = tf.split(grid.reshape([batch * samples, 2]), 2, 1);
  const columns = neighbours(gridX, width, options);
  const rows = neighbours(gridY, height, options);
  const firstPixel = tf.tile(tf.range(0, batch, 1, 'int32').reshape([batch, 1]), [1, samples]).reshape([-1, 1]);
  const firstRow = firstPixel.mul(tf.scalar(height, 'int32'));
  return rows.flatMap((row) =>
    columns.map((column) => {
      const index = firstRow.add(row.index).mul(tf.scalar(width, 'int32')).add(column.index);
      return { row, column, index: index.reshape<tf.Tensor1D>([-1]) };
    }),
  );
}

function neighbours(
  grid: tf.Tensor,
  size: number,
  { paddingMode = 'zeros', alignCorners = false }: GridSampleOptions,
): Neighbour[] {
  const scale = alignCorners ? (size - 1) / 2 : size / 2;
  const scaled = grid
    .add(1)
    .mul(scale)
    .sub(alignCorners ? 0 : 0.5);
  const border = paddingMode === 'border';
  // A sample held at the border does not move with the grid.
  const moves = border ? tf.logicalAnd(scaled.greater(0), scaled.less(size - 1)).toFloat() : tf.onesLike(scaled);
  const position = border ? tf.clipByValue(scaled, 0, size - 1) : scaled;
  const low = tf.floor(position);
  const fraction = position.sub(low);
  const sides = [
    { at: low, weight: tf.sub(1, fraction), sign: -1 },
    { at: low.add(1), weight: fraction, sign: 1 },
  ];
  return sides.map(({ at, weight, sign }) => {
    // Clipped while still floating point: far outside, a position is no integer any more.
    const inner = tf.clipByValue(at, 0, size - 1);
    const inside = tf.equal(at, inner).toFloat();
    return { index: inner.toInt(), weight: weight.mul(inside), slope: moves.mul(inside).mul(sign * scale) };
  });
}

function pixelsOf(x: tf.Tensor4D): tf.Tensor2D {
  return x.reshape([-1, x.shape[3]]);
}
