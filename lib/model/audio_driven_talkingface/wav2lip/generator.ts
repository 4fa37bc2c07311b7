import * as tf from '../../../backend/tf.ts';
import {
  Activation,
  Conv2d,
  Conv2dBlock,
  ConvTranspose2dBlock,
  type Layer,
  Module,
  ModuleList,
  Sequential,
} from '../../../nn/index.ts';
import { channelsAt, type Width } from './width.ts';

const residual = (channels: number): Layer => new Conv2dBlock(channels, channels, 3, { padding: 1, residual: true });

const down = (from: number, to: number, residuals: number): Sequential =>
  new Sequential([
    new Conv2dBlock(from, to, 3, { stride: 2, padding: 1 }),
    ...Array.from({ length: residuals }, () => residual(to)),
  ]);

const up = (from: number, to: number): Sequential =>
  new Sequential([
    new ConvTranspose2dBlock(from, to, 3, { stride: 2, padding: 1, outputPadding: 1 }),
    residual(to),
    residual(to),
  ]);

/** The mel spectrogram window `[batch, 80, 16, 1]` as `[batch, 1, 1, 512]`; channels scaled by `c`. */
const audioEncoder = (c: Width): Sequential =>
  new Sequential([
    new Conv2dBlock(1, c(32), 3, { padding: 1 }),
    residual(c(32)),
    residual(c(32)),
    new Conv2dBlock(c(32), c(64), 3, { stride: [3, 1], padding: 1 }),
    residual(c(64)),
    residual(c(64)),
    new Conv2dBlock(c(64), c(128), 3, { stride: 3, padding: 1 }),
    residual(c(128)),
    residual(c(128)),
    new Conv2dBlock(c(128), c(256), 3, { stride: [3, 2], padding: 1 }),
    residual(c(256)),
    new Conv2dBlock(c(256), c(512), 3),
    new Conv2dBlock(c(512), c(512), 1),
  ]);

/** Channels of the paper's narrowest layer. With fewer the skip at full size cannot carry the six it takes. */
const NARROWEST = 16;

/**
 * Wav2Lip's generator (Prajwal et al., "A Lip Sync Expert Is All You Need for Speech to Lip Generation In the
 * Wild", 2020): a face encoder, an audio encoder and a decoder with skip connections; 36,298,035 parameters.
 */
export class Wav2LipGenerator extends Module {
  readonly #faceEncoder: ModuleList<Sequential>;
  readonly #audioEncoder: Sequential;
  readonly #faceDecoder: ModuleList<Sequential>;
  readonly #output: Sequential;

  /** @param width channels as a part of the paper's */
  constructor(width = 1) {
    super();
    const c = channelsAt(width, NARROWEST);
    this.#faceEncoder = this.child(
      'face_encoder_blocks',
      new ModuleList([
        new Sequential([new Conv2dBlock(6, c(16), 7, { padding: 3 })]),
        down(c(16), c(32), 2),
        down(c(32), c(64), 3),
        down(c(64), c(128), 2),
        down(c(128), c(256), 2),
        down(c(256), c(512), 1),
        new Sequential([new Conv2dBlock(c(512), c(512), 3), new Conv2dBlock(c(512), c(512), 1)]),
      ]),
    );
    this.#audioEncoder = this.child('audio_encoder', audioEncoder(c));
    this.#faceDecoder = this.child(
      'face_decoder_blocks',
      new ModuleList([
        // What comes from below and the skip beside it.
        new Sequential([new Conv2dBlock(c(512), c(512), 1)]),
        new Sequential([new ConvTranspose2dBlock(c(512) + c(512), c(512), 3), residual(c(512))]),
        up(c(512) + c(512), c(512)),
        up(c(512) + c(256), c(384)),
        up(c(384) + c(128), c(256)),
        up(c(256) + c(64), c(128)),
        up(c(128) + c(32), c(64)),
      ]),
    );
    this.#output = this.child(
      'output_block',
      new Sequential([
        new Conv2dBlock(c(64) + c(16), c(32), 3, { padding: 1 }),
        new Conv2d(c(32), 3, 1),
        new Activation('sigmoid'),
      ]),
    );
  }

  /**
   * Draws faces that speak. Channel order is the weights': the published ones were trained on BGR.
   *
   * @param mel `[batch, 80, 16, 1]`, or for clips `[batch, time, 80, 16, 1]`; the 0.2 s of sound of each frame, in [-4, 4]
   * @param faces `[batch, 96, 96, 6]` or `[batch, time, 96, 96, 6]` in [0, 1]: the face to change with its lower
   *   half black, then a reference face of the same person
   * @returns the faces, `[batch, 96, 96, 3]` or `[batch, time, 96, 96, 3]`, in [0, 1]
   */
  forward(mel: tf.Tensor, faces: tf.Tensor): tf.Tensor {
    if (faces.rank === 4) return tf.tidy(() => this.#frames(mel, faces));
    const [batch, time, ...face] = faces.shape;
    const merge = (x: tf.Tensor): tf.Tensor => x.reshape([batch * time, ...x.shape.slice(2)]);
    return tf.tidy(() => this.#frames(merge(mel), merge(faces)).reshape([batch, time, ...face.slice(0, 2), 3]));
  }

  #frames(mel: tf.Tensor, faces: tf.Tensor): tf.Tensor {
    const skips: tf.Tensor[] = [];
    let face = faces;
    for (const block of this.#faceEncoder.modules) {
      face = block.forward(face);
      skips.push(face);
    }
    let x = this.#audioEncoder.forward(mel);
    for (const block of this.#faceDecoder.modules) {
      const [previous, skip] = [x, skips.pop()!];
      x = tf.tidy(() => tf.concat([block.forward(previous), skip], -1));
      tf.dispose([previous, skip]);
    }
    return this.#output.forward(x);
  }
}
