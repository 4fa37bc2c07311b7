import * as tf from '../../backend/tf.ts';
import { chain, Layer, type Pair } from '../../nn/index.ts';
import { avgPool2d, maxPool2d } from '../../ops/pool.ts';
import { BasicConv } from './basic_conv.ts';

/** Zeros for a kernel of 1 x 7 or 7 x 1. */
const alongRows: [Pair, Pair] = [
  [1, 7],
  [0, 3],
];
const alongColumns: [Pair, Pair] = [
  [7, 1],
  [3, 0],
];

/** Paths side by side whose results are joined in the channels. */
abstract class Block extends Layer {
  /** Adds a convolution under its PyTorch name. */
  protected conv(...[name, from, to, kernel, padding, stride]: ConvArguments): BasicConv {
    return this.child(name, new BasicConv(from, to, kernel, { padding, stride }));
  }
}

type ConvArguments = [
  name: string,
  from: number,
  to: number,
  kernel: number | Pair,
  padding?: number | Pair,
  stride?: number,
];

const join = (...paths: tf.Tensor[]): tf.Tensor => tf.concat(paths, -1);
/** Means over 3 x 3 pixels, at the edges over those that are there, as TensorFlow's. */
const mean = (x: tf.Tensor): tf.Tensor =>
  avgPool2d(x as tf.Tensor4D, 3, { stride: 1, padding: 1, countIncludePad: false });
const largest = (x: tf.Tensor): tf.Tensor => maxPool2d(x as tf.Tensor4D, 3, { stride: 1, padding: 1 });
/** Halves the size. */
export const halve = (x: tf.Tensor): tf.Tensor => maxPool2d(x as tf.Tensor4D, 3, { stride: 2 });

/** Mixed 5b to 5d. */
export class BlockA extends Block {
  readonly #single: BasicConv;
  readonly #five: BasicConv[];
  readonly #double: BasicConv[];
  readonly #pool: BasicConv;

  constructor(channels: number, pooled: number) {
    super();
    this.#single = this.conv('branch1x1', channels, 64, 1);
    this.#five = [this.conv('branch5x5_1', channels, 48, 1), this.conv('branch5x5_2', 48, 64, 5, 2)];
    this.#double = [
      this.conv('branch3x3dbl_1', channels, 64, 1),
      this.conv('branch3x3dbl_2', 64, 96, 3, 1),
      this.conv('branch3x3dbl_3', 96, 96, 3, 1),
    ];
    this.#pool = this.conv('branch_pool', channels, pooled, 1);
  }

  override forward(x: tf.Tensor): tf.Tensor {
    return join(this.#single.forward(x), chain(this.#five, x), chain(this.#double, x), this.#pool.forward(mean(x)));
  }
}

/** Mixed 6a, which halves the size. */
export class BlockB extends Block {
  readonly #three: BasicConv;
  readonly #double: BasicConv[];

  constructor(channels: number) {
    super();
    this.#three = this.conv('branch3x3', channels, 384, 3, 0, 2);
    this.#double = [
      this.conv('branch3x3dbl_1', channels, 64, 1),
      this.conv('branch3x3dbl_2', 64, 96, 3, 1),
      this.conv('branch3x3dbl_3', 96, 96, 3, 0, 2),
    ];
  }

  override forward(x: tf.Tensor): tf.Tensor {
    return join(this.#three.forward(x), chain(this.#double, x), halve(x));
  }
}

/** Mixed 6b to 6e. */
export class BlockC extends Block {
  readonly #single: BasicConv;
  readonly #seven: BasicConv[];
  readonly #double: BasicConv[];
  readonly #pool: BasicConv;

  constructor(channels: number, inner: number) {
    super();
    this.#single = this.conv('branch1x1', channels, 192, 1);
    this.#seven = [
      this.conv('branch7x7_1', channels, inner, 1),
      this.conv('branch7x7_2', inner, inner, ...alongRows),
      this.conv('branch7x7_3', inner, 192, ...alongColumns),
    ];
    this.#double = [
      this.conv('branch7x7dbl_1', channels, inner, 1),
      this.conv('branch7x7dbl_2', inner, inner, ...alongColumns),
      this.conv('branch7x7dbl_3', inner, inner, ...alongRows),
      this.conv('branch7x7dbl_4', inner, inner, ...alongColumns),
      this.conv('branch7x7dbl_5', inner, 192, ...alongRows),
    ];
    this.#pool = this.conv('branch_pool', channels, 192, 1);
  }

  override forward(x: tf.Tensor): tf.Tensor {
    return join(this.#single.forward(x), chain(this.#seven, x), chain(this.#double, x), this.#pool.forward(mean(x)));
  }
}

/** Mixed 7a, which halves the size. */
export class BlockD extends Block {
  readonly #three: BasicConv[];
  readonly #seven: BasicConv[];

  constructor(channels: number) {
    super();
    this.#three = [this.conv('branch3x3_1', channels, 192, 1), this.conv('branch3x3_2', 192, 320, 3, 0, 2)];
    this.#seven = [
      this.conv('branch7x7x3_1', channels, 192, 1),
      this.conv('branch7x7x3_2', 192, 192, ...alongRows),
      this.conv('branch7x7x3_3', 192, 192, ...alongColumns),
      this.conv('branch7x7x3_4', 192, 192, 3, 0, 2),
    ];
  }

  override forward(x: tf.Tensor): tf.Tensor {
    return join(chain(this.#three, x), chain(this.#seven, x), halve(x));
  }
}

/** Mixed 7b and 7c; the last pools the largest values where the others pool means, as the network of FID happens to. */
export class BlockE extends Block {
  readonly #single: BasicConv;
  readonly #three: BasicConv;
  readonly #threeEnds: BasicConv[];
  readonly #double: BasicConv[];
  readonly #doubleEnds: BasicConv[];
  readonly #pool: BasicConv;
  readonly #pooled: (x: tf.Tensor) => tf.Tensor;

  constructor(channels: number, { last = false } = {}) {
    super();
    const ends = (name: string, letters: [string, string]): BasicConv[] => [
      this.conv(`${name}${letters[0]}`, 384, 384, [1, 3], [0, 1]),
      this.conv(`${name}${letters[1]}`, 384, 384, [3, 1], [1, 0]),
    ];
    this.#single = this.conv('branch1x1', channels, 320, 1);
    this.#three = this.conv('branch3x3_1', channels, 384, 1);
    this.#threeEnds = ends('branch3x3_', ['2a', '2b']);
    this.#double = [this.conv('branch3x3dbl_1', channels, 448, 1), this.conv('branch3x3dbl_2', 448, 384, 3, 1)];
    this.#doubleEnds = ends('branch3x3dbl_', ['3a', '3b']);
    this.#pool = this.conv('branch_pool', channels, 192, 1);
    this.#pooled = last ? largest : mean;
  }

  override forward(x: tf.Tensor): tf.Tensor {
    const three = this.#three.forward(x);
    const double = chain(this.#double, x);
    return join(
      this.#single.forward(x),
      ...this.#threeEnds.map((end) => end.forward(three)),
      ...this.#doubleEnds.map((end) => end.forward(double)),
      this.#pool.forward(this.#pooled(x)),
    );
  }
}
