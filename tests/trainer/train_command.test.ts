import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { QuickStartResult } from '../../lib/quick_start/quick_start.ts';

const folder = mkdtempSync(join(tmpdir(), 'train-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = fileURLToPath(new URL('../../node-harness/bin/node-harness.mjs', import.meta.url));

/** Three drawn speakers of two seconds each, and networks an eighth as wide as the paper's. */
function train(...more: string[]): { status: number | null; output: string; errors: string } {
  const settings = ['--speakers=3', '--clips_per_speaker=1', '--clip_seconds=2', '--width=0.125', '--batch_size=2'];
  const places = [`--preprocessed_root=${folder}/data`, `--checkpoint_dir=${folder}/saved`];
  const rest = ['--dataset=synthetic', '--backend=wasm', ...settings, ...places, ...more];
  const run = spawnSync(process.execPath, [program, 'train', ...rest], { encoding: 'utf8' });
  return { status: run.status, output: run.stdout, errors: run.stderr };
}

function result({ status, output, errors }: ReturnType<typeof train>): QuickStartResult {
  expect(status, errors).toBe(0);
  const last = JSON.parse(output.trim().split('\n').at(-1)!) as QuickStartResult;
  expect(JSON.parse(readFileSync(join(last.folder, 'metrics.json'), 'utf8'))).toEqual(last);
  return last;
}

describe('train', { timeout: 600_000 }, () => {
  let expert = '';

  it('makes an expert from nothing but names', () => {
    const { folder, training, test, untrained } = result(train('--model=syncnet', '--steps=3', '--json', '--quiet'));
    expert = folder;
    expect(training.steps).toBe(3);
    expect(test?.losses.accuracy).toBeLessThanOrEqual(1);
    expect(untrained.validation.loss).toBeGreaterThan(0);
    expect(test?.scores).toBeUndefined();
    const names = ['best', 'config.yaml', 'curves.svg', 'last', 'log.jsonl', 'metrics.json', 'tensorboard'];
    expect(readdirSync(folder).sort()).toEqual(names);
  });

  it('trains a generator with it, tests it beside a copied picture, and goes on with it', () => {
    const settings = ['--model=wav2lip', '--json', `--syncnet_checkpoint_path=${expert}`, '--metrics=lse,psnr'];
    const run = train(...settings, '--steps=2');
    const first = result(run);
    expect(run.errors).toMatch("Left out: LSE needs SyncNet's weights");
    expect(first.training.best.losses).toHaveProperty('sync');
    expect(first.test?.scores?.map(({ name }) => name)).toEqual(['PSNR']);
    expect(first.test?.copied?.[0].generated).toBeGreaterThan(5);
    expect(first.untrained.test?.scores?.[0].generated).toBeGreaterThan(5);
    expect(readdirSync(join(first.folder, 'samples'))).toEqual(['step-0000000.png', 'step-0000002.png']);

    // What the first start was told comes from the run's folder.
    const again = result(train('--model=wav2lip', '--resume', '--steps=3', '--json', '--quiet'));
    expect(again.folder).toBe(first.folder);
    expect(again.training.steps).toBe(3);
    const log = readFileSync(join(first.folder, 'log.jsonl'), 'utf8').trim().split('\n');
    expect(log.map((line) => JSON.parse(line).step)).toEqual([0, 2, 3]);
    expect(readFileSync(join(first.folder, 'config.yaml'), 'utf8')).toMatch(/^metrics: \[ lse, psnr \]/m);
  });

  it('says in one sentence what is missing', () => {
    const without = train('--model=wav2lip', '--syncnet_checkpoint_path=nowhere/expert.pth');
    expect(without.status).toBe(1);
    expect(without.errors).toMatch(
      /^error: The sync loss needs a trained expert and there is none at nowhere\/expert.pth; train one with --model=syncnet/m,
    );
    expect(train('--model=wav2lip_gan', '--resume').errors).toMatch(
      /^error: There is no run of wav2lip_gan on synthetic/m,
    );
  });
});
