import * as tf from '../backend/tf.ts';
import { type Module, Parameter } from '../nn/index.ts';

/**
 * A moving average of a network's weights and running statistics (Polyak & Juditsky 1992), which is often better
 * than the latest ones. Early on it follows faster, as if the first weights had not counted.
 */
export class WeightAverage {
  /** By state-dict name. */
  readonly averages: ReadonlyMap<string, tf.Variable>;
  readonly #current: ReadonlyMap<string, tf.Variable>;
  readonly #decay: number;

  constructor(network: Module, decay: number) {
    this.#decay = decay;
    const current = new Map<string, tf.Variable>();
    for (const [name, entry] of network.namedEntries()) {
      if (entry instanceof Parameter) current.set(name, entry.value);
    }
    this.#current = current;
    this.averages = new Map(Array.from(current, ([name, variable]) => [name, tf.variable(variable, false)]));
  }

  /** Takes in the weights after step `step`, counted from 1. */
  update(step: number): void {
    const decay = Math.min(this.#decay, (1 + step) / (10 + step));
    for (const [name, average] of this.averages) {
      const current = this.#current.get(name)!;
      tf.tidy(() => average.assign(average.mul(decay).add(current.mul(1 - decay))));
    }
  }

  /** Puts the averages in the network's place, and the network's weights here; a second call undoes it. */
  swap(): void {
    for (const [name, average] of this.averages) {
      const current = this.#current.get(name)!;
      tf.tidy(() => {
        const held = tf.clone(current);
        current.assign(average);
        average.assign(held);
      });
    }
  }

  dispose(): void {
    tf.dispose([...this.averages.values()]);
  }
}
