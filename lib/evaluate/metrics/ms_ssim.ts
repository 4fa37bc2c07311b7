import type { Frame } from '../../media/frame.ts';
import type { Metric } from '../metric.ts';
import { frameMean } from './frame_mean.ts';
import { luma } from './luma.ts';
import { similarity, WINDOW } from './similarity.ts';

/** Exponents of the scales, from the full picture down. */
const EXPONENTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];
/** The window must fit into the smallest scale. */
const LEAST_SIDE = WINDOW << (EXPONENTS.length - 1);

/**
 * Multi-scale structural similarity (Wang et al., 2003) of the brightness of two frames of one size, 0 to 1.
 * The picture is halved by averaging 2 x 2 pixels; a last odd row or column is left out.
 */
export function frameMsSsim(frame: Frame, real: Frame): number {
  let [a, b, { width, height }] = [luma(frame), luma(real), frame as { width: number; height: number }];
  let product = 1;
  for (const [scale, exponent] of EXPONENTS.entries()) {
    const { ssim, contrast } = similarity(a, b, width, height);
    const last = scale === EXPONENTS.length - 1;
    product *= Math.max(0, last ? ssim : contrast) ** exponent;
    if (last) break;
    [a, b] = [halve(a, width, height), halve(b, width, height)];
    [width, height] = [width >> 1, height >> 1];
  }
  return product;
}

/** Mean of the frames' MS-SSIM. */
export const msSsim: Metric = {
  doc: 'Structural similarity of each frame to the real one, at five scales.',
  values: [{ name: 'MS-SSIM', unit: '', better: 'higher' }],
  compares: true,
  load: async () => ({ start: frameMean('MS-SSIM', frameMsSsim, LEAST_SIDE) }),
};

function halve(grey: Float64Array, width: number, height: number): Float64Array {
  const [columns, rows] = [width >> 1, height >> 1];
  const half = new Float64Array(columns * rows);
  for (let y = 0, to = 0; y < rows; y++) {
    for (let x = 0, from = 2 * y * width; x < columns; x++, from += 2) {
      half[to++] = (grey[from] + grey[from + 1] + grey[from + width] + grey[from + width + 1]) / 4;
    }
  }
  return half;
}
