import * as tf from '../backend/tf.ts';
import type { Optimizer } from './optimizer.ts';

/** Settings of {@link Adam}; the defaults are PyTorch's. */
export interface AdamOptions {
  readonly learningRate?: number;
  /** Decay of the gradients' first and second moments. */
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  /** L2 penalty, or what `decoupled` makes of it. */
  readonly weightDecay?: number;
  /** Weights decay by themselves instead of through their gradients (AdamW, Loshchilov & Hutter 2019). */
  readonly decoupled?: boolean;
}

/**
 * Adam (Kingma & Ba 2015) with PyTorch's arithmetic: `eps` is added to the root of the bias-corrected second
 * moment. TensorFlow.js adds it before the correction, which takes other steps at first.
 */
export class Adam implements Optimizer {
  learningRate: number;
  steps = 0;
  /** The gradients' moments. */
  readonly memory: { readonly mean: readonly tf.Variable[]; readonly square: readonly tf.Variable[] };
  readonly #variables: readonly tf.Variable[];
  readonly #options: Required<AdamOptions>;

  constructor(variables: readonly tf.Variable[], options: AdamOptions = {}) {
    const defaults = { learningRate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, decoupled: false } as const;
    this.#options = { ...defaults, ...options };
    this.learningRate = this.#options.learningRate;
    this.#variables = variables;
    const zeros = (variable: tf.Variable): tf.Variable => tf.tidy(() => tf.variable(tf.zerosLike(variable), false));
    this.memory = { mean: variables.map(zeros), square: variables.map(zeros) };
  }

  /** Moves the variables against their gradients, which are those of `tf.variableGrads`: by variable name. */
  step(gradients: Readonly<Record<string, tf.Tensor>>): void {
    this.steps++;
    const { betas, eps, weightDecay, decoupled } = this.#options;
    const [beta1, beta2] = betas;
    const rate = this.learningRate / (1 - beta1 ** this.steps);
    const correction = Math.sqrt(1 - beta2 ** this.steps);
    for (const [i, variable] of this.#variables.entries()) {
      if (!gradients[variable.name]) continue;
      tf.tidy(() => {
        let gradient = gradients[variable.name];
        if (weightDecay && decoupled) variable.assign(variable.mul(1 - this.learningRate * weightDecay));
        else if (weightDecay) gradient = gradient.add(variable.mul(weightDecay));
        const mean = this.memory.mean[i];
        const square = this.memory.square[i];
        mean.assign(mean.mul(beta1).add(gradient.mul(1 - beta1)));
        square.assign(square.mul(beta2).add(gradient.square().mul(1 - beta2)));
        const size = square.sqrt().div(correction).add(eps);
        variable.assign(variable.sub(mean.mul(rate).div(size)));
      });
    }
  }

  dispose(): void {
    tf.dispose([...this.memory.mean, ...this.memory.square]);
  }
}
