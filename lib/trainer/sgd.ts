import * as tf from '../backend/tf.ts';
import type { Optimizer } from './optimizer.ts';

/** Settings of {@link Sgd}. */
export interface SgdOptions {
  readonly learningRate: number;
  readonly momentum?: number;
  /** L2 penalty. */
  readonly weightDecay?: number;
}

/** Stochastic gradient descent with PyTorch's momentum: the step is the learning rate times a sum of gradients. */
export class Sgd implements Optimizer {
  learningRate: number;
  steps = 0;
  readonly memory: { readonly velocity: readonly tf.Variable[] };
  readonly #variables: readonly tf.Variable[];
  readonly #momentum: number;
  readonly #weightDecay: number;

  constructor(variables: readonly tf.Variable[], { learningRate, momentum = 0, weightDecay = 0 }: SgdOptions) {
    this.learningRate = learningRate;
    this.#variables = variables;
    this.#momentum = momentum;
    this.#weightDecay = weightDecay;
    const zeros = (variable: tf.Variable): tf.Variable => tf.tidy(() => tf.variable(tf.zerosLike(variable), false));
    this.memory = { velocity: variables.map(zeros) };
  }

  step(gradients: Readonly<Record<string, tf.Tensor>>): void {
    this.steps++;
    for (const [i, variable] of this.#variables.entries()) {
      if (!gradients[variable.name]) continue;
      tf.tidy(() => {
        const velocity = this.memory.velocity[i];
        const gradient = gradients[variable.name].add(variable.mul(this.#weightDecay));
        velocity.assign(velocity.mul(this.#momentum).add(gradient));
        variable.assign(variable.sub(velocity.mul(this.learningRate)));
      });
    }
  }

  dispose(): void {
    tf.dispose([...this.memory.velocity]);
  }
}
