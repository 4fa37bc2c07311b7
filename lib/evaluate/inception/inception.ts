import * as tf from '../../backend/tf.ts';
import { chain, type Layer, Module } from '../../nn/index.ts';
import { resize } from '../../ops/resize.ts';
import { BasicConv } from './basic_conv.ts';
import { BlockA, BlockB, BlockC, BlockD, BlockE, halve } from './blocks.ts';

/** Numbers that describe a picture. */
export const INCEPTION_FEATURES = 2048;
/** Side of the pictures inside, in pixels. */
const SIDE = 299;

/**
 * Inception v3 (Szegedy et al., 2016) up to its last pooling, in the version of 2015 that the Frechet Inception
 * Distance is defined by, under the names of its published PyTorch weights. Their last layer, `fc`, is not needed.
 */
export class Inception extends Module {
  readonly #layers: { forward(x: tf.Tensor): tf.Tensor }[];

  constructor() {
    super();
    const named = <T extends Layer>(name: string, layer: T): T => this.child(name, layer);
    const halved = { forward: halve };
    this.#layers = [
      named('Conv2d_1a_3x3', new BasicConv(3, 32, 3, { stride: 2 })),
      named('Conv2d_2a_3x3', new BasicConv(32, 32, 3)),
      named('Conv2d_2b_3x3', new BasicConv(32, 64, 3, { padding: 1 })),
      halved,
      named('Conv2d_3b_1x1', new BasicConv(64, 80, 1)),
      named('Conv2d_4a_3x3', new BasicConv(80, 192, 3)),
      halved,
      named('Mixed_5b', new BlockA(192, 32)),
      named('Mixed_5c', new BlockA(256, 64)),
      named('Mixed_5d', new BlockA(288, 64)),
      named('Mixed_6a', new BlockB(288)),
      named('Mixed_6b', new BlockC(768, 128)),
      named('Mixed_6c', new BlockC(768, 160)),
      named('Mixed_6d', new BlockC(768, 160)),
      named('Mixed_6e', new BlockC(768, 192)),
      named('Mixed_7a', new BlockD(768)),
      named('Mixed_7b', new BlockE(1280)),
      named('Mixed_7c', new BlockE(2048, { last: true })),
    ];
  }

  /**
   * @param pictures `[batch, height, width, 3]`, RGB in [0, 1], of any size; they are resized bilinearly to 299 x 299
   * @returns `[batch, 2048]`
   */
  forward(pictures: tf.Tensor4D): tf.Tensor2D {
    return tf.tidy(() => {
      const input = resize(pictures, { size: SIDE, mode: 'bilinear' }).mul(2).sub(1);
      return tf.mean<tf.Tensor2D>(chain(this.#layers, input), [1, 2]);
    });
  }
}
