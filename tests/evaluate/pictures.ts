import { fill, fnv1a } from '../../lib/evaluate/parity/hashfill.ts';
import type { Frame } from '../../lib/media/frame.ts';

/**
 * A picture made from a name, the same in any language: a grid of hashed numbers, `cell` pixels apart and joined
 * bilinearly, plus hashed noise of `noise` steps. With `hard`, colours only take the values 60 and 200, which makes edges.
 */
export function picture(
  name: string,
  width: number,
  height: number,
  { cell = 16, noise = 0, hard = false } = {},
): Frame {
  const columns = Math.floor(width / cell) + 2;
  const rows = Math.floor(height / cell) + 2;
  const grid = fill(name, columns * rows * 3, 0, (u) => u);
  const grain = fill(`${name}-noise`, width * height * 3, 0, (u) => u);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [left, top] = [Math.floor(x / cell), Math.floor(y / cell)];
      const [a, b] = [(x % cell) / cell, (y % cell) / cell];
      for (let c = 0; c < 3; c++, i++) {
        const at = (dy: number, dx: number) => grid[((top + dy) * columns + left + dx) * 3 + c];
        const smooth = (at(0, 0) * (1 - a) + at(0, 1) * a) * (1 - b) + (at(1, 0) * (1 - a) + at(1, 1) * a) * b;
        const level = hard ? (smooth > 0 ? 200 : 60) : 128 + 100 * smooth;
        data[i] = Math.max(0, Math.min(255, Math.floor(level + noise * grain[i])));
      }
    }
  }
  return { data, width, height };
}

/** The mean of each pixel's `(2 radius + 1)^2` neighbours, rounded down; the border pixels repeat outwards. */
export function blurred({ data, width, height }: Frame, radius: number): Frame {
  const clamp = (value: number, size: number) => Math.max(0, Math.min(size - 1, value));
  const result = new Uint8Array(data.length);
  const area = (2 * radius + 1) ** 2;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++, i++) {
        let sum = 0;
        for (let dy = -radius; dy <= radius; dy++) {
          for (let dx = -radius; dx <= radius; dx++) {
            sum += data[(clamp(y + dy, height) * width + clamp(x + dx, width)) * 3 + c];
          }
        }
        result[i] = Math.floor(sum / area);
      }
    }
  }
  return { data: result, width, height };
}

/** A number that two pictures share only if they are the same. */
export const fingerprint = ({ data }: Frame): number =>
  fnv1a(Array.from(data, (byte) => String.fromCharCode(byte & 127)).join(''));
