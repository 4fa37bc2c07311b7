import type { Metric } from './metric.ts';
import { cpbd } from './metrics/cpbd.ts';
import { csim } from './metrics/csim.ts';
import { fid } from './metrics/fid.ts';
import { lmd } from './metrics/lmd.ts';
import { lpips, lpipsVgg } from './metrics/lpips.ts';
import { lse } from './metrics/lse.ts';
import { msSsim } from './metrics/ms_ssim.ts';
import { psnr } from './metrics/psnr.ts';
import { ssim } from './metrics/ssim.ts';
import { syncExpert } from './metrics/sync_expert.ts';

/** Every metric by the name it is asked for. */
export const metrics: Readonly<Record<string, Metric>> = {
  lse,
  'sync-expert': syncExpert,
  ssim,
  psnr,
  'ms-ssim': msSsim,
  lmd,
  cpbd,
  csim,
  lpips,
  'lpips-vgg': lpipsVgg,
  fid,
};
