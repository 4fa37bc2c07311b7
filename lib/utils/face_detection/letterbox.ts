import type { Frame } from '../../media/frame.ts';

/** A square part of the plane of a picture: top left corner and side, in the picture's pixels. It may reach over the edges. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** The smallest square around a picture, the picture in its middle. */
export function squareAround(frame: Pick<Frame, 'width' | 'height'>): Square {
  const side = Math.max(frame.width, frame.height);
  return { left: (frame.width - side) / 2, top: (frame.height - side) / 2, side };
}

/** Samples per axis that are averaged for a pixel of the output: enough against aliasing at the sizes detectors use. */
const maxTaps = 3;

/**
 * Resamples `square` of a picture to `side` x `side` pixels into `out` from `offset` (side * side * 3 values,
 * R, G, B, mapped from 0..255 to -1..1). What lies outside the picture becomes 0.
 */
export function resampleSquare(frame: Frame, square: Square, side: number, out: Float32Array, offset: number): void {
  const scale = square.side / side;
  const taps = Math.min(maxTaps, Math.max(1, Math.round(scale)));
  const columns = samplePositions(square.left, scale, side, taps, frame.width, 3);
  const rows = samplePositions(square.top, scale, side, taps, frame.height, frame.width * 3);
  const gain = 1 / (127.5 * taps * taps);
  const { data } = frame;
  out.fill(0, offset, offset + side * side * 3);
  for (let y = 0; y < side; y++) {
    if (rows[y * taps] < 0) continue;
    for (let x = 0; x < side; x++) {
      if (columns[x * taps] < 0) continue;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let i = y * taps; i < (y + 1) * taps; i++) {
        for (let j = x * taps; j < (x + 1) * taps; j++) {
          const at = rows[i] + columns[j];
          red += data[at];
          green += data[at + 1];
          blue += data[at + 2];
        }
      }
      const to = offset + (y * side + x) * 3;
      out[to] = red * gain - 1;
      out[to + 1] = green * gain - 1;
      out[to + 2] = blue * gain - 1;
    }
  }
}

/** Byte offsets of the samples along one axis, `taps` for each output pixel; -1 where its centre is outside. */
function samplePositions(start: number, scale: number, side: number, taps: number, size: number, stride: number): Int32Array {
  const positions = new Int32Array(side * taps);
  for (let i = 0; i < side; i++) {
    const centre = start + (i + 0.5) * scale;
    for (let tap = 0; tap < taps; tap++) {
      const at = Math.floor(start + (i + (tap + 0.5) / taps) * scale);
      positions[i * taps + tap] = centre < 0 || centre >= size ? -1 : Math.min(size - 1, Math.max(0, at)) * stride;
    }
  }
  return positions;
}
