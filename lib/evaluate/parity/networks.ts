import type * as tf from '../../backend/tf.ts';
import { Wav2LipGenerator } from '../../model/audio_driven_talkingface/wav2lip/generator.ts';
import { QualityDiscriminator } from '../../model/audio_driven_talkingface/wav2lip/quality_discriminator.ts';
import { SyncNetColor } from '../../model/audio_driven_talkingface/wav2lip/syncnet_color.ts';
import type { Module } from '../../nn/index.ts';
import { S3fdNetwork } from '../../utils/face_detection/s3fd/network.ts';
import { Inception } from '../inception/inception.ts';
import { type Backbone, LpipsNetwork } from '../lpips/lpips_network.ts';
import { SyncNetV2 } from '../syncnet/syncnet_v2.ts';
import { channelsFirst, channelsLast } from './layout.ts';
import type { ParityCase } from './parity_case.ts';

/** Outputs as a reference returns them: a tensor, or several by place or by name. */
export type Outputs = tf.Tensor | readonly Outputs[] | { readonly [name: string]: Outputs };

/** How a reference class is built and called here. Inputs and outputs are in PyTorch's layout. */
export interface ParityNetwork {
  create(parityCase: ParityCase): Module;
  call(network: Module, inputs: readonly tf.Tensor[], parityCase: ParityCase): Outputs;
}

function network<T extends Module>(
  create: (parityCase: ParityCase) => T,
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
  'Rudrabha/Wav2Lip models.wav2lip:Wav2Lip_disc_qual': network(
    () => new QualityDiscriminator(),
    (net, [faces]) => net.forward(channelsLast(faces)),
  ),
  'Rudrabha/Wav2Lip models.syncnet:SyncNet_color': network(
    () => new SyncNetColor(),
    (net, [mel, faces]) => {
      const { audio, face } = net.forward(channelsLast(mel), channelsLast(faces));
      return [audio, face];
    },
  ),
  'Rudrabha/Wav2Lip face_detection.detection.sfd.net_s3fd:s3fd': network(
    () => new S3fdNetwork(),
    (net, [image]) =>
      net
        .forward(channelsLast(image) as tf.Tensor4D)
        .flatMap(({ scores, boxes }) => [channelsFirst(scores), channelsFirst(boxes)]),
  ),
  'mseitzer/pytorch-fid pytorch_fid.inception:InceptionV3': network(
    () => new Inception(),
    (net, [pictures]) => net.forward(channelsLast(pictures) as tf.Tensor4D),
  ),
  'richzhang/PerceptualSimilarity lpips.lpips:LPIPS': network(
    ({ reference }) => new LpipsNetwork(reference.args?.[0] as Backbone),
    (net, [a, b]) => {
      const { distance, parts } = net.forward(channelsLast(a) as tf.Tensor4D, channelsLast(b) as tf.Tensor4D);
      return [distance, parts];
    },
  ),
  'joonson/syncnet_python SyncNetModel:S': network(
    () => new SyncNetV2(),
    (net, [x], { method }) => (method === 'forward_aud' ? net.forwardAudio : net.forwardLip).call(net, channelsLast(x)),
  ),
};

/** The network of a case, if it exists here. */
export function parityNetwork({ reference }: ParityCase): ParityNetwork | undefined {
  return networks[`${reference.repo} ${reference.class}`];
}
