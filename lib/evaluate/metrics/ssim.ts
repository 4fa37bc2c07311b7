import type { Frame } from '../../media/frame.ts';
import type { Metric } from '../metric.ts';
import { frameMean } from './frame_mean.ts';
import { luma } from './luma.ts';
import { similarity, WINDOW } from './similarity.ts';

/** Structural similarity (Wang et al., 2004) of the brightness of two frames of one size, at most 1. */
export function frameSsim(frame: Frame, real: Frame): number {
  return similarity(luma(frame), luma(real), frame.width, frame.height).ssim;
}

/** Mean of the frames' SSIM. */
export const ssim: Metric = {
  doc: 'Structural similarity of each frame to the real one.',
  values: [{ name: 'SSIM', unit: '', better: 'higher' }],
  compares: true,
  load: async () => ({ start: frameMean('SSIM', frameSsim, WINDOW) }),
};
