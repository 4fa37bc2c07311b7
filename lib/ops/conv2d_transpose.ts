import * as tf from '../backend/tf.ts';
import { conv2dFilterGrad } from './conv2d_grad.ts';
import { customGrad } from './custom_grad.ts';
import { type Activation, fusedConv2d } from './fused_conv2d.ts';

/** As PyTorch's `ConvTranspose2d`; a number stands for both axes. */
export interface Conv2dTransposeOptions {
  stride?: number | readonly [number, number];
  padding?: number | readonly [number, number];
  /** Rows and columns added at the bottom and right; less than the stride. */
  outputPadding?: number | readonly [number, number];
}

/**
 * Transposed convolution. Computed as stride x stride ordinary convolutions, one for each position of the
 * output in a stride x stride cell, with just the taps that reach it: no multiplication by an inserted zero.
 *
 * @param x `[batch, height, width, inChannels]`
 * @param filter `[kernelHeight, kernelWidth, outChannels, inChannels]`
 * @returns `[batch, (height - 1) * stride - 2 * padding + kernel + outputPadding, ..., outChannels]`
 */
export function conv2dTranspose(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  options: Conv2dTransposeOptions = {},
): tf.Tensor4D {
  const [strides, padding] = [pair(options.stride ?? 1), pair(options.padding ?? 0)];
  const pad = explicitPad(padding, padding);
  return customGrad(
    [x, filter],
    (x, filter) => applyPhases(x, splitFilter(filter, options), filter.shape, options, {}),
    // Seen from the result, it is an ordinary convolution run backwards.
    (dy, x, filter) => [tf.conv2d(dy, filter, strides, pad), conv2dFilterGrad(dy, x, filter.shape, strides, pad)],
  );
}

/** A transposed convolution whose filter is taken apart once, for inference. */
export interface PreparedConv2dTranspose {
  apply(x: tf.Tensor4D, fused?: { bias?: tf.Tensor1D; activation?: Activation; alpha?: number }): tf.Tensor4D;
  dispose(): void;
}

/** Takes `filter` apart for {@link PreparedConv2dTranspose.apply}; it may be disposed of afterwards. */
export function prepareConv2dTranspose(
  filter: tf.Tensor4D,
  options: Conv2dTransposeOptions = {},
): PreparedConv2dTranspose {
  const { shape } = filter;
  const phases = tf.tidy(() => splitFilter(filter, options));
  return {
    apply: (x, fused = {}) => tf.tidy(() => applyPhases(x, phases, shape, options, fused)),
    dispose: () => tf.dispose(phases),
  };
}

type Fused = NonNullable<Parameters<PreparedConv2dTranspose['apply']>[1]>;

/** The taps that reach output positions `phase`, `phase + stride`, ..., as an ordinary convolution along one axis. */
function axisPhase(kernel: number, stride: number, padding: number, phase: number) {
  const first = (phase + padding) % stride;
  const taps: number[] = [];
  for (let tap = first; tap < kernel; tap += stride) taps.unshift(tap);
  /** Index of the input that the convolution's first tap meets at the phase's first output. */
  const start = Math.floor((phase + padding) / stride) - (taps.length - 1);
  return { taps, start };
}

/** The filters of the phases, row by row, as ordinary convolutions' `[height, width, in, out]`; undefined where no tap is. */
function splitFilter(filter: tf.Tensor4D, options: Conv2dTransposeOptions): Phases {
  const [strides, padding] = [pair(options.stride ?? 1), pair(options.padding ?? 0)];
  const [kernelHeight, kernelWidth] = filter.shape;
  const turned = tf.transpose(filter, [0, 1, 3, 2]);
  return range(strides[0]).map((row) => {
    const rows = axisPhase(kernelHeight, strides[0], padding[0], row).taps;
    return range(strides[1]).map((column) => {
      const columns = axisPhase(kernelWidth, strides[1], padding[1], column).taps;
      if (!rows.length || !columns.length) return undefined;
      return tf.gather(tf.gather(turned, rows, 0), columns, 1) as tf.Tensor4D;
    });
  });
}

