import * as tf from '../../backend/tf.ts';
import { Activation, Conv2d, type Layer, MaxPool2d, Module, Sequential } from '../../nn/index.ts';

/** A network for pictures whose layers are compared. */
export type Backbone = 'alex' | 'vgg';

/** Of each colour, in [-1, 1]; the backbones were trained on pictures normalised so. */
const SHIFT = [-0.03, -0.088, -0.188];
const SCALE = [0.458, 0.448, 0.45];

const relu = (): Layer => new Activation('relu');

/** A convolution over 3 x 3 pixels and its activation. */
const block = (from: number, to: number): Layer[] => [new Conv2d(from, to, 3, { padding: 1 }), relu()];

/** The convolutions of the backbones as torchvision numbers them, and after which of them a map is compared. */
const backbones: Readonly<
  Record<
    Backbone,
    { readonly layers: () => Layer[]; readonly taps: readonly number[]; readonly channels: readonly number[] }
  >
> = {
  // Krizhevsky (2014), "One weird trick for parallelizing convolutional neural networks".
  alex: {
    layers: () => [
      new Conv2d(3, 64, 11, { stride: 4, padding: 2 }),
      relu(),
      new MaxPool2d(3, 2),
      new Conv2d(64, 192, 5, { padding: 2 }),
      relu(),
      new MaxPool2d(3, 2),
      ...block(192, 384),
      ...block(384, 256),
      ...block(256, 256),
    ],
    taps: [1, 4, 7, 9, 11],
    channels: [64, 192, 384, 256, 256],
  },
  // Simonyan and Zisserman (2015), 16 layers.
  vgg: {
    layers: () => [
      ...block(3, 64),
      ...block(64, 64),
      new MaxPool2d(2),
      ...block(64, 128),
      ...block(128, 128),
      new MaxPool2d(2),
      ...block(128, 256),
      ...block(256, 256),
      ...block(256, 256),
      new MaxPool2d(2),
      ...block(256, 512),
      ...block(512, 512),
      ...block(512, 512),
      new MaxPool2d(2),
      ...block(512, 512),
      ...block(512, 512),
      ...block(512, 512),
    ],
    taps: [3, 8, 15, 22, 29],
    channels: [64, 128, 256, 512, 512],
  },
};

/** Weighs the channels of a map. */
class Weighting extends Module {
  readonly #model: Sequential;

  constructor(channels: number) {
    super();
    // Where the reference has its dropout, which does nothing here.
    const dropout = new Activation('linear');
    this.#model = this.child('model', new Sequential([dropout, new Conv2d(channels, 1, 1, { bias: false })]));
  }

  /** Means over all pixels, `[batch]`. */
  forward(x: tf.Tensor): tf.Tensor1D {
    return this.#model.forward(x).mean<tf.Tensor1D>([1, 2, 3]);
  }
}

/**
 * Learned perceptual distance of pictures (Zhang et al., "The unreasonable effectiveness of deep features as a perceptual
 * metric", 2018), version 0.1. Its state dict is the convolutions of torchvision's network, `features.*`, and the
 * published weights of their channels, `lin*`.
 */
export class LpipsNetwork extends Module {
  readonly #features: Sequential;
  readonly #depth: number;
  readonly #taps: readonly number[];
  readonly #weightings: readonly Weighting[];

  constructor(backbone: Backbone) {
    super();
    const { layers, taps, channels } = backbones[backbone];
    const all = layers();
    this.#features = this.child('features', new Sequential(all));
    this.#depth = all.length;
    this.#taps = taps;
    this.#weightings = channels.map((count, i) => this.child(`lin${i}`, new Weighting(count)));
  }

  /**
   * @param a `[batch, height, width, 3]`, RGB in [-1, 1]
   * @param b the same of the pictures to compare with
   * @returns the distances `[batch]`, and their parts by map `[batch, 5]`
   */
  forward(a: tf.Tensor4D, b: tf.Tensor4D): { distance: tf.Tensor1D; parts: tf.Tensor2D } {
    return tf.tidy(() => {
      const count = a.shape[0];
      const maps = this.#maps(tf.concat([a, b]).sub(SHIFT).div(SCALE));
      const parts = maps.map((map, i) => {
        const [first, second] = tf.split(unitLength(map), [count, count]);
        return this.#weightings[i].forward(first.sub(second).square());
      });
      const joined = tf.stack(parts, 1) as tf.Tensor2D;
      return { distance: joined.sum<tf.Tensor1D>(1), parts: joined };
    });
  }

  #maps(input: tf.Tensor): tf.Tensor[] {
    const maps: tf.Tensor[] = [];
    let x = input;
    for (let i = 0; i < this.#depth; i++) {
      x = this.#features.at(i).forward(x);
      if (this.#taps.includes(i)) maps.push(x);
    }
    return maps;
  }
}

/** Each pixel's channels as a vector of length 1. */
const unitLength = (x: tf.Tensor): tf.Tensor => x.div(x.square().sum(-1, true).sqrt().add(1e-10));
