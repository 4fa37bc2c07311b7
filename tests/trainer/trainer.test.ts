import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import type { TrainerSettings } from '../../lib/trainer/trainer.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { nodeMedia } from '../../node-harness/platform/media.ts';
import { startTestBackend } from '../backends.ts';
import { TinyModel, tinyTrainer } from './tiny.ts';

const folder = mkdtempSync(join(tmpdir(), 'trainer-'));
beforeAll(() => startTestBackend('cpu'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let runs = 0;
const newFolder = (): string => join(folder, `run-${runs++}`);

interface Line {
  readonly kind: string;
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** The log without what depends on the clock. */
function logOf(run: string): Line[] {
  const lines = readFileSync(join(run, 'log.jsonl'), 'utf8').trim().split('\n');
  return lines.map((text) => {
    const { values, ...line } = JSON.parse(text) as Line;
    const { steps_per_second: _, ...losses } = values;
    return { ...line, values: losses };
  });
}

const fileOf = (run: string, name: string): string => readFileSync(join(run, name)).toString('base64');

/** Trains, stopping the process's work after some of the steps and beginning again with new objects. */
async function train(run: string, settings: Partial<TrainerSettings>, interruptions: readonly number[] = []) {
  for (const step of interruptions) {
    const { trainer, dispose } = tinyTrainer(run, settings, new TinyModel(100 + step));
    const controller = new AbortController();
    const stopped = new Error('stopped');
    const onProgress = (progress: { step: number }) => {
      if (progress.step === step) controller.abort(stopped);
    };
    await expect(trainer.fit({ signal: controller.signal, onProgress })).rejects.toBe(stopped);
    dispose();
  }
  const { trainer, dispose } = tinyTrainer(run, settings, new TinyModel(interruptions.length === 0 ? 1 : 50));
  const result = await trainer.fit();
  dispose();
  return result;
}

describe('training', () => {
  it('lowers the loss, step by step over epochs, and leaves what it promises', async () => {
    const run = newFolder();
    const progress: number[] = [];
    const messages: string[] = [];
    const { trainer, dispose } = tinyTrainer(run, { epochs: 40, ema: 0.9, accumulate: 2 });
    const result = await trainer.fit({
      onProgress: ({ step, totalSteps }) => progress.push(step / totalSteps),
      onMessage: (sentence) => messages.push(sentence),
    });
    dispose();
    // 26 items are 6 full batches of 4, 3 steps of two.
    expect(result.steps).toBe(120);
    expect(result.stoppedEarly).toBe(false);
    expect(result.validations.map(({ step }) => step)).toEqual(Array.from({ length: 41 }, (_, i) => 3 * i));
    expect(result.best.losses.loss).toBeLessThan(0.2 * result.validations[0].losses.loss);
    expect(progress).toEqual(Array.from({ length: 120 }, (_, i) => (i + 1) / 120));
    expect(messages).toEqual(['Two validations are done.']);

    const names = ['config.yaml', 'judge.safetensors', 'model.safetensors', 'optimizer.safetensors', 'state.json'];
    for (const checkpoint of ['best', 'last']) expect(readdirSync(join(run, checkpoint)).sort()).toEqual(names);
    expect(readdirSync(run).sort()).toEqual(['best', 'curves.svg', 'last', 'log.jsonl', 'samples', 'tensorboard']);
    const state = JSON.parse(readFileSync(join(run, 'last/state.json'), 'utf8'));
    expect(state).toEqual({ version: 1, step: 120, validations: result.validations, unlogged: {} });
    expect(JSON.parse(readFileSync(join(run, 'best/state.json'), 'utf8')).step).toBe(result.best.step);

    const log = logOf(run);
    expect(log.filter(({ kind }) => kind === 'val').map(({ values }) => values)).toEqual(
      result.validations.map(({ losses }) => losses),
    );
    const rates = log.filter(({ kind }) => kind === 'train').map(({ values }) => values.learning_rate);
    expect(rates.slice(0, 3).map((rate) => rate.toFixed(6))).toEqual(['0.003333', '0.006667', '0.010000']);
    expect(rates.at(-1)).toBeLessThan(1e-4);
    expect(Object.keys(log.find(({ kind }) => kind === 'train')!.values).sort()).toEqual(
      ['error', 'judge_loss', 'learning_rate', 'loss'].sort(),
    );

    expect(readFileSync(join(run, 'curves.svg'), 'utf8')).toMatch(/^<svg.*polyline.*<\/svg>\n$/s);
    const picture = await nodeMedia.openVideo(join(run, 'samples/step-0000003.png'));
    expect([picture.width, picture.height]).toEqual([3 * 5, 2 * 4]);
    await picture.close();
  });

  it('ends after its steps even in the middle of an epoch', async () => {
    const result = await train(newFolder(), { steps: 8 });
    expect(result.steps).toBe(8);
    expect(result.validations.map(({ step }) => step)).toEqual([0, 6, 8]);
  });

  it('stops when the validation loss no longer falls', async () => {
    const result = await train(newFolder(), { learning_rate: 0, epochs: 50, stopping_step: 3 });
    expect(result).toMatchObject({ stoppedEarly: true });
    // Running statistics still move, so the best need not be the first.
    expect(result.steps).toBe(result.best.step + 3 * 6);
  });

  it('stops at a loss that is not a number, in one sentence, before it spoils the weights', async () => {
    const run = newFolder();
    const { trainer, model, dispose } = tinyTrainer(run);
    const onProgress = ({ step }: { step: number }) => {
      if (step === 8) model.factor = Number.NaN;
    };
    const error: unknown = await trainer.fit({ onProgress }).catch((reason) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toBe(
      'Training stopped: loss became NaN at step 9; the last checkpoint is from before. Try a learning_rate below 0.01 or clip_grad_norm: 1.',
    );
    expect((await model.network.stateDict().read('0.weight')).bytes.length).toBe(80);
    const state = JSON.parse(readFileSync(join(run, 'last/state.json'), 'utf8'));
    expect(state.step).toBe(6);
    dispose();
  });

  it('does not save weights that are not numbers', async () => {
    const run = newFolder();
    const { trainer, model, dispose } = tinyTrainer(run, { eval_step: 100 });
    const onProgress = ({ step }: { step: number }) => {
      if (step === 10) (model.judge.parameters()[0] as tf.Variable).assign(tf.tensor2d([[Number.POSITIVE_INFINITY]]));
    };
    await expect(trainer.fit({ onProgress })).rejects.toThrow(
      /^The weights weight are no longer numbers, so .*last keeps its last good checkpoint/,
    );
    expect(JSON.parse(readFileSync(join(run, 'last/state.json'), 'utf8')).step).toBe(5);
    dispose();
  });
});

describe('resuming', () => {
  const variants: Record<string, Partial<TrainerSettings>> = {
    adam: {},
    'adamw, averaged weights and accumulation': { learner: 'adamw', weight_decay: 0.1, ema: 0.95, accumulate: 2 },
    'sgd without shuffling or clipping': {
      learner: 'sgd',
      shuffle: false,
      clip_grad_norm: null,
      schedule: 'linear',
      log_interval: 4,
    },
  };
  for (const [name, settings] of Object.entries(variants)) {
    it(`goes on as if nothing had been: ${name}`, async () => {
      const [whole, parts] = [newFolder(), newFolder()];
      const expected = await train(whole, settings);
      // The first start of the interrupted run has the same first weights; later ones have others, to be replaced.
      const { trainer, dispose } = tinyTrainer(parts, settings);
      const controller = new AbortController();
      const onProgress = ({ step }: { step: number }) => {
        if (step === 2) controller.abort(new Error('stopped'));
      };
      await expect(trainer.fit({ signal: controller.signal, onProgress })).rejects.toThrow('stopped');
      dispose();
      const result = await train(parts, settings, [5, 6, 7].slice(0, settings.accumulate === 2 ? 2 : 3));
      expect(result).toEqual(expected);
      expect(logOf(parts)).toEqual(logOf(whole));
      for (const checkpoint of ['best', 'last']) {
        for (const file of readdirSync(join(whole, checkpoint))) {
          const path = join(checkpoint, file);
          expect(fileOf(parts, path), path).toBe(fileOf(whole, path));
        }
      }
    });
  }

  it('says so when the settings no longer fit', async () => {
    const run = newFolder();
    await train(run, { steps: 3 });
    const { trainer, dispose } = tinyTrainer(run, { steps: 6, learner: 'sgd' });
    await expect(trainer.fit()).rejects.toThrow(
      'The checkpoint was made with other settings (model.0.weight.velocity is missing instead of [4,5]); resume with those or start a new run.',
    );
    dispose();
  });
});

describe('memory', () => {
  it('does not grow over 1,000 steps', { timeout: 300_000 }, async () => {
    const before = tf.memory().numTensors;
    const counts = new Set<number>();
    const settings = {
      epochs: 10000,
      steps: 1000,
      ema: 0.9,
      accumulate: 2,
      log_interval: 100,
      checkpoint_interval: 250,
    };
    const { trainer, dispose } = tinyTrainer(newFolder(), { ...settings, eval_step: 50 });
    const onProgress = () => void counts.add(tf.memory().numTensors);
    await trainer.fit({ onProgress });
    expect([...counts]).toHaveLength(1);
    dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
