import { describe, expect, it } from 'vitest';
import { Evaluator } from '../../lib/evaluate/evaluator.ts';
import type { MetricResources } from '../../lib/evaluate/metric.ts';
import { frameCpbd } from '../../lib/evaluate/metrics/cpbd.ts';
import { centred, pointDistance } from '../../lib/evaluate/metrics/lmd.ts';
import { framePsnr } from '../../lib/evaluate/metrics/psnr.ts';
import { frameSsim } from '../../lib/evaluate/metrics/ssim.ts';
import { memoryMedia } from './memory_media.ts';
import { noResources } from './no_resources.ts';
import { blurred, picture } from './pictures.ts';

const sharp = [0, 1, 2].map((i) => picture(`e${i}`, 96, 80, { cell: 12, hard: true }));
const soft = sharp.map((frame) => blurred(frame, 1));
const clips = {
  real: { count: 3, make: (i: number) => sharp[i] },
  soft: { count: 2, make: (i: number) => soft[i] },
  wide: { count: 3, make: (i: number) => picture(`w${i}`, 98, 80) },
  fast: { count: 3, make: (i: number) => sharp[i], frameRate: 30 },
  small: { count: 1, make: () => picture('s', 40, 40) },
};

/** No weights, and no mouth in any picture. */
const resources: MetricResources = {
  ...noResources,
  mouthLandmarks: async () => ({ count: 2, find: async (frames) => frames.map(() => undefined), dispose() {} }),
};

async function evaluate(names: string[], generated: string, real?: string, given = resources) {
  const { media, seen } = memoryMedia(clips);
  const evaluator = await Evaluator.load(names, media, given);
  try {
    return await evaluator.run([{ name: 'a', generated, real }]);
  } finally {
    evaluator.dispose();
    expect(seen.open).toBe(0);
  }
}

describe('the evaluator', () => {
  it('compares as many frames as both clips have and scores each clip alone on all of its own', async () => {
    const { scores, clips } = await evaluate(['psnr', 'SSIM', 'cpbd'], 'soft', 'real');
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    const byName = Object.fromEntries(scores.map((score) => [score.name, score]));
    expect(byName.PSNR.generated).toBeCloseTo(mean(soft.slice(0, 2).map((frame, i) => framePsnr(frame, sharp[i]))), 10);
    expect(byName.SSIM.generated).toBeCloseTo(mean(soft.slice(0, 2).map((frame, i) => frameSsim(frame, sharp[i]))), 10);
    expect(byName.CPBD.generated).toBeCloseTo(mean(soft.slice(0, 2).map(frameCpbd)), 10);
    expect(byName.CPBD.real).toBeCloseTo(mean(sharp.map(frameCpbd)), 10);
    expect(byName.CPBD.real).toBeGreaterThan(byName.CPBD.generated);
    expect('real' in byName.SSIM).toBe(false);
    expect(clips[0]).toMatchObject({ name: 'a', frames: 2, realFrames: 3 });
    expect(byName.PSNR).toMatchObject({ unit: 'dB', better: 'higher' });
  });

  it('averages over clips', async () => {
    const { media } = memoryMedia(clips);
    const evaluator = await Evaluator.load(['psnr'], media, resources);
    const progress: number[] = [];
    const pairs = [
      { name: 'same', generated: 'real', real: 'real' },
      { name: 'soft', generated: 'soft', real: 'real' },
    ];
    const { scores, clips: each } = await evaluator.run(pairs, (done) => progress.push(done));
    expect(each[0].generated.PSNR).toBe(100);
    expect(scores[0].generated).toBeCloseTo((100 + each[1].generated.PSNR) / 2, 10);
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  it('stops when it is told to, and closes the clips', async () => {
    const { media, seen } = memoryMedia({ long: { count: 1e6, make: () => sharp[0] } });
    const evaluator = await Evaluator.load(['psnr'], media, resources);
    const stop = new AbortController();
    const run = evaluator.run(
      [{ name: 'a', generated: 'long', real: 'long' }],
      () => stop.abort(new Error('stopped')),
      stop.signal,
    );
    await expect(run).rejects.toThrow('stopped');
    expect(seen).toEqual({ open: 0, frames: 2 });
  });

  it.each([
    [['ssmi'], 'soft', 'real', 'There is no metric ssmi; did you mean ssim? There are lse, sync-expert, ssim,'],
    [['ssim'], 'wide', 'real', 'SSIM compares frames of one size, but a is 98 x 80 generated and 96 x 80 real;'],
    [['psnr'], 'fast', 'real', 'PSNR compares frame by frame, but a has 30 frames/s generated and 25 real;'],
    [['psnr'], 'soft', undefined, 'PSNR compares with real clips and a has none; name them with --real.'],
    [
      ['ms-ssim'],
      'soft',
      'real',
      'MS-SSIM needs pictures of at least 176 x 176 pixels and generated clip a has 96 x 80;',
    ],
    [['cpbd'], 'small', undefined, 'CPBD needs pictures of at least 64 x 64 pixels and generated clip a has 40 x 40;'],
    [['lmd'], 'soft', 'real', 'LMD found no frame of generated clip a with a face in both clips;'],
    [['psnr'], 'gone', 'real', 'There is no file gone.'],
    [
      ['lse'],
      'soft',
      'real',
      "LSE needs SyncNet's weights, and there are none at no/lse.model: run fetch-weights syncnet_v2,",
    ],
    [['fid'], 'soft', 'real', 'FID needs weights, and there are none at no/fid.pth: run fetch-weights fid,'],
    [
      ['lpips-vgg'],
      'soft',
      'real',
      'LPIPS-VGG needs weights, and there are none at no/lpips/vgg16-397923af.pth and no/lpips/vgg.pth: run fetch-weights lpips-vgg,',
    ],
    [['sync_expert'], 'soft', 'real', 'sync-expert needs a trained expert and there is none:'],
  ])('refuses %j of %s beside %s', async (names, generated, real, sentence) => {
    await expect(evaluate(names, generated, real)).rejects.toThrow(sentence);
  });

  it('scores clips of different sizes by metrics that do not compare', async () => {
    const { scores } = await evaluate(['cpbd'], 'wide', 'real');
    expect(scores[0].real).toBeGreaterThan(0);
  });
});

describe('landmark distance', () => {
  it('is the mean distance of the points, wherever the mouth is', async () => {
    const real = Float32Array.of(10, 10, 20, 10, 15, 14);
    const moved = real.map((value, i) => value + (i % 2 ? -3 : 7));
    expect(pointDistance(centred(moved), centred(real))).toBeCloseTo(0, 5);
    // One point of three 3 px lower: the centre follows by 1, so 1 + 1 + 2 over 3.
    const open = Float32Array.of(10, 10, 20, 10, 15, 17);
    expect(pointDistance(centred(open), centred(real))).toBeCloseTo(4 / 3, 5);
  });

  it('leaves out frames where a face is missing', async () => {
    const points = [Float32Array.of(0, 0, 2, 0), undefined, Float32Array.of(0, 0, 6, 0), Float32Array.of(0, 0, 2, 0)];
    const find = async () => [points.shift(), points.shift()];
    const mouthLandmarks = async () => ({ count: 2, find, dispose() {} });
    const { scores } = await evaluate(['lmd'], 'soft', 'real', { ...resources, mouthLandmarks });
    expect(scores[0]).toMatchObject({ name: 'LMD', unit: 'px', generated: 2 });
  });
});
