import * as tf from '../backend/tf.ts';
import type { Precision } from '../ops/prepared_convolution.ts';
import { Activation } from './activation.ts';
import { BatchNorm } from './batch_norm.ts';
import { isFoldable, type Prepared } from './fold.ts';
import { Layer, Module } from './module.ts';

/**
 * Layers that follow each other, with PyTorch's names `0`, `1`, ... Layers without weights count, or are
 * left out by giving the names of those that are there.
 */
export class Sequential extends Layer {
  readonly #layers: readonly Layer[];
  #prepared?: Prepared[];

  constructor(layers: readonly Layer[]) {
    super();
    this.#layers = layers;
    layers.forEach((layer, index) => void this.child(String(index), layer));
  }

  /** The layer at this place. */
  at(index: number): Layer {
    return this.#layers[index];
  }

  override forward(input: tf.Tensor): tf.Tensor {
    return chain(this.#prepared ?? this.#layers, input);
  }

  /** Each convolution takes over the batch norm and the activation that follow it. */
  override fold(precision: Precision): void {
    this.unfold();
    const rest = [...this.#layers];
    const prepared: Prepared[] = [];
    while (rest.length) {
      const layer = rest.shift()!;
      if (isFoldable(layer)) {
        const norm = rest[0] instanceof BatchNorm ? (rest.shift() as BatchNorm) : undefined;
        const activation = rest[0] instanceof Activation ? (rest.shift() as Activation) : undefined;
        prepared.push(layer.prepared({ norm, activation, precision }));
      } else {
        layer.fold(precision);
        prepared.push({ forward: (x) => layer.forward(x), dispose: () => layer.unfold() });
      }
    }
    this.#prepared = prepared;
  }

  override unfold(): void {
    for (const layer of this.#prepared ?? []) layer.dispose();
    this.#prepared = undefined;
  }
}

/** Runs layers one after the other and frees each result as soon as the next one is there. */
export function chain(layers: Iterable<{ forward(x: tf.Tensor): tf.Tensor }>, input: tf.Tensor): tf.Tensor {
  let x = input;
  for (const layer of layers) {
    const next = tf.tidy(() => layer.forward(x));
    if (x !== input && x !== next) x.dispose();
    x = next;
  }
  return x;
}

/** Modules under PyTorch's names `0`, `1`, ... that are not simply run one after the other. */
export class ModuleList<T extends Module> extends Module {
  readonly modules: readonly T[];

  constructor(modules: readonly T[]) {
    super();
    this.modules = modules;
    modules.forEach((module, index) => void this.child(String(index), module));
  }
}
