import { integer, list, number, optional, text } from '../setting.ts';

/** Settings of the models; `properties/model/<model>.yaml` says which of them a model has. */
export const modelSettings = {
  width: number({
    min: 0.125,
    max: 1,
    doc: "Channels of the networks' layers as a part of the paper's; below 1 gives a small variant.",
  }),
  fps: number({ min: 1, unit: 'frames/s', doc: 'Frame rate that the model sees.' }),
  mel_lead: integer({
    min: 0,
    unit: 'frames',
    doc: 'How much earlier than its frame the sound begins that a frame is drawn from; inference has 0.',
  }),
  augment: number({
    min: 0,
    max: 1,
    doc: 'How much training faces are moved, turned, scaled and lit at random; 0 is not at all.',
  }),
  syncnet_T: integer({ min: 1, unit: 'frames', doc: 'Consecutive frames that the expert judges at once.' }),
  syncnet_checkpoint_path: optional(
    text({ doc: "The expert's weights, a checkpoint of --model=syncnet or lipsync_expert.pth." }),
  ),
  syncnet_wt: number({ min: 0, max: 1, doc: 'Weight of the sync loss, once it counts.' }),
  syncnet_gate: number({
    min: 0,
    doc: 'The sync loss counts from the first validation on where it is below this; a large number means from the start.',
  }),
  matching_wt: number({
    min: 0,
    doc: "Weight of picking a window's sound out of all those of the batch, beside the paper's loss of the expert.",
  }),
  disc_wt: number({ min: 0, max: 1, doc: "Weight of the quality discriminator's verdict." }),
  disc_learning_rate: number({ min: 0, doc: 'Step size of the optimizer of the discriminator.' }),
  disc_adam_betas: list(number({ min: 0, max: 1, doc: "Adam's decays for the discriminator." })),
};
