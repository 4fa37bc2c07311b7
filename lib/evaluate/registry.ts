import type { Metric } from './metric.ts';
import { cpbd } from './metrics/cpbd.ts';
import { lmd } from './metrics/lmd.ts';
import { lse } from './metrics/lse.ts';
import { msSsim } from './metrics/ms_ssim.ts';
import { psnr } from './metrics/psnr.ts';
import { ssim } from './metrics/ssim.ts';

/** Every metric by the name it is asked for. */
export const metrics: Readonly<Record<string, Metric>> = {
  lse,
  ssim,
  psnr,
  'ms-ssim': msSsim,
  lmd,
  cpbd,
};
