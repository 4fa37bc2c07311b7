import type { Frame } from './frame.ts';
import { type PixelRegion, scaleRows } from './resize_rows.ts';

/** A rectangle of whole pixels; `right` and `bottom` are exclusive. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The part of a frame inside a rectangle that lies in it, without a copy. */
export function regionOf(frame: Frame, { left, top, right, bottom }: Rectangle): PixelRegion {
  return {
    data: frame.data,
    offset: (top * frame.width + left) * 3,
    stride: frame.width * 3,
    width: right - left,
    height: bottom - top,
  };
}

/** Writes a rectangle of a frame, resized to `size` x `size` RGB pixels, into `target` from `offset` on. */
export function cropResized(
  frame: Frame,
  rectangle: Rectangle,
  size: number,
  target: Uint8Array,
  offset: number,
): void {
  const scaler = scaleRows(regionOf(frame, rectangle), size, size);
  for (let y = 0; y < size; y++) {
    const start = offset + y * size * 3;
    scaler.readRow(y, target.subarray(start, start + size * 3));
  }
}

/** A copy of a frame, resized bilinearly. */
export function resizeFrame(frame: Frame, width: number, height: number): Frame {
  const data = new Uint8Array(width * height * 3);
  const scaler = scaleRows(
    regionOf(frame, { left: 0, top: 0, right: frame.width, bottom: frame.height }),
    width,
    height,
  );
  for (let y = 0; y < height; y++) scaler.readRow(y, data.subarray(y * width * 3, (y + 1) * width * 3));
  return { data, width, height };
}

/** A copy of a frame, turned clockwise by 90 degrees. */
export function rotateClockwise({ data: source, width, height }: Frame): Frame {
  const data = new Uint8Array(source.length);
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0; x < width; x++, from += 3) {
      const to = (x * height + (height - 1 - y)) * 3;
      data[to] = source[from];
      data[to + 1] = source[from + 1];
      data[to + 2] = source[from + 2];
    }
  }
  return { data, width: height, height: width };
}

/** A copy of a rectangle of a frame. */
export function cropFrame(frame: Frame, rectangle: Rectangle): Frame {
  const { offset, stride, width, height } = regionOf(frame, rectangle);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = offset + y * stride;
    data.set(frame.data.subarray(start, start + width * 3), y * width * 3);
  }
  return { data, width, height };
}
