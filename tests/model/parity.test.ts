import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import { bytesSource } from '../../lib/checkpoint/bytes_source.ts';
import { openSafetensors } from '../../lib/checkpoint/safetensors.ts';
import { parityNetwork } from '../../lib/evaluate/parity/networks.ts';
import type { ParityCase } from '../../lib/evaluate/parity/parity_case.ts';
import { runParityCase } from '../../lib/evaluate/parity/run_parity_case.ts';
import { availableBackends, startTestBackend } from '../backends.ts';
import { sharedDir } from '../shared.ts';

/**
 * Cases by what they need: `small` ones run on emulated graphics and plain JavaScript too, which take minutes for
 * the others. The tests in a page run more of them on emulated graphics.
 */
const cases = {
  small: ['syncnet/syncnet-v2-audio'],
  large: [
    'wav2lip/wav2lip-disc-qual',
    'wav2lip/wav2lip-expert-syncnet',
    'wav2lip/wav2lip-generator',
    'wav2lip/wav2lip-generator-single',
    'wav2lip/wav2lip-generator-train-mode',
    'syncnet/syncnet-v2-lip',
    's3fd/s3fd',
  ],
};

const parameterCounts: Readonly<Record<string, number>> = {
  'wav2lip/wav2lip-generator': 36_298_035,
};

const path = (name: string, extension: string): string => join(sharedDir!, 'parity/cases', `${name}.${extension}`);
const read = (name: string) => JSON.parse(readFileSync(path(name, 'json'), 'utf8')) as ParityCase;

describe.skipIf(!sharedDir)('against recorded outputs of the reference implementations', () => {
  for (const name of [...cases.small, ...cases.large]) {
    it(`${name}: the state dict has the reference's names, shapes and order`, () => {
      const parityCase = read(name);
      const network = parityNetwork(parityCase)!.create(parityCase);
      const found = Array.from(network.stateDict().entries, ([entry, { shape }]) => [entry, [...shape]]);
      expect(found).toEqual(parityCase.params!.map(([entry, shape]) => [entry, shape]));
      const trainable = Array.from(network.namedParameters(), ([, { shape }]) => shape.reduce((a, b) => a * b, 1));
      const count = trainable.reduce((sum, size) => sum + size, 0);
      if (name in parameterCounts) expect(count).toBe(parameterCounts[name]);
    });
  }

  for (const backend of availableBackends()) {
    const fast = backend === 'tensorflow' || backend === 'wasm';
    describe(`on ${backend}`, () => {
      beforeAll(() => startTestBackend(backend));
      for (const name of fast ? [...cases.small, ...cases.large] : cases.small) {
        it(`${name} within its bound, prepared or not, and nothing left in memory`, { timeout: 300_000 }, async () => {
          const before = tf.memory().numTensors;
          const stored = await openSafetensors(bytesSource(readFileSync(path(name, 'safetensors'))));
          const { passed, worst } = await runParityCase(read(name), stored);
          expect(worst.difference, worst.name).toBeLessThanOrEqual(worst.bound);
          expect(passed).toBe(true);
          expect(tf.memory().numTensors).toBe(before);
        });
      }
    });
  }

  it('a wrong weight fails', { timeout: 60_000 }, async () => {
    await startTestBackend('wasm');
    const name = 'syncnet/syncnet-v2-audio';
    const stored = await openSafetensors(bytesSource(readFileSync(path(name, 'safetensors'))));
    const { passed } = await runParityCase({ ...read(name), seed: 6 }, stored);
    expect(passed).toBe(false);
  });
});
