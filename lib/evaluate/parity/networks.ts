import type * as tf from '../../backend/tf.ts';
import { Wav2LipGenerator } from '../../model/audio_driven_talkingface/wav2lip/generator.ts';
import type { Module } from '../../nn/index.ts';
import { channelsFirst, channelsLast } from './layout.ts';
import type { ParityCase } from './parity_case.ts';

/** Outputs as a reference returns them: a tensor, or several by place or by name. */
export type Outputs = tf.Tensor | readonly Outputs[] | { readonly [name: string]: Outputs };

/** How a reference class is built and called here. Inputs and outputs are in PyTorch's layout. */
export interface ParityNetwork {
  create(): Module;
  call(network: Module, inputs: readonly tf.Tensor[], parityCase: ParityCase): Outputs;
}

function network<T extends Module>(
  create: () => T,
  call: (network: T, inputs: readonly tf.Tensor[], parityCase: ParityCase) => Outputs,
): ParityNetwork {
  return { create, call: (module, inputs, parityCase) => call(module as T, inputs, parityCase) };
}

/** Every reference class that exists here, by repository and class. */
const networks: Readonly<Record<string, ParityNetwork>> = {
  'Rudrabha/Wav2Lip models.wav2lip:Wav2Lip': network(
    () => new Wav2LipGenerator(),
    (net, [mel, faces]) => channelsFirst(net.forward(channelsLast(mel, mel.rank - 3), channelsLast(faces))),
  ),
};

/** The network of a case, if it exists here. */
export function parityNetwork({ reference }: ParityCase): ParityNetwork | undefined {
  return networks[`${reference.repo} ${reference.class}`];
}
