import type { Frame } from '../../media/frame.ts';
import type { Metric } from '../metric.ts';
import { canny, sobel } from './canny.ts';
import { frameMean } from './frame_mean.ts';

const BLOCK = 64;
/** Part of a block's pixels that must be on edges for the block to count. */
const EDGE_PART = 0.002;
/** Steepness of the probability that blur is noticed. */
const BETA = 3.6;
/** Blur is just noticeable at this width, in pixels, of an edge in a block of low and of high contrast. */
const [NOTICED_LOW, NOTICED_HIGH] = [5, 3];
const LOW_CONTRAST = 50;
/** An edge counts as sharp when blur is noticed with at most this probability, in percent. */
const NOT_NOTICED = 63;
const WIDEST = 100;

/**
 * Cumulative probability of blur detection (Narvekar and Karam, 2011) of one frame: the part of its edges whose blur
 * is not noticed, 0 to 1. Details (edge detectors, rounding) as in the Python package `cpbd`.
 */
export function frameCpbd(frame: Frame): number {
  const { width, height } = frame;
  const grey = roundedLuma(frame);
  const edges = canny(grey, width, height);
  const vertical = verticalEdges(grey, width, height);
  let [sharp, all] = [0, 0];
  for (let top = 0; top + BLOCK <= height; top += BLOCK) {
    for (let left = 0; left + BLOCK <= width; left += BLOCK) {
      let [onEdges, least, most] = [0, 255, 0];
      forBlock(left, top, width, (i) => {
        onEdges += edges[i];
        least = Math.min(least, grey[i]);
        most = Math.max(most, grey[i]);
      });
      if (onEdges <= BLOCK * BLOCK * EDGE_PART) continue;
      const noticed = most - least > LOW_CONTRAST ? NOTICED_HIGH : NOTICED_LOW;
      forBlock(left, top, width, (i) => {
        const edgeWidth = vertical[i] ? widthAt(grey, i, width) : 0;
        if (edgeWidth === 0) return;
        const probability = 1 - Math.exp(-((edgeWidth / noticed) ** BETA));
        if (Math.round(100 * probability) <= NOT_NOTICED) sharp++;
        all++;
      });
    }
  }
  return all === 0 ? 0 : sharp / all;
}

/** Mean of the frames' CPBD. */
export const cpbd: Metric = {
  doc: 'Sharpness: the part of the edges whose blur nobody notices.',
  values: [{ name: 'CPBD', unit: '', better: 'higher' }],
  compares: false,
  load: async () => ({ start: frameMean('CPBD', frameCpbd, BLOCK) }),
};

/** Brightness in whole steps: plateaus end an edge, so rounding matters. BT.601 in 16-bit fixed point. */
export function roundedLuma({ data, width, height }: Frame): Float64Array {
  const grey = new Float64Array(width * height);
  for (let i = 0, p = 0; i < grey.length; i++, p += 3) {
    grey[i] = (data[p] * 19595 + data[p + 1] * 38470 + data[p + 2] * 7471 + 0x8000) >> 16;
  }
  return grey;
}

function forBlock(left: number, top: number, width: number, visit: (i: number) => void): void {
  for (let y = top; y < top + BLOCK; y++) {
    for (let x = left; x < left + BLOCK; x++) visit(y * width + x);
  }
}

/** Marks where the squared horizontal gradient is high and larger than at both neighbours of a row or a column. */
function verticalEdges(grey: Float64Array, width: number, height: number): Uint8Array {
  const strength = sobel(grey, width, height)[0].map((value) => (value / 8) ** 2);
  const threshold = 2 * Math.sqrt(strength.reduce((sum, value) => sum + value, 0) / strength.length);
  const above = strength.map((value) => (value > threshold ? value : 0));
  const edges = new Uint8Array(grey.length);
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) {
      const inRow = above[i] > above[i - 1] && above[i] > above[i + 1];
      const inColumn = above[i] > above[i - width] && above[i] > above[i + width];
      edges[i] = inRow || inColumn ? 1 : 0;
    }
  }
  return edges;
}

/**
 * Pixels over which brightness goes on rising or falling through an edge along its row (Marziliano et al., 2002);
 * 0 where the gradient is more than 22.5 degrees from horizontal.
 */
function widthAt(grey: Float64Array, i: number, width: number): number {
  const x = grey[i + 1] - grey[i - 1];
  const y = grey[i + width] - grey[i - width];
  if (x !== 0 && Math.abs(y / x) > Math.tan(Math.PI / 8)) return 0;
  const direction = x < 0 ? -1 : 1;
  const column = i % width;
  return run(grey, i, -1, -direction, column) + run(grey, i, 1, direction, width - 1 - column);
}

/** 1 + the number of steps from the pixel beside `i` on along which brightness rises (`sign` 1) or falls (-1). */
function run(grey: Float64Array, i: number, step: number, sign: number, room: number): number {
  let count = 0;
  while (
    count < WIDEST &&
    count + 2 <= room &&
    sign * (grey[i + (count + 2) * step] - grey[i + (count + 1) * step]) > 0
  ) {
    count++;
  }
  return count + 1;
}
