import * as tf from '../../backend/tf.ts';
import {
  Activation,
  BatchNorm,
  Conv2d,
  Conv3d,
  type Layer,
  Linear,
  MaxPool2d,
  Module,
  Sequential,
} from '../../nn/index.ts';

const relu = (): Layer => new Activation('relu');

const sound = (from: number, to: number): Layer[] => [
  new Conv2d(from, to, 3, { padding: 1 }),
  new BatchNorm(to),
  relu(),
];

const lips = (from: number, to: number): Layer[] => [
  new Conv3d(from, to, [1, 3, 3], { padding: 1 }),
  new BatchNorm(to),
  relu(),
];

const head = (): Sequential =>
  new Sequential([new Linear(512, 512), new BatchNorm(512), relu(), new Linear(512, 1024)]);

/**
 * SyncNet (Chung & Zisserman, "Out of time: automated lip sync in the wild", 2016), in the version whose
 * distances are the LSE metrics: embeds five frames of a face and 0.2 s of sound.
 */
export class SyncNetV2 extends Module {
  readonly #soundEncoder: Sequential;
  readonly #soundHead: Sequential;
  readonly #lipHead: Sequential;
  readonly #lipEncoder: Sequential;

  constructor() {
    super();
    this.#soundEncoder = this.child(
      'netcnnaud',
      new Sequential([
        ...sound(1, 64),
        new MaxPool2d(1),
        ...sound(64, 192),
        new MaxPool2d(3, [1, 2]),
        ...sound(192, 384),
        ...sound(384, 256),
        ...sound(256, 256),
        new MaxPool2d(3, 2),
        new Conv2d(256, 512, [5, 4]),
        new BatchNorm(512),
        relu(),
      ]),
    );
    this.#soundHead = this.child('netfcaud', head());
    this.#lipHead = this.child('netfclip', head());
    this.#lipEncoder = this.child(
      'netcnnlip',
      new Sequential([
        new Conv3d(3, 96, [5, 7, 7], { stride: 2 }),
        new BatchNorm(96),
        relu(),
        new MaxPool2d(3, 2),
        new Conv3d(96, 256, [1, 5, 5], { stride: 2, padding: 1 }),
        new BatchNorm(256),
        relu(),
        new MaxPool2d(3, 2, 1),
        ...lips(256, 256),
        ...lips(256, 256),
        ...lips(256, 256),
        new MaxPool2d(3, 2),
        new Conv3d(256, 512, [1, 6, 6]),
        new BatchNorm(512),
        relu(),
      ]),
    );
  }

  /**
   * @param mfcc `[batch, 13, 20, 1]`: 13 coefficients at 100 Hz
   * @returns `[batch, 1024]`
   */
  forwardAudio(mfcc: tf.Tensor): tf.Tensor2D {
    return tf.tidy(() => this.#soundHead.forward(rows(this.#soundEncoder.forward(mfcc))) as tf.Tensor2D);
  }

  /**
   * @param faces `[batch, time, 224, 224, 3]`, at 25 Hz, in the weights' channel order (the published ones: BGR), 0 to 255
   * @returns for every five frames that follow each other an embedding, `[batch * (time - 4), 1024]`
   */
  forwardLip(faces: tf.Tensor): tf.Tensor2D {
    return tf.tidy(() => this.#lipHead.forward(rows(this.#lipEncoder.forward(faces))) as tf.Tensor2D);
  }
}

/** One row for each picture that has shrunk to a pixel. */
const rows = (x: tf.Tensor): tf.Tensor => x.reshape([-1, x.shape[x.rank - 1]]);
