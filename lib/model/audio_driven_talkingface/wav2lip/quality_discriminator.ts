import * as tf from '../../../backend/tf.ts';
import { Activation, Conv2d, Module, ModuleList, NoNormConv2dBlock, type Pair, Sequential } from '../../../nn/index.ts';
import { channelsAt } from './width.ts';

const block = (from: number, to: number, kernel: number, stride: number | Pair, padding: number): NoNormConv2dBlock =>
  new NoNormConv2dBlock(from, to, kernel, { stride, padding });

/**
 * Wav2Lip's visual quality discriminator (Prajwal et al. 2020, section 3.3): whether the lower half of a face
 * is real. It sees single frames.
 */
export class QualityDiscriminator extends Module {
  readonly #blocks: ModuleList<Sequential>;
  readonly #prediction: Sequential;

  /** @param width channels as a part of the paper's */
  constructor(width = 1) {
    super();
    const c = channelsAt(width);
    this.#blocks = this.child(
      'face_encoder_blocks',
      new ModuleList([
        new Sequential([block(3, c(32), 7, 1, 3)]),
        new Sequential([block(c(32), c(64), 5, [1, 2], 2), block(c(64), c(64), 5, 1, 2)]),
        new Sequential([block(c(64), c(128), 5, 2, 2), block(c(128), c(128), 5, 1, 2)]),
        new Sequential([block(c(128), c(256), 5, 2, 2), block(c(256), c(256), 5, 1, 2)]),
        new Sequential([block(c(256), c(512), 3, 2, 1), block(c(512), c(512), 3, 1, 1)]),
        new Sequential([block(c(512), c(512), 3, 2, 1), block(c(512), c(512), 3, 1, 1)]),
        new Sequential([block(c(512), c(512), 3, 1, 0), block(c(512), c(512), 1, 1, 0)]),
      ]),
    );
    this.#prediction = this.child('binary_pred', new Sequential([new Conv2d(c(512), 1, 1), new Activation('sigmoid')]));
  }

  /**
   * @param faces whole faces, of which the lower half is looked at: `[batch, 96, 96, 3]`, or clips
   *   `[batch, time, 96, 96, 3]`; in [0, 1]
   * @returns how real each frame is, `[batch, 1]` or `[batch * time, 1]`, in (0, 1)
   */
  forward(faces: tf.Tensor): tf.Tensor2D {
    return tf.tidy(() => {
      const [height, width, channels] = faces.shape.slice(-3);
      const frames = faces.reshape<tf.Tensor4D>([-1, height, width, channels]);
      let x: tf.Tensor = tf.slice(frames, [0, height / 2, 0, 0], [-1, height / 2, -1, -1]);
      for (const block of this.#blocks.modules) x = block.forward(x);
      return this.#prediction.forward(x).reshape<tf.Tensor2D>([-1, 1]);
    });
  }
}
