import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import { toFloat32 } from '../../lib/checkpoint/dtypes.ts';
import { memoryStateDict } from '../../lib/checkpoint/state_dict.ts';
import { channelsLast } from '../../lib/evaluate/parity/layout.ts';
import { type CaseInput, caseInput, caseWeights, type ParityCase } from '../../lib/evaluate/parity/parity_case.ts';
import { SyncNetColor } from '../../lib/model/audio_driven_talkingface/wav2lip/syncnet_color.ts';
import { Wav2Lip } from '../../lib/model/audio_driven_talkingface/wav2lip/wav2lip.ts';
import type { Module } from '../../lib/nn/index.ts';
import { Adam } from '../../lib/trainer/adam.ts';
import { availableBackends, startTestBackend } from '../backends.ts';
import { sharedDir } from '../shared.ts';

interface TrainCase {
  readonly seed: number;
  readonly expert_seed: number;
  readonly gain: number;
  readonly expert_gain: number;
  readonly syncnet_wt: number;
  readonly optimizer: { readonly lr: number; readonly betas: [number, number]; readonly eps: number };
  readonly inputs: readonly CaseInput[];
  /** Of each step: total, L1, sync. */
  readonly losses: readonly (readonly [number, number, number])[];
  /** Of the first step. */
  readonly grad_norms: Readonly<Record<string, number>>;
  /** After the last step: mean magnitude, first element. */
  readonly probes: Readonly<Record<string, readonly [number, number]>>;
}

/** A state dict of hash-filled values for a network of ours. */
async function fill(network: Module, seed: number, gain: number): Promise<void> {
  const params = Array.from(
    network.stateDict().entries,
    ([name, { shape, dtype }]) => [name, shape, dtype === 'I64' ? 'int64' : 'float32'] as const,
  );
  const filled: ParityCase = { name: '', reference: { repo: '' }, inputs: [], seed, gain, params };
  await network.loadStateDict(caseWeights(filled, memoryStateDict(new Map())));
}

const norm = async (x: tf.Tensor): Promise<number> =>
  Math.sqrt(((await x.data()) as Float32Array).reduce((sum, value) => sum + value * value, 0));

describe.skipIf(!sharedDir)('four training steps of Wav2Lip are the reference’s', { timeout: 600_000 }, () => {
  // Plain JavaScript and emulated graphics would take an hour.
  for (const backend of availableBackends().filter((name) => name === 'tensorflow' || name === 'wasm')) {
    describe(`on ${backend}`, () => {
      beforeAll(() => startTestBackend(backend));

      it('losses, gradients and weights', async () => {
        const file = join(sharedDir!, 'parity/cases/wav2lip/wav2lip-train-steps.json');
        const recorded = JSON.parse(readFileSync(file, 'utf8')) as TrainCase;
        const expert = new SyncNetColor();
        const model = new Wav2Lip({ expert });
        model.syncWeight = recorded.syncnet_wt;
        await fill(model.generator, recorded.seed, recorded.gain);
        await fill(expert, recorded.expert_seed, recorded.expert_gain);
        const names = Array.from(model.generator.namedParameters(), ([name, { value }]) => [value.name, name]);
        const nameOf = Object.fromEntries(names) as Record<string, string>;
        const [faces, mel, frameMels, target] = recorded.inputs.map((input) => {
          const x = caseInput(input, recorded.seed);
          const axis = input.name === 'indiv_mels' ? 2 : 1;
          return tf.tidy(() => channelsLast(x, axis));
        }) as [tf.Tensor5D, tf.Tensor4D, tf.Tensor5D, tf.Tensor5D];
        const { lr, betas, eps } = recorded.optimizer;
        const adam = new Adam(model.generator.parameters(), { learningRate: lr, betas, eps });

        let held = 0;
        for (const [step, expected] of recorded.losses.entries()) {
          const parts: tf.Scalar[] = [];
          const { value, grads } = tf.variableGrads(() => {
            const { loss, l1, sync } = model.calculateLoss({ faces, mel, indiv_mels: frameMels, target });
            parts.push(tf.keep(l1), tf.keep(sync));
            return loss;
          }, model.generator.parameters());
          const losses = await Promise.all([value, ...parts].map(async (scalar) => (await scalar.data())[0]));
          for (const [i, loss] of losses.entries()) {
            expect(Math.abs(loss / expected[i] - 1), `loss ${i} of step ${step}`).toBeLessThan(2e-3);
          }
          if (step === 0) {
            const largest = Math.max(...Object.values(recorded.grad_norms));
            expect(Object.keys(grads)).toHaveLength(Object.keys(recorded.grad_norms).length);
            for (const [variable, gradient] of Object.entries(grads)) {
              const norms = [await norm(gradient), recorded.grad_norms[nameOf[variable]]];
              // A bias before a batch norm has no gradient but rounding.
              expect(Math.abs(norms[0] - norms[1]), nameOf[variable]).toBeLessThan(5e-3 * norms[1] + 1e-6 * largest);
            }
          }
          adam.step(grads);
          tf.dispose([value, grads, parts]);
          if (step === 0) held = tf.memory().numTensors;
          else expect(tf.memory().numTensors).toBe(held);
        }

        for (const [name, [magnitude, first]] of Object.entries(recorded.probes)) {
          const values = toFloat32(await model.generator.stateDict().read(name));
          const mean = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
          // A step is as long as the learning rate however small the gradient; where that is rounding, its sign is chance.
          const chance = /conv_block\.0\.bias$/.test(name) ? 8 * lr : lr / 2;
          expect(Math.abs(mean - magnitude), `mean of ${name}`).toBeLessThan(
            Math.min(chance, 2 * lr) + 1e-3 * magnitude,
          );
          expect(Math.abs(values[0] - first), `first of ${name}`).toBeLessThan(8 * lr + 1e-3 * Math.abs(first));
        }
        adam.dispose();
        model.dispose();
        tf.dispose([faces, mel, frameMels, target]);
      });
    });
  }
});
