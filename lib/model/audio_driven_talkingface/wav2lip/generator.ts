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

/** The mel spectrogram window `[batch, 80, 16, 1]` as `[batch, 1, 1, 512]`. */
export const audioEncoder = (): Sequential =>
  new Sequential([
    new Conv2dBlock(1, 32, 3, { padding: 1 }),
    residual(32),
    residual(32),
    new Conv2dBlock(32, 64, 3, { stride: [3, 1], padding: 1 }),
    residual(64),
    residual(64),
    new Conv2dBlock(64, 128, 3, { stride: 3, padding: 1 }),
    residual(128),
    residual(128),
    new Conv2dBlock(128, 256, 3, { stride: [3, 2], padding: 1 }),
    residual(256),
    new Conv2dBlock(256, 512, 3),
    new Conv2dBlock(512, 512, 1),
  ]);

/**
 * Wav2Lip's generator (Prajwal et al., "A Lip Sync Expert Is All You Need for Speech to Lip Generation In the
 * Wild", 2020): a face encoder, an audio encoder and a decoder with skip connections; 36,298,035 parameters.
 */
export class Wav2LipGenerator extends Module {
  readonly #faceEncoder: ModuleList<Sequential>;
  readonly #audioEncoder: Sequential;
  readonly #faceDecoder: ModuleList<Sequential>;
  readonly #output: Sequential;

  constructor() {
    super();
    this.#faceEncoder = this.child(
      'face_encoder_blocks',
      new ModuleList([
        new Sequential([new Conv2dBlock(6, 16, 7, { padding: 3 })]),
        down(16, 32, 2),
        down(32, 64, 3),
        down(64, 128, 2),
        down(128, 256, 2),
        down(256, 512, 1),
        new Sequential([new Conv2dBlock(512, 512, 3), new Conv2dBlock(512, 512, 1)]),
      ]),
    );
    this.#audioEncoder = this.child('audio_encoder', audioEncoder());
    this.#faceDecoder = this.child(
      'face_decoder_blocks',
      new ModuleList([
        new Sequential([new Conv2dBlock(512, 512, 1)]),
        new Sequential([new ConvTranspose2dBlock(1024, 512, 3), residual(512)]),
        up(1024, 512),
        up(768, 384),
        up(512, 256),
        up(320, 128),
        up(160, 64),
      ]),
    );
    this.#output = this.child(
      'output_block',
      new Sequential([new Conv2dBlock(80, 32, 3, { padding: 1 }), new Conv2d(32, 3, 1), new Activation('sigmoid')]),
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
