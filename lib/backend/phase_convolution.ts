import * as tf from './tf.ts';

type Pair = readonly [number, number];

/** The shape of a transposed convolution along height and width. */
export interface TransposedGeometry {
  kernel: Pair;
  strides: Pair;
  /** Rows and columns cut off at the top and the left. */
  padding: Pair;
  outSize: Pair;
}

/** Ordinary convolutions' filters `[height, width, in, out]`, one for each position in a stride x stride cell; undefined where no tap reaches. */
export type Phases = (tf.Tensor4D | undefined)[][];

/** How the phases are computed: a backend's plain convolution, or one with bias and activation fused. */
export interface PhaseConvolution {
  convolve(x: tf.Tensor4D, filter: tf.Tensor4D, pad: tf.backend_util.ExplicitPadding): tf.Tensor4D;
  /** What the outputs hold that no tap reaches. */
  empty(shape: [number, number, number, number]): tf.Tensor4D;
}

/** Takes a transposed convolution's filter `[height, width, out, in]` apart into its phases. */
export function splitFilter(
  filter: tf.Tensor4D,
  { kernel, strides, padding }: Omit<TransposedGeometry, 'outSize'>,
): Phases {
  const turned = tf.transpose(filter, [0, 1, 3, 2]);
  return range(strides[0]).map((row) => {
    const rows = axisPhase(kernel[0], strides[0], padding[0], row).taps;
    return range(strides[1]).map((column) => {
      const columns = axisPhase(kernel[1], strides[1], padding[1], column).taps;
      if (!rows.length || !columns.length) return undefined;
      return tf.gather(tf.gather(turned, rows, 0), columns, 1) as tf.Tensor4D;
    });
  });
}

/**
 * A transposed convolution as stride x stride ordinary ones, one for each position of the output in a
 * stride x stride cell, with just the taps that reach it: no multiplication by an inserted zero.
 */
export function convolvePhases(
  x: tf.Tensor4D,
  phases: Phases,
  outChannels: number,
  { kernel, strides, padding, outSize }: TransposedGeometry,
  { convolve, empty }: PhaseConvolution,
): tf.Tensor4D {
  const [batch] = x.shape;
  // Every phase computes as many positions as the longest needs; the surplus is cut off at the end.
  const [height, width] = [0, 1].map((i) => Math.ceil(outSize[i] / strides[i]));
  const rows = phases.map((row, rowPhase) => {
    const top = axisPhase(kernel[0], strides[0], padding[0], rowPhase).start;
    const columns = row.map((filter, columnPhase) => {
      if (!filter) return empty([batch, height, width, outChannels]);
      const left = axisPhase(kernel[1], strides[1], padding[1], columnPhase).start;
      const { input, pad } = aim(x, filter, [top, left], [height, width]);
      return convolve(input, filter, pad);
    });
    return columns.length === 1 ? columns[0] : tf.concat(columns, 3);
  });
  // Side by side in the channels, then row after row: both are plain memory order, no transpose is needed.
  const rowLength = width * strides[1] * outChannels;
  const lines = rows.map((row) => row.reshape([batch, height, rowLength]));
  const full = (lines.length === 1 ? lines[0] : tf.concat(lines, 2)).reshape<tf.Tensor4D>([
    batch,
    height * strides[0],
    width * strides[1],
    outChannels,
  ]);
  if (full.shape[1] === outSize[0] && full.shape[2] === outSize[1]) return full;
  return tf.slice(full, [0, 0, 0, 0], [batch, outSize[0], outSize[1], outChannels]);
}

/** The taps that reach output positions `phase`, `phase + stride`, ..., as an ordinary convolution along one axis. */
function axisPhase(kernel: number, stride: number, padding: number, phase: number) {
  const taps: number[] = [];
  for (let tap = (phase + padding) % stride; tap < kernel; tap += stride) taps.unshift(tap);
  /** Index of the input that the convolution's first tap meets at the phase's first output. */
  const start = Math.floor((phase + padding) / stride) - (taps.length - 1);
  return { taps, start };
}

/** Input and padding so that the filter's first tap meets `starts` first and there are `lengths` outputs. */
function aim(x: tf.Tensor4D, filter: tf.Tensor4D, starts: number[], lengths: number[]) {
  const low = starts.map((start) => -start);
  const high = starts.map((start, i) => start + lengths[i] + filter.shape[i] - 1 - x.shape[1 + i]);
  const [top, left, bottom, right] = [...low, ...high].map((pad) => Math.max(0, pad));
  const pad: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  if (Math.min(...low, ...high) >= 0) return { input: x, pad };
  // A negative pad is a part of the input that no output of this phase sees.
  const from = low.map((pad) => Math.max(0, -pad));
  const size = [0, 1].map((i) => x.shape[1 + i] - from[i] - Math.max(0, -high[i]));
  return { input: tf.slice(x, [0, from[0], from[1], 0], [-1, size[0], size[1], -1]), pad };
}

const range = (length: number) => Array.from({ length }, (_, i) => i);
