import type { Frame } from './frame.ts';

/** How stored pictures must be turned to stand upright: clockwise by `rotation` degrees, then mirrored left to right. */
export interface Orientation {
  readonly rotation: 0 | 90 | 180 | 270;
  readonly flip: boolean;
}

export const UPRIGHT: Orientation = { rotation: 0, flip: false };

/** Turns a stored picture upright; returns it unchanged when it already is. */
export function orient(frame: Frame, { rotation, flip }: Orientation): Frame {
  if (rotation === 0 && !flip) return frame;
  const { data, width, height } = frame;
  const turned = rotation === 90 || rotation === 270;
  const [outWidth, outHeight] = turned ? [height, width] : [width, height];
  // Output pixel (x, y) is read at start + x * stepX + y * stepY of the stored picture.
  const steps = {
    0: { start: 0, stepX: 1, stepY: width },
    90: { start: (height - 1) * width, stepX: -width, stepY: 1 },
    180: { start: width * height - 1, stepX: -1, stepY: -width },
    270: { start: width - 1, stepX: width, stepY: -1 },
  };
  let { start, stepX } = steps[rotation];
  const { stepY } = steps[rotation];
  if (flip) {
    start += (outWidth - 1) * stepX;
    stepX = -stepX;
  }
  const out = new Uint8Array(data.length);
  let to = 0;
  for (let y = 0; y < outHeight; y++) {
    let from = 3 * (start + y * stepY);
    for (let x = 0; x < outWidth; x++) {
      out[to] = data[from];
      out[to + 1] = data[from + 1];
      out[to + 2] = data[from + 2];
      to += 3;
      from += 3 * stepX;
    }
  }
  return { data: out, width: outWidth, height: outHeight };
}
