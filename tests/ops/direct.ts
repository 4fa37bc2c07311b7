/** The operations written out from their definitions, one output value at a time, to compare with. */
import type * as tf from '../../lib/backend/tf.ts';

type Shape4D = [number, number, number, number];
interface Values {
  shape: Shape4D;
  values: Float64Array;
}
const pair = (value: number | readonly number[]) => (typeof value === 'number' ? [value, value] : value);

/** Reads values; outside the image they are zero. On WebGPU only before the tensor was used: from then on it is on the card. */
function reader(x: tf.Tensor4D) {
  const [values, [, height, width, channels]] = [x.dataSync(), x.shape];
  return (b: number, row: number, column: number, c: number) =>
    row < 0 || column < 0 || row >= height || column >= width
      ? 0
      : values[((b * height + row) * width + column) * channels + c];
}

/** Makes a result from a function of its index. */
function build(shape: Shape4D, at: (b: number, row: number, column: number, c: number) => number): Values {
  const values = new Float64Array(shape[0] * shape[1] * shape[2] * shape[3]);
  let i = 0;
  for (let b = 0; b < shape[0]; b++)
    for (let row = 0; row < shape[1]; row++)
      for (let column = 0; column < shape[2]; column++)
        for (let c = 0; c < shape[3]; c++) values[i++] = at(b, row, column, c);
  return { shape, values };
}

export function conv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  {
    stride = 1,
    padding = 0,
    dilation = 1,
  }: { stride?: number | readonly number[]; padding?: number; dilation?: number },
): Values {
  const [read, weight, [kh, kw, inChannels, outChannels], s] = [reader(x), reader(filter), filter.shape, pair(stride)];
  const size = (i: number, k: number) => Math.floor((x.shape[i + 1] + 2 * padding - dilation * (k - 1) - 1) / s[i]) + 1;
  return build([x.shape[0], size(0, kh), size(1, kw), outChannels], (b, row, column, o) => {
    let sum = 0;
    for (let i = 0; i < kh; i++)
      for (let j = 0; j < kw; j++)
        for (let c = 0; c < inChannels; c++)
          sum +=
            weight(i, j, c, o) *
            read(b, row * s[0] + i * dilation - padding, column * s[1] + j * dilation - padding, c);
    return sum;
  });
}

export function conv2dTranspose(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  options: {
    stride: number | readonly number[];
    padding: number | readonly number[];
    outputPadding: number | readonly number[];
  },
): Values {
  const [s, p, extra] = [options.stride, options.padding, options.outputPadding].map(pair);
  const [read, weight, [kh, kw, outChannels, inChannels]] = [reader(x), reader(filter), filter.shape];
  const size = (i: number, k: number) => (x.shape[i + 1] - 1) * s[i] - 2 * p[i] + k + extra[i];
  return build([x.shape[0], size(0, kh), size(1, kw), outChannels], (b, row, column, o) => {
    let sum = 0;
    for (let i = 0; i < kh; i++)
      for (let j = 0; j < kw; j++) {
        // Input pixel r adds its value times tap i to output row r * stride - padding + i.
        const [r, q] = [(row + p[0] - i) / s[0], (column + p[1] - j) / s[1]];
        if (!Number.isInteger(r) || !Number.isInteger(q)) continue;
        for (let c = 0; c < inChannels; c++) sum += weight(i, j, o, c) * read(b, r, q, c);
      }
    return sum;
  });
}

export function resize(
  x: tf.Tensor4D,
  {
    size,
    scaleFactor,
    mode,
    alignCorners = false,
  }: { size?: readonly number[]; scaleFactor?: number; mode: string; alignCorners?: boolean },
): Values {
  const [read, [batch, height, width, channels]] = [reader(x), x.shape];
  const sizes = [height, width];
  const out = size ?? sizes.map((length) => Math.floor(length * scaleFactor!));
  const ratio = (axis: number) => (scaleFactor === undefined ? sizes[axis] / out[axis] : 1 / scaleFactor);
  const near = (i: number, axis: number): [number, number][] => {
    const last = sizes[axis] - 1;
    if (mode === 'nearest') return [[Math.min(Math.floor(i * ratio(axis)), last), 1]];
    const corner = out[axis] === 1 ? 0 : (i * last) / (out[axis] - 1);
    const at = alignCorners ? corner : Math.max(0, (i + 0.5) * ratio(axis) - 0.5);
    const low = Math.min(Math.floor(at), last);
    return [[low, 1 - (at - low)], [Math.min(low + 1, last), at - low]]; // biome-ignore format: pairs
  };
  return build([batch, out[0], out[1], channels], (b, row, column, c) => {
    let sum = 0;
    for (const [r, rowWeight] of near(row, 0))
      for (const [q, weight] of near(column, 1)) sum += rowWeight * weight * read(b, r, q, c);
    return sum;
  });
}

