import * as tf from '../../backend/tf.ts';
import type { StateDictSource } from '../../checkpoint/state_dict.ts';
import { UserError } from '../../utils/errors.ts';
import { type Outputs, parityNetwork } from './networks.ts';
import { caseInput, caseWeights, compareOutput, type OutputComparison, type ParityCase } from './parity_case.ts';

/** How a case is run. */
export interface ParityOptions {
  /** Largest relative difference that passes; by default 1e-3 on WebGPU and 1e-4 elsewhere. */
  readonly bound?: number;
  /** Also run a network in eval mode prepared for inference. Default true. */
  readonly prepare?: boolean;
}

/** What running a case showed. */
export interface ParityResult {
  readonly name: string;
  readonly passed: boolean;
  /** The output that comes closest to its bound, or goes furthest over it. */
  readonly worst: OutputComparison;
}

/** Whether the network of a recorded case exists here. */
export const canRunParityCase = (parityCase: ParityCase): boolean => parityNetwork(parityCase) !== undefined;

/**
 * Fills a network with a case's weights, runs it on the case's inputs on the current backend and compares
 * the outputs with the recorded ones.
 *
 * @param stored the `.safetensors` beside the case
 * @throws UserError if the network does not exist here or the case's state dict is not the network's
 */
export async function runParityCase(
  parityCase: ParityCase,
  stored: StateDictSource,
  { bound = tf.getBackend() === 'webgpu' ? 1e-3 : 1e-4, prepare = true }: ParityOptions = {},
): Promise<ParityResult> {
  const entry = parityNetwork(parityCase);
  if (!entry) throw new UserError(`The network of the case ${parityCase.name} does not exist here.`);
  const network = entry.create(parityCase);
  const inputs = parityCase.inputs.map((input) => caseInput(input, parityCase.seed));
  const comparisons: OutputComparison[] = [];
  const run = async (suffix: string): Promise<void> => {
    const outputs = tf.tidy(() => Object.fromEntries(flatten(entry.call(network, inputs, parityCase), 'out')));
    for (const [name, output] of Object.entries(outputs)) {
      const comparison = await compareOutput(name, output, { parityCase, stored, bound });
      comparisons.push({ ...comparison, name: name + suffix });
    }
    tf.dispose(outputs);
  };
  try {
    await network.loadStateDict(caseWeights(parityCase, stored));
    if (parityCase.mode === 'train') network.train();
    else network.eval();
    await run('');
    if (prepare && parityCase.mode !== 'train') {
      network.prepare();
      await run(' (prepared)');
    }
  } finally {
    network.dispose();
    tf.dispose(inputs);
  }
  const worst = comparisons.reduce((a, b) => (a.difference / a.bound >= b.difference / b.bound ? a : b));
  return { name: parityCase.name, passed: worst.difference <= worst.bound, worst };
}

function* flatten(outputs: Outputs, prefix: string): Generator<[string, tf.Tensor]> {
  if (outputs instanceof tf.Tensor) yield [prefix, outputs];
  else for (const [name, value] of Object.entries(outputs)) yield* flatten(value, `${prefix}.${name}`);
}
