import { describe, expect, it } from 'vitest';
import { canny } from '../../lib/evaluate/metrics/canny.ts';
import { frameCpbd, roundedLuma } from '../../lib/evaluate/metrics/cpbd.ts';
import { frameMsSsim } from '../../lib/evaluate/metrics/ms_ssim.ts';
import { framePsnr } from '../../lib/evaluate/metrics/psnr.ts';
import { frameSsim } from '../../lib/evaluate/metrics/ssim.ts';
import type { Frame } from '../../lib/media/frame.ts';
import { blurred, fingerprint, picture } from './pictures.ts';
import recorded from './recorded.json' with { type: 'json' };

const a = picture('a', 208, 176, { noise: 6 });
const edges = picture('h', 256, 192, { cell: 24, hard: true });
const pairs: Record<keyof typeof recorded.pairs, [Frame, Frame]> = {
  noise: [a, picture('a', 208, 176, { noise: 20 })],
  blur: [a, blurred(a, 2)],
  other: [a, picture('b', 208, 176, { cell: 8, noise: 6 })],
  edges: [edges, blurred(edges, 1)],
  same: [edges, edges],
};

describe.each(Object.entries(recorded.pairs))('a pair of pictures: %s', (name, expected) => {
  const [first, second] = pairs[name as keyof typeof pairs];

  it('is the pair that was scored elsewhere', () => {
    expect([fingerprint(first), fingerprint(second)]).toEqual(expected.fingerprints);
  });

  it('has the PSNR of scikit-image', () => {
    expect(framePsnr(first, second)).toBeCloseTo(expected.psnr ?? 100, 10);
  });

  it('has the SSIM of scikit-image', () => {
    expect(frameSsim(first, second)).toBeCloseTo(expected.ssim, 10);
  });

  it('has the MS-SSIM of pytorch-msssim', () => {
    // Its window is rounded to float32.
    expect(frameMsSsim(first, second)).toBeCloseTo(expected.msSsim, 6);
  });
});

describe.each(Object.entries(recorded.cpbd))('a picture: %s', (name, expected) => {
  const sharp = picture(name, 200, 150, expected.options);
  const given = expected.blur ? blurred(sharp, expected.blur) : sharp;

  it('is the picture that was scored elsewhere', () => {
    expect(fingerprint(given)).toBe(expected.fingerprint);
  });

  it('has the edges of scikit-image', () => {
    const found = canny(roundedLuma(given), given.width, given.height);
    const count = found.reduce((sum, value) => sum + value, 0);
    // In pictures without noise neighbours tie, and rounding decides which of them is the ridge.
    expect(Math.abs(count - expected.canny)).toBeLessThanOrEqual(
      'noise' in expected.options ? 0 : 0.01 * expected.canny,
    );
  });

  it('has the CPBD of the Python package', () => {
    expect(frameCpbd(given)).toBeCloseTo(expected.cpbd, 10);
  });
});