export function gridSample(
  x: tf.Tensor4D,
  grid: tf.Tensor4D,
  { paddingMode, alignCorners }: { paddingMode: 'zeros' | 'border'; alignCorners: boolean },
): Values {
  const [read, points, [, height, width, channels]] = [reader(x), reader(grid), x.shape];
  const place = (value: number, size: number) => {
    const at = alignCorners ? ((value + 1) / 2) * (size - 1) : ((value + 1) * size - 1) / 2;
    return paddingMode === 'border' ? Math.min(size - 1, Math.max(0, at)) : at;
  };
  return build([x.shape[0], grid.shape[1], grid.shape[2], channels], (b, row, column, c) => {
    const [at, down] = [place(points(b, row, column, 0), width), place(points(b, row, column, 1), height)];
    const [left, top] = [Math.floor(at), Math.floor(down)];
    let sum = 0;
    for (const r of [top, top + 1])
      for (const q of [left, left + 1]) sum += (1 - Math.abs(down - r)) * (1 - Math.abs(at - q)) * read(b, r, q, c);
    return sum;
  });
}

export function depthToSpace(
  x: tf.Tensor4D,
  r: number,
  channel: (row: number, column: number, c: number) => number,
): Values {
  const read = reader(x);
  const shape: Shape4D = [x.shape[0], x.shape[1] * r, x.shape[2] * r, x.shape[3] / (r * r)];
  return build(shape, (b, row, column, c) =>
    read(b, Math.floor(row / r), Math.floor(column / r), channel(row % r, column % r, c)),
  );
}

export function pad2d(x: tf.Tensor4D, [left, right, top, bottom]: readonly number[], mode: string): Values {
  const [read, [batch, height, width, channels]] = [reader(x), x.shape];
  const inside = (at: number, size: number) => {
    if (mode === 'zeros') return at;
    if (mode === 'replicate') return Math.min(size - 1, Math.max(0, at));
    return at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at;
  };
  return build([batch, height + top + bottom, width + left + right, channels], (b, row, column, c) =>
    read(b, inside(row - top, height), inside(column - left, width), c),
  );
}

/** `reduce` gets the values of each window that lie inside the image. */
export function pool(
  x: tf.Tensor4D,
  kernel: number,
  stride: number,
  padding: number,
  reduce: (window: number[]) => number,
): Values {
  const [read, [batch, height, width, channels]] = [reader(x), x.shape];
  const size = (length: number) => Math.floor((length + 2 * padding - kernel) / stride) + 1;
  return build([batch, size(height), size(width), channels], (b, row, column, c) => {
    const window: number[] = [];
    for (let i = 0; i < kernel; i++)
      for (let j = 0; j < kernel; j++) {
        const [r, q] = [row * stride + i - padding, column * stride + j - padding];
        if (r >= 0 && q >= 0 && r < height && q < width) window.push(read(b, r, q, c));
      }
    return reduce(window);
  });
}

export function adaptiveAvgPool2d(x: tf.Tensor4D, [outHeight, outWidth]: readonly number[]): Values {
  const [read, [batch, height, width, channels]] = [reader(x), x.shape];
  const span = (i: number, out: number, size: number) => [
    Math.floor((i * size) / out),
    Math.ceil(((i + 1) * size) / out),
  ];
  return build([batch, outHeight, outWidth, channels], (b, row, column, c) => {
    const [[top, bottom], [left, right]] = [span(row, outHeight, height), span(column, outWidth, width)];
    let sum = 0;
    for (let r = top; r < bottom; r++) for (let q = left; q < right; q++) sum += read(b, r, q, c);
    return sum / ((bottom - top) * (right - left));
  });
}
