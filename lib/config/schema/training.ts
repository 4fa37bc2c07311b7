import { boolean, choice, integer, list, number, optional } from '../setting.ts';

/** The loop, the optimizer and what it leaves behind: the same for every model. */
export const trainingSettings = {
  epochs: integer({ min: 0, doc: 'Passes over the training data after which training ends.' }),
  steps: optional(
    integer({ min: 1, doc: 'Optimizer steps after which training ends, if the epochs do not end before.' }),
  ),
  batch_size: integer({ min: 1, unit: 'items', doc: 'Items of one forward pass.' }),
  accumulate: integer({
    min: 1,
    unit: 'batches',
    doc: 'Batches whose gradients are averaged into one optimizer step.',
  }),
  shuffle: boolean({ doc: 'Take the training items in a new random order each epoch.' }),
  learner: choice(['adam', 'adamw', 'sgd'], { doc: 'The optimizer.' }),
  learning_rate: number({ min: 0, doc: 'Step size of the optimizer, at its highest.' }),
  adam_betas: list(number({ min: 0, max: 1, doc: "Decay of Adam's averages of the gradient and of its square." })),
  momentum: number({ min: 0, max: 1, doc: 'Momentum of sgd.' }),
  weight_decay: number({ min: 0, doc: 'L2 penalty for adam and sgd; decoupled decay for adamw.' }),
  schedule: choice(['constant', 'cosine', 'linear'], {
    doc: 'How the learning rate goes on after the warm-up: stays, or falls to 0 at the last step.',
  }),
  warmup_steps: integer({ min: 0, unit: 'steps', doc: 'The learning rate rises from 0 over these.' }),
  clip_grad_norm: optional(
    number({ min: 0, doc: 'Gradients whose norm over all parameters is larger are scaled down to it.' }),
  ),
  ema: optional(
    number({
      min: 0,
      max: 1,
      doc: 'Decay of a moving average of the weights, used to validate and saved as the model.',
    }),
  ),
  eval_step: integer({ min: 1, unit: 'epochs', doc: 'Epochs from one validation to the next.' }),
  stopping_step: integer({
    min: 1,
    unit: 'validations',
    doc: 'Training stops after so many validations in a row without a better loss.',
  }),
  checkpoint_interval: integer({
    min: 1,
    unit: 'steps',
    doc: 'Steps from one saved last checkpoint to the next; a crash loses no more.',
  }),
  log_interval: integer({ min: 1, unit: 'steps', doc: 'Steps from one line of the log to the next.' }),
  tensorboard: boolean({ doc: 'Write TensorBoard event files.' }),
};
