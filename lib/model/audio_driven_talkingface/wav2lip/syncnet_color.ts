import * as tf from '../../../backend/tf.ts';
import { Conv2dBlock, type Layer, Module, type Pair, Sequential } from '../../../nn/index.ts';

const residual = (channels: number): Layer => new Conv2dBlock(channels, channels, 3, { padding: 1, residual: true });

const down = (from: number, to: number, stride: number | Pair): Layer =>
  new Conv2dBlock(from, to, 3, { stride, padding: 1 });

/**
 * Wav2Lip's expert: embeds the lower halves of five frames and their sound where they are near if they belong
 * together (Prajwal et al. 2020, section 3.2; a colour version of Chung & Zisserman's SyncNet).
 */
export class SyncNetColor extends Module {
  readonly #faceEncoder: Sequential;
  readonly #audioEncoder: Sequential;

  constructor() {
    super();
    this.#faceEncoder = this.child(
      'face_encoder',
      new Sequential([
        new Conv2dBlock(15, 32, 7, { padding: 3 }),
        new Conv2dBlock(32, 64, 5, { stride: [1, 2], padding: 1 }),
        residual(64),
        residual(64),
        down(64, 128, 2),
        residual(128),
        residual(128),
        residual(128),
        down(128, 256, 2),
        residual(256),
        residual(256),
        down(256, 512, 2),
        residual(512),
        residual(512),
        down(512, 512, 2),
        new Conv2dBlock(512, 512, 3),
        new Conv2dBlock(512, 512, 1),
      ]),
    );
    this.#audioEncoder = this.child(
      'audio_encoder',
      new Sequential([
        new Conv2dBlock(1, 32, 3, { padding: 1 }),
        residual(32),
        residual(32),
        down(32, 64, [3, 1]),
        residual(64),
        residual(64),
        down(64, 128, 3),
        residual(128),
        residual(128),
        down(128, 256, [3, 2]),
        residual(256),
        residual(256),
        new Conv2dBlock(256, 512, 3),
        new Conv2dBlock(512, 512, 1),
      ]),
    );
  }

  /**
   * @param mel `[batch, 80, 16, 1]`, the 0.2 s of sound of the five frames
   * @param faces `[batch, 48, 96, 15]` in [0, 1], the lower halves of five frames one after the other in the
   *   channels, each in the weights' channel order (the published ones: BGR)
   * @returns embeddings of length 1, `[batch, 512]` each; no component is negative
   */
  forward(mel: tf.Tensor, faces: tf.Tensor): { audio: tf.Tensor2D; face: tf.Tensor2D } {
    return tf.tidy(() => ({
      audio: unitLength(this.#audioEncoder.forward(mel)),
      face: unitLength(this.#faceEncoder.forward(faces)),
    }));
  }
}

function unitLength(x: tf.Tensor): tf.Tensor2D {
  const flat = x.reshape<tf.Tensor2D>([x.shape[0], -1]);
  // Not tf.norm: the root's gradient at a vector of zeros would be infinite.
  const squares = flat.square().sum(1, true).maximum(1e-24);
  return flat.div(squares.sqrt());
}
