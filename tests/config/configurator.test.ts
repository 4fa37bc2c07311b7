import { describe, expect, it } from 'vitest';
import { type ConfigRequest, loadConfig } from '../../lib/config/configurator.ts';
import { parseOverrides } from '../../lib/config/overrides.ts';
import { retiredKeys } from '../../lib/config/retired.ts';
import { findKey, type SettingKey, schema } from '../../lib/config/schema.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { properties } from '../../node-harness/platform/properties.ts';

const load = (request: Partial<ConfigRequest> = {}) => loadConfig({ properties, ...request });
const file = (name: string, text: string) => ({ name, text });

async function complaint(work: () => unknown): Promise<string> {
  const error = await Promise.resolve()
    .then(work)
    .then(
      () => undefined,
      (reason) => reason,
    );
  expect(error).toBeInstanceOf(UserError);
  return error.message;
}

describe('merging', () => {
  it('lets overall < data set < model < config files < command line', async () => {
    const texts: Record<string, string> = {
      'overall.yaml': 'epochs: 1\nseed: 1\nfps: 1\nlearning_rate: 1\nbatch_size: 1\nworker: 1',
      'dataset/d.yaml': 'seed: 2\nfps: 2\nlearning_rate: 2\nbatch_size: 2\nworker: 2',
      'model/m.yaml': 'fps: 3\nlearning_rate: 3\nbatch_size: 3\nworker: 3',
    };
    const config = await loadConfig({
      properties: { readText: async (path) => texts[path], list: async (folder) => [folder[0]] },
      model: 'm',
      dataset: 'D',
      configFiles: [
        file('a.yaml', 'learning_rate: 4\nbatch_size: 4\nworker: 4'),
        file('b.yaml', 'batch_size: 5\nworker: 5'),
      ],
      overrides: parseOverrides(['--worker=6']),
    });
    expect(config.entries().map(({ key, value, origin }) => `${key} ${value} ${origin}`)).toEqual([
      'epochs 1 properties/overall.yaml',
      'seed 2 properties/dataset/d.yaml',
      'fps 3 properties/model/m.yaml',
      'learning_rate 4 a.yaml',
      'batch_size 5 b.yaml',
      'worker 6 the command line',
    ]);
    expect(config.get('worker')).toBe(6);
    expect(() => config.get('width')).toThrow('model m on data set d has no setting width');
  });

  it('has a value for each setting of each model and data set, and a place for each setting', async () => {
    const used = new Set<SettingKey>();
    for (const model of await properties.list('model')) {
      for (const dataset of await properties.list('dataset')) {
        for (const { key } of (await load({ model, dataset })).entries()) used.add(key);
      }
    }
    expect([...used].sort()).toEqual(Object.keys(schema).sort());
    for (const key of Object.keys(retiredKeys)) expect(findKey(key)).toBeUndefined();
  });

  it('takes names and keys in any case, with hyphens or underscores', async () => {
    const config = await load({
      model: 'Wav2Lip-GAN',
      dataset: 'LRS2',
      overrides: parseOverrides(['--Batch-Size=3', '--syncnet_t=7']),
    });
    expect([config.model, config.dataset]).toEqual(['wav2lip_gan', 'lrs2']);
    expect([config.get('batch_size'), config.get('syncnet_T')]).toEqual([3, 7]);
    expect(config.get('adam_betas')).toEqual([0.5, 0.999]);
  });

  it('repeats a run from what it has written', async () => {
    const first = await load({
      model: 'wav2lip',
      dataset: 'grid',
      overrides: parseOverrides(['--metrics=[psnr, ssim]', '--steps=5', '--data_root="a: b # c"', '--ema', '0.999']),
    });
    const text = first.toYaml();
    expect(text).toMatch(/^steps: 5 # the command line$/m);
    const again = await load({ configFiles: [file('config.yaml', text)] });
    expect([again.model, again.dataset]).toEqual(['wav2lip', 'grid']);
    const values = (config: typeof first) => config.entries().map(({ key, value }) => [key, value]);
    expect(values(again)).toEqual(values(first));
    expect(again.get('data_root')).toBe('a: b # c');
  });
});

describe('values', () => {
  it('are read as YAML and never run', async () => {
    const overrides = parseOverrides([
      '--learning_rate=2e-4',
      '--show_progress=False',
      '--steps=null',
      '--metrics=lse,psnr',
      '--resume',
      '--checkpoint_dir=__import__("os").getcwd()',
      '--lse_checkpoint_path=a=b',
      '--seed',
      '7',
    ]);
    const config = await load({ overrides });
    expect(config.get('learning_rate')).toBe(2e-4);
    expect(config.get('show_progress')).toBe(false);
    expect(config.get('steps')).toBeNull();
    expect(config.get('metrics')).toEqual(['lse', 'psnr']);
    expect(config.get('resume')).toBe(true);
    expect(config.get('checkpoint_dir')).toBe('__import__("os").getcwd()');
    expect(config.get('lse_checkpoint_path')).toBe('a=b');
    expect(config.get('seed')).toBe(7);
  });

  it.each([
    ['--epochs=2.5', 'epochs is 2.5 in the command line; it must be a whole number from 0.'],
    ['--epochs=ten', 'epochs is "ten" in the command line; it must be a whole number from 0.'],
    ['--shuffle=1', 'shuffle is 1 in the command line; it must be true or false.'],
    ['--learner=lion', 'learner is "lion" in the command line; it must be one of adam, adamw, sgd.'],
    ['--ema=1.5', 'ema is 1.5 in the command line; it must be a number from 0 to 1, or null.'],
    [
      '--adam_betas=[0.9, x]',
      'adam_betas is [0.9,"x"] in the command line; it must be a list, each item a number from 0 to 1.',
    ],
    ['--seed=', 'seed is null in the command line; it must be a whole number from 0.'],
    ['--seed=[1', /^--seed=\[1 is not YAML: /],
    ['seed=1', 'seed=1 is not a setting; write --key=value.'],
  ])('refuses %s', async (token, sentence) => {
    expect(await complaint(() => load({ overrides: parseOverrides([token]) }))).toMatch(sentence);
  });

  it('refuses two different values for one key', async () => {
    expect(await complaint(() => parseOverrides(['--seed=1', '--SEED=2']))).toBe(
      '--seed is given twice, as 1 and as 2; keep one.',
    );
    expect(parseOverrides(['--seed=1', '--seed=1']).values).toEqual({ seed: 1 });
  });
});

describe('keys and names that do not exist', () => {
  const refused: [string, Partial<ConfigRequest>, string][] = [
    [
      'a typing error',
      { overrides: parseOverrides(['--leaning-rate=1']) },
      'the command line sets leaning_rate, which is not a setting; did you mean learning_rate?',
    ],
    [
      'nonsense',
      { configFiles: [file('a.yaml', 'qqqqqqqqqqqqq: 1')] },
      'a.yaml sets qqqqqqqqqqqqq, which is not a setting.',
    ],
    [
      'what another model has',
      { model: 'wav2lip', overrides: parseOverrides(['--disc_wt=1']) },
      'the command line sets disc_wt, which model wav2lip does not have.',
    ],
    [
      'what the original toolkit had',
      { overrides: parseOverrides(['--gpu_id=0']) },
      'the command line sets gpu_id, which this toolkit does not have: choose what computes with --backend.',
    ],
    [
      'a model',
      { model: 'wav2lib' },
      'There is no model wav2lib; did you mean wav2lip? There are syncnet, wav2lip, wav2lip_gan.',
    ],
    ['a data set', { dataset: 'voxceleb' }, 'There is no data set voxceleb; there are folder, grid, lrs2, synthetic.'],
    ['a list as a file', { configFiles: [file('a.yaml', '- 1')] }, 'a.yaml must hold lines of the form "key: value".'],
  ];
  it.each(refused)('%s', async (_, request, sentence) => {
    expect(await complaint(() => load(request))).toBe(sentence);
  });
});