function applyPhases(
  x: tf.Tensor4D,
  phases: Phases,
  filterShape: readonly number[],
  options: Conv2dTransposeOptions,
  fused: Fused,
): tf.Tensor4D {
  const [strides, padding, extra] = [options.stride ?? 1, options.padding ?? 0, options.outputPadding ?? 0].map(pair);
  const [batch, ...inSize] = x.shape.slice(0, 3);
  const [kernelHeight, kernelWidth, outChannels] = filterShape;
  const kernel = [kernelHeight, kernelWidth];
  const outSize = [0, 1].map((i) => (inSize[i] - 1) * strides[i] - 2 * padding[i] + kernel[i] + extra[i]);
  // Every phase computes as many positions as the longest needs; the surplus is cut off at the end.
  const cells = [0, 1].map((i) => Math.ceil(outSize[i] / strides[i]));
  const rows = phases.map((row, rowPhase) => {
    const columns = row.map((filter, columnPhase) => {
      if (!filter) return emptyPhase([batch, cells[0], cells[1], outChannels], fused);
      const starts = [rowPhase, columnPhase].map(
        (phase, i) => axisPhase(kernel[i], strides[i], padding[i], phase).start,
      );
      return convolveFrom(x, filter, starts, cells, fused);
    });
    return columns.length === 1 ? columns[0] : tf.concat(columns, 3);
  });
  // Side by side in the channels, then row after row: both are plain memory order, no transpose is needed.
  const rowLength = cells[1] * strides[1] * outChannels;
  const joined =
    rows.length === 1
      ? rows[0]
      : tf.concat(
          rows.map((row) => row.reshape([batch, cells[0], rowLength])),
          2,
        );
  const full = joined.reshape<tf.Tensor4D>([batch, cells[0] * strides[0], cells[1] * strides[1], outChannels]);
  if (full.shape[1] === outSize[0] && full.shape[2] === outSize[1]) return full;
  return tf.slice(full, [0, 0, 0, 0], [batch, outSize[0], outSize[1], outChannels]);
}

/** Convolves with the filter's first tap at `starts`, giving `lengths` outputs along each axis. */
function convolveFrom(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  starts: number[],
  lengths: number[],
  fused: Fused,
): tf.Tensor4D {
  const low = starts.map((start) => -start);
  const high = starts.map((start, i) => start + lengths[i] + filter.shape[i] - 1 - x.shape[1 + i]);
  // A negative pad is a part of the input that no output of this phase sees.
  const cut = [...low, ...high].some((pad) => pad < 0);
  const from = low.map((pad) => Math.max(0, -pad));
  const size = [0, 1].map((i) => x.shape[1 + i] - from[i] - Math.max(0, -high[i]));
  const seen = cut ? tf.slice(x, [0, from[0], from[1], 0], [-1, size[0], size[1], -1]) : x;
  const clamp = (pads: number[]) => pads.map((pad) => Math.max(0, pad)) as [number, number];
  return fusedConv2d({ x: seen, filter, pad: explicitPad(clamp(low), clamp(high)), ...fused });
}

/** What output positions hold that no tap reaches: the activated bias. */
function emptyPhase(shape: [number, number, number, number], { bias, ...fused }: Fused): tf.Tensor4D {
  const one = tf.zeros<tf.Rank.R4>([1, 1, 1, shape[3]]);
  const filter = tf.zeros<tf.Rank.R4>([1, 1, shape[3], shape[3]]);
  return tf.broadcastTo(fusedConv2d({ x: one, filter, bias, ...fused }), shape);
}

function explicitPad(low: readonly [number, number], high: readonly [number, number]): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [low[0], high[0]],
    [low[1], high[1]],
    [0, 0],
  ];
}

type Phases = (tf.Tensor4D | undefined)[][];
const pair = (value: number | readonly [number, number]) =>
  (typeof value === 'number' ? [value, value] : [...value]) as [number, number];
const range = (length: number) => Array.from({ length }, (_, i) => i);
