import * as tf from '../../../backend/tf.ts';
import { Conv2dBlock, type Layer, Module, type Pair, Sequential } from '../../../nn/index.ts';
import { channelsAt } from './width.ts';

const residual = (channels: number): Layer => new Conv2dBlock(channels, channels, 3, { padding: 1, residual: true });

const down = (from: number, to: number, stride: number | Pair): Layer =>
  new Conv2dBlock(from, to, 3, { stride, padding: 1 });

export interface SyncNetColorOptions {
  /** Channels as a part of the paper's. */
  readonly width?: number;
  /** That it judges at once, the paper's 5 by default. */
  readonly frames?: number;
}

/**
 * Wav2Lip's expert: embeds the lower halves of five frames and their sound where they are near if they belong
 * together (Prajwal et al. 2020, section 3.2; a colour version of Chung & Zisserman's SyncNet).
 */
export class SyncNetColor extends Module {
  readonly #faceEncoder: Sequential;
  readonly #audioEncoder: Sequential;

  constructor({ width = 1, frames = 5 }: SyncNetColorOptions = {}) {
    super();
    const c = channelsAt(width);
    this.#faceEncoder = this.child(
      'face_encoder',
      new Sequential([
        new Conv2dBlock(3 * frames, c(32), 7, { padding: 3 }),
        new Conv2dBlock(c(32), c(64), 5, { stride: [1, 2], padding: 1 }),
        residual(c(64)),
        residual(c(64)),
        down(c(64), c(128), 2),
        residual(c(128)),
        residual(c(128)),
        residual(c(128)),
        down(c(128), c(256), 2),
        residual(c(256)),
        residual(c(256)),
        down(c(256), c(512), 2),
        residual(c(512)),
        residual(c(512)),
        down(c(512), c(512), 2),
        new Conv2dBlock(c(512), c(512), 3),
        new Conv2dBlock(c(512), c(512), 1),
      ]),
    );
    this.#audioEncoder = this.child(
      'audio_encoder',
      new Sequential([
        new Conv2dBlock(1, c(32), 3, { padding: 1 }),
        residual(c(32)),
        residual(c(32)),
        down(c(32), c(64), [3, 1]),
        residual(c(64)),
        residual(c(64)),
        down(c(64), c(128), 3),
        residual(c(128)),
        residual(c(128)),
        down(c(128), c(256), [3, 2]),
        residual(c(256)),
        residual(c(256)),
        new Conv2dBlock(c(256), c(512), 3),
        new Conv2dBlock(c(512), c(512), 1),
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
