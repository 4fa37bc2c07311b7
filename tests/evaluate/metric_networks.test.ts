import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import { bytesSource } from '../../lib/checkpoint/bytes_source.ts';
import { openSafetensors } from '../../lib/checkpoint/safetensors.ts';
import { parityNetwork } from '../../lib/evaluate/parity/networks.ts';
import type { ParityCase } from '../../lib/evaluate/parity/parity_case.ts';
import { runParityCase } from '../../lib/evaluate/parity/run_parity_case.ts';
import { availableBackends, startTestBackend } from '../backends.ts';

/**
 * What PyTorch 2.13 computes from hash-filled weights: pytorch-fid's Inception network at b9c1811, and LPIPS 0.1 at
 * 082bb24 with torchvision 0.28's AlexNet and VGG-16, all run outside the project.
 */
const names = ['fid-inception', 'lpips-alex', 'lpips-vgg'];
const file = (name: string) => readFileSync(new URL(`./parity/${name}`, import.meta.url));
const read = (name: string) => JSON.parse(file(`${name}.json`).toString()) as ParityCase;

describe.each(names)('%s', (name) => {
  it('has the names, shapes and order of the published weights', () => {
    const parityCase = read(name);
    const network = parityNetwork(parityCase)!.create(parityCase);
    const found = Array.from(network.stateDict().entries, ([entry, { shape }]) => [entry, [...shape]]);
    expect(found).toEqual(parityCase.params!.map(([entry, shape]) => [entry, shape]));
  });
});

// Plain JavaScript and emulated graphics take minutes for these.
const backends = availableBackends().filter((backend) => backend === 'tensorflow' || backend === 'wasm');

describe.each(backends)('on %s', (backend) => {
  beforeAll(() => startTestBackend(backend));

  it.each(names)('%s computes what the reference does', { timeout: 240_000 }, async (name) => {
    const before = tf.memory().numTensors;
    const stored = await openSafetensors(bytesSource(file(`${name}.safetensors`)));
    const { passed, worst } = await runParityCase(read(name), stored);
    expect(worst.difference, worst.name).toBeLessThanOrEqual(worst.bound);
    expect(passed).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
  });
});
