import type { Rectangle } from './crop.ts';
import type { Frame } from './frame.ts';
import { scaleRows } from './resize_rows.ts';

/**
 * How a redrawn face comes into a frame. `box`: all of it, with hard edges. `soft`: its lower half inside an
 * ellipse, faded out towards the border. The generator is asked for the lower half only; what it repeats of
 * the eyes and the hair is softer than the original.
 */
export type PasteStyle = 'soft' | 'box';

/** Resizes a square RGB picture, `size` pixels a side, to a rectangle of a frame and paints it on the frame's own pixels. */
export function pasteResized(
  frame: Frame,
  { left, top, right, bottom }: Rectangle,
  picture: Uint8Array,
  size: number,
  style: PasteStyle,
): void {
  const width = right - left;
  const height = bottom - top;
  const scaler = scaleRows({ data: picture, offset: 0, stride: size * 3, width: size, height: size }, width, height);
  const row = new Uint8Array(width * 3);
  const columns = Float32Array.from({ length: width }, (_, x) => ((2 * (x + 0.5)) / width - 1) ** 2);
  for (let y = 0; y < height; y++) {
    const position = (y + 0.5) / height;
    const opacity = style === 'box' ? 1 : smoothStep((position - 0.42) / 0.16);
    if (opacity === 0) continue;
    scaler.readRow(y, row);
    const start = ((top + y) * frame.width + left) * 3;
    if (style === 'box') frame.data.set(row, start);
    else blendRow(frame.data, start, row, columns, Math.max(0, 2 * position - 1) ** 2, opacity);
  }
}

/** Where the ellipse begins to fade, as the square of the distance from its middle; it ends at 1. */
const FADE_FROM = 0.66;

function blendRow(
  target: Uint8Array,
  start: number,
  row: Uint8Array,
  columns: Float32Array,
  height: number,
  opacity: number,
): void {
  for (let x = 0, i = 0; x < columns.length; x++, i += 3) {
    const share = opacity * smoothStep((1 - columns[x] - height) / (1 - FADE_FROM));
    if (share === 0) continue;
    for (let c = i; c < i + 3; c++) {
      const below = target[start + c];
      target[start + c] = below + (row[c] - below) * share + 0.5;
    }
  }
}

/** 0 up to 0, 1 from 1 on, and a smooth rise between. */
function smoothStep(value: number): number {
  const t = Math.min(Math.max(value, 0), 1);
  return t * t * (3 - 2 * t);
}
