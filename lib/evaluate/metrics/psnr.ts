import type { Frame } from '../../media/frame.ts';
import type { Metric } from '../metric.ts';
import { frameMean } from './frame_mean.ts';

/** Frames without any difference count as this many dB, so that averages stay finite. */
const MOST = 100;

/** Peak signal-to-noise ratio of two frames of one size over R, G and B, in dB: `10 log10(255^2 / MSE)`, at most 100. */
export function framePsnr({ data }: Frame, real: Frame): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    const difference = data[i] - real.data[i];
    sum += difference * difference;
  }
  return Math.min(MOST, 10 * Math.log10((255 * 255 * data.length) / sum));
}

/** Mean of the frames' PSNR. */
export const psnr: Metric = {
  doc: 'Peak signal-to-noise ratio of each frame against the real one.',
  values: [{ name: 'PSNR', unit: 'dB', better: 'higher' }],
  compares: true,
  load: async () => ({ start: frameMean('PSNR', framePsnr) }),
};
