import type { Rectangle } from './crop.ts';
import type { Frame } from './frame.ts';
import { scaleRows } from './resize_rows.ts';

/**
 * How much of a generated picture shows where it is pasted: at relative position (x, y) in [0, 1] the
 * share is `horizontal(x) * vertical(y)`.
 */
export interface PasteMask {
  horizontal(x: number): number;
  vertical(y: number): number;
}

/**
 * Shows the lower half of a generated face and fades out towards the edges of the box. The generator is
 * asked for the lower half only; what it repeats of the eyes and the hair is softer than the original.
 */
export const lowerFaceMask: PasteMask = {
  horizontal: (x) => smoothStep(0.02, 0.2, x) * smoothStep(0.02, 0.2, 1 - x),
  vertical: (y) => smoothStep(0.42, 0.58, y) * smoothStep(0, 0.08, 1 - y),
};

/** 0 below `from`, 1 above `to`, and a smooth rise between. */
function smoothStep(from: number, to: number, value: number): number {
  const t = Math.min(Math.max((value - from) / (to - from), 0), 1);
  return t * t * (3 - 2 * t);
}

/**
 * Resizes a square RGB picture of `size` pixels a side to a rectangle of a frame and pastes it there, in
 * the frame's own pixels: all of it, or as much as the mask shows.
 */
export function pasteResized(
  frame: Frame,
  rectangle: Rectangle,
  picture: Uint8Array,
  size: number,
  mask?: PasteMask,
): void {
  const width = rectangle.right - rectangle.left;
  const height = rectangle.bottom - rectangle.top;
  const region = { data: picture, offset: 0, stride: size * 3, width: size, height: size };
  const scaler = scaleRows(region, width, height);
  const row = new Uint8Array(width * 3);
  const columns = mask === undefined ? undefined : shares(width, mask.horizontal);
  const rows = mask === undefined ? undefined : shares(height, mask.vertical);

  for (let y = 0; y < height; y++) {
    const shown = rows === undefined ? 1 : rows[y];
    if (shown === 0) continue;
    scaler.readRow(y, row);
    const start = ((rectangle.top + y) * frame.width + rectangle.left) * 3;
    if (columns === undefined) frame.data.set(row, start);
    else blendRow(frame.data, start, row, columns, shown);
  }
}

function blendRow(target: Uint8Array, start: number, row: Uint8Array, columns: Float32Array, shown: number): void {
  for (let i = 0; i < row.length; i++) {
    const share = columns[(i / 3) | 0] * shown;
    const below = target[start + i];
    target[start + i] = below + (row[i] - below) * share + 0.5;
  }
}

/** The mask at the centres of `count` pixels. */
function shares(count: number, share: (position: number) => number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => share((i + 0.5) / count));
}
