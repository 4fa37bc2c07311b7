import type { Region } from './live_picture.ts';

/** A grey picture in steps of some pixels. */
export interface GreyMap {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** Where the middle of a patch lies in a map, in its samples, and how many of them a sample of the patch spans. */
export interface Placement {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/**
 * Averages the green of a region over squares of `step` pixels; green stands for brightness. `left` and `top` are the
 * map's corner in the whole picture; beyond the region its edge is repeated.
 */
export function greyMap(
  { frame, left: regionLeft, top: regionTop }: Region,
  left: number,
  top: number,
  step: number,
  width: number,
  height: number,
): GreyMap {
  const columns = edges(left - regionLeft, step, width, frame.width);
  const rows = edges(top - regionTop, step, height, frame.height);
  const data = new Float32Array(width * height);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      let sum = 0;
      for (let y = rows.from[j]; y < rows.to[j]; y++) {
        const row = y * frame.width;
        for (let x = columns.from[i]; x < columns.to[i]; x++) sum += frame.data[(row + x) * 3 + 1];
      }
      data[j * width + i] = sum / ((rows.to[j] - rows.from[j]) * (columns.to[i] - columns.from[i]));
    }
  }
  return { data, width, height };
}

/** The pixels of each step along one axis: at least one, inside `size`. */
function edges(start: number, step: number, count: number, size: number) {
  const from = new Int32Array(count);
  const to = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    from[i] = Math.min(size - 1, Math.max(0, Math.round(start + i * step)));
    to[i] = Math.min(size, Math.max(from[i] + 1, Math.round(start + (i + 1) * step)));
  }
  return { from, to };
}

const ITERATIONS = 12;
/** Samples; smaller steps end the search. */
const CLOSE_ENOUGH = 0.01;

/**
 * A patch that is found again in later pictures where it has moved and grown a little, brighter or darker: inverse
 * compositional alignment (Baker and Matthews, "Lucas-Kanade 20 Years On", 2004), first at half the resolution.
 */
export class Patch {
  readonly #fine: Level;
  readonly #coarse: Level;

  constructor(map: GreyMap) {
    this.#fine = new Level(map);
    this.#coarse = new Level(halved(map));
  }

  /** Where the patch is in a map, and how well it fits: the correlation of the two, 1 for the same picture. */
  find(map: GreyMap, start: Placement): Placement & { correlation: number } {
    const half = { x: (start.x - 0.5) / 2, y: (start.y - 0.5) / 2, scale: start.scale };
    const rough = this.#coarse.find(halved(map), half);
    return this.#fine.find(map, { x: rough.x * 2 + 0.5, y: rough.y * 2 + 0.5, scale: rough.scale });
  }
}

/** The patch at one resolution. */
class Level {
  readonly #width: number;
  readonly #height: number;
  readonly #values: Float32Array;
  /** How the patch changes with x, y and scale, three values a sample, and the inverse of the products of these. */
  readonly #slopes: Float32Array;
  readonly #inverse: readonly number[];
  readonly #sampled: Float32Array;

