import { type AdamStep, hasKernel, runKernel } from '../backend/kernels.ts';
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
    const attributes: AdamStep = {
      beta1,
      beta2,
      rate: this.learningRate / (1 - beta1 ** this.steps),
      correction: Math.sqrt(1 - beta2 ** this.steps),
      eps,
      keep: decoupled ? 1 - this.learningRate * weightDecay : 1,
      penalty: decoupled ? 0 : weightDecay,
    };
    const isKernel = hasKernel('AdamStep');
    for (const [i, variable] of this.#variables.entries()) {
      const gradient = gradients[variable.name];
      if (!gradient) continue;
      const [mean, square] = [this.memory.mean[i], this.memory.square[i]];
      const inputs = { variable, mean, square, gradient };
      tf.tidy(() => {
        const values = isKernel ? runKernel('AdamStep', inputs, attributes) : composedStep(inputs, attributes);
        for (const [j, old] of [variable, mean, square].entries()) old.assign(values[j]);
      });
    }
  }

  dispose(): void {
    tf.dispose([...this.memory.mean, ...this.memory.square]);
  }
}

/** The kernel `AdamStep` from common operations. */
function composedStep(
  { variable, mean, square, gradient }: Record<'variable' | 'mean' | 'square' | 'gradient', tf.Tensor>,
  { beta1, beta2, rate, correction, eps, keep, penalty }: AdamStep,
): tf.Tensor[] {
  const slope = penalty ? gradient.add(variable.mul(penalty)) : gradient;
  const newMean = mean.mul(beta1).add(slope.mul(1 - beta1));
  const newSquare = square.mul(beta2).add(slope.square().mul(1 - beta2));
  const change = newMean.mul(rate).div(newSquare.sqrt().div(correction).add(eps));
  return [(keep === 1 ? variable : variable.mul(keep)).sub(change), newMean, newSquare];
}
