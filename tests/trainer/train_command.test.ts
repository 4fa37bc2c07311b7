import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { ModelEvaluation } from '../../lib/quick_start/evaluate_model.ts';
import type { QuickStartResult } from '../../lib/quick_start/quick_start.ts';

const folder = mkdtempSync(join(tmpdir(), 'train-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = fileURLToPath(new URL('../../node-harness/bin/node-harness.mjs', import.meta.url));

/** Three drawn speakers of two seconds each. */
function harness(command: string, ...more: string[]): { status: number | null; output: string; errors: string } {
  const settings = ['--speakers=3', '--clips_per_speaker=1'].concat(
    more.some((option) => option.startsWith('--clip_seconds')) ? [] : '--clip_seconds=2',
  );
  const places = [`--preprocessed_root=${folder}/data`, `--checkpoint_dir=${folder}/saved`];
  const rest = ['--dataset=synthetic', '--backend=wasm', ...settings, ...places, ...more];
  const run = spawnSync(process.execPath, [program, command, ...rest], { encoding: 'utf8' });
  return { status: run.status, output: run.stdout, errors: run.stderr };
}

/** Trains networks an eighth as wide as the paper's. */
const train = (...more: string[]) => harness('train', '--width=0.125', '--batch_size=2', ...more);

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
    const run = train(...settings, '--syncnet_T=5', '--steps=2');
    const first = result(run);
    expect(run.errors).toMatch("Left out: LSE needs SyncNet's weights");
    expect(first.training.best.losses).toHaveProperty('sync');
    expect(run.errors).toMatch('Scored instead: sync-expert, which is not the same.');
    const names = ['SyncExpert-match', 'SyncExpert-C', 'SyncExpert-offset', 'PSNR'];
    expect(first.test?.scores?.map(({ name }) => name)).toEqual(names);
    expect(first.test?.copied?.at(-1)?.generated).toBeGreaterThan(5);
    expect(first.untrained.test?.scores?.at(-1)?.generated).toBeGreaterThan(5);
    expect(readdirSync(join(first.folder, 'samples'))).toEqual(['step-0000000.png', 'step-0000002.png']);

    // What the first start was told comes from the run's folder.
    const again = result(train('--model=wav2lip', '--resume', '--steps=3', '--json', '--quiet'));
    expect(again.folder).toBe(first.folder);
    expect(again.training.steps).toBe(3);
    const log = readFileSync(join(first.folder, 'log.jsonl'), 'utf8').trim().split('\n');
    expect(log.map((line) => JSON.parse(line).step)).toEqual([0, 2, 3]);
    expect(readFileSync(join(first.folder, 'config.yaml'), 'utf8')).toMatch(/^metrics: \[ lse, psnr \]/m);
  });

  it('evaluates the latest run, or any weights, on the test part', () => {
    const evaluate = (...more: string[]) => {
      const run = harness('evaluate', '--json', '--quiet', ...more);
      expect(run.status, run.errors).toBe(0);
      const last = JSON.parse(run.output) as ModelEvaluation;
      expect(JSON.parse(readFileSync(join(last.folder, 'metrics.json'), 'utf8'))).toEqual(last);
      return last;
    };
    const drawn = evaluate('--model=wav2lip', '--metrics=psnr');
    const trained = JSON.parse(readFileSync(join(drawn.checkpoint, 'metrics.json'), 'utf8')) as QuickStartResult;
    expect(drawn.losses).toEqual(trained.test?.losses);
    expect(drawn.scores?.map(({ name }) => name)).toEqual(['PSNR']);
    expect(drawn.copied?.[0].generated).toBe(trained.test?.copied?.at(-1)?.generated);

    // The width comes from the weights where no run says it.
    const weights = join(folder, 'expert.safetensors');
    cpSync(join(expert, 'best/model.safetensors'), weights);
    const told = evaluate('--model=syncnet', `--checkpoint=${weights}`);
    expect(told.report).toBe(
      `The expert tells lips in sync from others in ${(100 * told.losses.accuracy).toFixed(1)} % of the cases; guessing gives 50 %.`,
    );
    expect(harness('evaluate', '--model=wav2lip', `--checkpoint=${weights}`).errors).toMatch(
      /These are no weights of Wav2Lip's generator/,
    );
  });

  it('refuses clips that were preprocessed with other settings where it may not do it anew', () => {
    const run = harness('evaluate', '--model=wav2lip', '--clip_seconds=3', '--need_preprocess=false');
    expect([run.status, run.output]).toEqual([1, '']);
    expect(run.errors).toMatch(/^error: .*was preprocessed with .*"seconds":2.* and this run has .*"seconds":3/m);
  });

  it('says in one sentence what is missing', () => {
    expect(train('--model=wav2lip', `--syncnet_checkpoint_path=${expert}`, '--syncnet_T=1').errors).toMatch(
      /^error: .*The expert at .* judges 5 frames at once and this run has 1; give --syncnet_T=5,/m,
    );
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
