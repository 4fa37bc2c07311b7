import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evaluation } from '../../lib/evaluate/evaluator.ts';
import { nodeMedia } from '../../node-harness/platform/media.ts';
import { blurred, picture } from './pictures.ts';

const program = fileURLToPath(new URL('../../node-harness/bin/node-harness.mjs', import.meta.url));
let folder = '';

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

async function clip(path: string, blur: number): Promise<void> {
  const writer = await nodeMedia.createVideo(join(folder, path), { width: 192, height: 176, frameRate: 25 });
  for (let i = 0; i < 6; i++) {
    const frame = picture(`clip${i >> 1}`, 192, 176, { cell: 16, hard: true });
    await writer.write(blur ? blurred(frame, blur) : frame);
  }
  await writer.finish();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evaluate-'));
  for (const name of ['real', 'made', 'other', 'empty']) mkdirSync(join(folder, name));
  await clip('real/a.mp4', 0);
  await clip('made/a.mp4', 1);
  cpSync(join(folder, 'made/a.mp4'), join(folder, 'made/b.mp4'));
  cpSync(join(folder, 'made/a.mp4'), join(folder, 'other/z.mp4'));
  writeFileSync(join(folder, 'empty/notes.txt'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('evaluate', { timeout: 120_000 }, () => {
  it('scores the clips of two folders and leaves one JSON file', async () => {
    const args = [
      '--generated',
      'made',
      '--real',
      'real',
      '--metrics=ssim,psnr,ms-ssim,cpbd',
      '--out',
      'out/m.json',
      '--json',
    ];
    const { code, stdout, stderr } = await run('evaluate', ...args);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('Left out, without a real clip of the same name: b.');
    const result = JSON.parse(stdout.trim().split('\n').at(-1)!) as Evaluation;
    expect(JSON.parse(readFileSync(join(folder, 'out/m.json'), 'utf8'))).toEqual(result);
    expect(readdirSync(join(folder, 'out'))).toEqual(['m.json']);
    const scores = Object.fromEntries(result.scores.map((score) => [score.name, score]));
    expect(Object.keys(scores)).toEqual(['SSIM', 'PSNR', 'MS-SSIM', 'CPBD']);
    expect(scores.SSIM.generated).toBeGreaterThan(0.7);
    expect(scores.SSIM.generated).toBeLessThan(0.98);
    expect(scores.CPBD.real!).toBeGreaterThan(scores.CPBD.generated + 0.2);
    expect(result.clips).toHaveLength(1);
    expect(result.clips[0]).toMatchObject({ name: 'a', frames: 6, realFrames: 6 });
  });

  it('prints a table', async () => {
    const { code, stdout } = await run(
      'evaluate',
      '--generated',
      'real/a.mp4',
      '--real',
      'real/a.mp4',
      '--metrics=psnr',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 clip +generated +real\nPSNR +100\.0000 +- {2}dB, higher is better\n$/);
  });

  it.each([
    [
      ['--generated', 'other', '--real', 'real'],
      'No clip of other (z) has the name of a clip of real (a); give them the same names.',
    ],
    [['--generated', 'empty', '--real', 'real'], 'empty has no clips (.mp4 '],
    [
      ['--generated', 'made', '--real', 'real/a.mp4'],
      'made is a folder and real/a.mp4 a file; give two folders or two files.',
    ],
    [['--generated', 'nothing', '--real', 'real'], 'There is no file or folder nothing; check the name.'],
    [
      ['--generated', 'made', '--real', 'real', '--metrics=lse'],
      'there are none at checkpoints/LSE/syncnet_v2.model: run fetch-weights syncnet_v2',
    ],
    [
      ['--generated', 'made', '--real', 'real', '--metric=ssim'],
      'the command line sets metric, which is not a setting; did you mean metrics?',
    ],
    [['--generated', 'made', '--real', 'real', '--metrics=fdi'], 'There is no metric fdi; did you mean fid?'],
  ])('refuses %j', async (args, sentence) => {
    const { code, stdout, stderr } = await run('evaluate', ...args);
    expect(stderr).toContain(sentence);
    expect([code, stdout]).toEqual([1, '']);
  });
});

it('list names models, data sets and metrics', { timeout: 60_000 }, async () => {
  const [models, datasets, metrics] = await Promise.all(
    ['models', 'datasets', 'metrics'].map((what) => run('list', what, '--json')),
  );
  const names = ({ stdout }: { stdout: string }) => (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
  expect(names(models)).toEqual(['syncnet', 'wav2lip', 'wav2lip_gan']);
  expect(names(datasets)).toEqual(['lrs2', 'grid', 'folder', 'synthetic']);
  expect(names(metrics)).toEqual([
    'lse',
    'sync-expert',
    'ssim',
    'psnr',
    'ms-ssim',
    'lmd',
    'cpbd',
    'csim',
    'lpips',
    'lpips-vgg',
    'fid',
  ]);
});
