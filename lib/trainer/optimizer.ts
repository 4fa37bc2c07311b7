import type * as tf from '../backend/tf.ts';
import type { Settings } from '../config/schema.ts';
import { Adam } from './adam.ts';
import { Sgd } from './sgd.ts';

/** Moves variables against their gradients. */
export interface Optimizer {
  learningRate: number;
  /** Steps taken, which some optimizers need to know. */
  steps: number;
  /** What it remembers about each variable, by what it is; in the order of the variables. */
  readonly memory: Readonly<Record<string, readonly tf.Variable[]>>;
  /** @param gradients those of `tf.variableGrads`: by variable name; a variable without one stays. */
  step(gradients: Readonly<Record<string, tf.Tensor>>): void;
  dispose(): void;
}

export type OptimizerSettings = Pick<
  Settings,
  'learner' | 'learning_rate' | 'adam_betas' | 'momentum' | 'weight_decay'
>;

export function createOptimizer(variables: readonly tf.Variable[], settings: OptimizerSettings): Optimizer {
  const { learner, learning_rate: learningRate, momentum, weight_decay: weightDecay } = settings;
  const [beta1, beta2] = settings.adam_betas;
  const common = { learningRate, weightDecay };
  switch (learner) {
    case 'sgd':
      return new Sgd(variables, { ...common, momentum });
    case 'adam':
    case 'adamw':
      return new Adam(variables, { ...common, betas: [beta1, beta2], decoupled: learner === 'adamw' });
    default:
      return learner satisfies never;
  }
}