  constructor({ data, width, height }: GreyMap) {
    this.#width = width;
    this.#height = height;
    this.#values = data.slice();
    normalize(this.#values);
    this.#sampled = new Float32Array(data.length);
    this.#slopes = new Float32Array(data.length * 3);
    const products = new Float64Array(6);
    const at = (i: number, j: number) =>
      this.#values[Math.min(height - 1, Math.max(0, j)) * width + Math.min(width - 1, Math.max(0, i))];
    for (let j = 0, k = 0; j < height; j++) {
      for (let i = 0; i < width; i++, k += 3) {
        const dx = (at(i + 1, j) - at(i - 1, j)) / 2;
        const dy = (at(i, j + 1) - at(i, j - 1)) / 2;
        const ds = dx * (i - (width - 1) / 2) + dy * (j - (height - 1) / 2);
        this.#slopes.set([dx, dy, ds], k);
        products[0] += dx * dx;
        products[1] += dx * dy;
        products[2] += dx * ds;
        products[3] += dy * dy;
        products[4] += dy * ds;
        products[5] += ds * ds;
      }
    }
    this.#inverse = invertSymmetric(products);
  }

  find(map: GreyMap, start: Placement): Placement & { correlation: number } {
    let { x, y, scale } = start;
    const [xx, xy, xs, yy, ys, ss] = this.#inverse;
    for (let n = 0; n < ITERATIONS; n++) {
      this.#sample(map, { x, y, scale });
      let [ex, ey, es] = [0, 0, 0];
      for (let i = 0, k = 0; i < this.#values.length; i++, k += 3) {
        const error = this.#sampled[i] - this.#values[i];
        ex += this.#slopes[k] * error;
        ey += this.#slopes[k + 1] * error;
        es += this.#slopes[k + 2] * error;
      }
      const dx = xx * ex + xy * ey + xs * es;
      const dy = xy * ex + yy * ey + ys * es;
      const ds = xs * ex + ys * ey + ss * es;
      scale /= Math.min(1.25, Math.max(0.8, 1 + ds));
      x -= scale * dx;
      y -= scale * dy;
      if (Math.hypot(dx, dy, ds * this.#width) < CLOSE_ENOUGH) break;
    }
    this.#sample(map, { x, y, scale });
    const correlation = this.#values.reduce((sum, value, i) => sum + value * this.#sampled[i], 0);
    return { x, y, scale, correlation };
  }

  /** Reads the map where the patch is said to be, bilinearly. */
  #sample({ data, width, height }: GreyMap, { x, y, scale }: Placement): void {
    const left = x - (scale * (this.#width - 1)) / 2;
    const top = y - (scale * (this.#height - 1)) / 2;
    for (let j = 0, k = 0; j < this.#height; j++) {
      const v = Math.min(height - 1, Math.max(0, top + scale * j));
      const row = Math.min(height - 2, Math.floor(v));
      const b = v - row;
      for (let i = 0; i < this.#width; i++, k++) {
        const u = Math.min(width - 1, Math.max(0, left + scale * i));
        const column = Math.min(width - 2, Math.floor(u));
        const a = u - column;
        const at = row * width + column;
        const upper = data[at] * (1 - a) + data[at + 1] * a;
        const lower = data[at + width] * (1 - a) + data[at + width + 1] * a;
        this.#sampled[k] = upper * (1 - b) + lower * b;
      }
    }
    normalize(this.#sampled);
  }
}

/** Takes the mean off and makes the sum of squares 1; a patch of one colour becomes 0. */
function normalize(values: Float32Array): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const size = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  for (let i = 0; i < values.length; i++) values[i] = size > 1e-3 ? (values[i] - mean) / size : 0;
}

/** Inverse of a symmetric 3 x 3 matrix, its upper triangle row by row; zeros where there is none. */
function invertSymmetric([a, b, c, d, e, f]: Float64Array): number[] {
  const [A, B, C] = [d * f - e * e, c * e - b * f, b * e - c * d];
  const determinant = a * A + b * B + c * C;
  if (!(Math.abs(determinant) > 1e-12)) return [0, 0, 0, 0, 0, 0];
  return [A, B, C, a * f - c * c, b * c - a * e, a * d - b * b].map((value) => value / determinant);
}

/** Means of 2 x 2 samples. */
function halved({ data, width, height }: GreyMap): GreyMap {
  const [w, h] = [width >> 1, height >> 1];
  const half = new Float32Array(w * h);
  for (let j = 0; j < h; j++) {
    for (let i = 0; i < w; i++) {
      const at = 2 * j * width + 2 * i;
      half[j * w + i] = (data[at] + data[at + 1] + data[at + width] + data[at + width + 1]) / 4;
    }
  }
  return { data: half, width: w, height: h };
}
