import * as tf from '../../../backend/tf.ts';
import type { StateDictSource } from '../../../checkpoint/state_dict.ts';
import type { Frame } from '../../../media/frame.ts';
import type { FaceBox, FaceDetector } from '../face_detector.ts';
import { type Colours, resample, type View } from '../letterbox.ts';
import { decodeLevels } from './decode.ts';
import { type S3fdLevel, S3fdNetwork } from './network.ts';

export interface S3fdDetectorOptions {
  /** Pictures with a longer side, in pixels, are made smaller first; `Infinity` for never, as the reference. 640 by default. */
  readonly longestSide?: number;
  /** Least confidence of a face, between 0 and 1; 0.5 by default. */
  readonly threshold?: number;
}

/** The mean is that of blue, green and red, but Wav2Lip's inference and training data were made with it on red, green and blue. */
const colours: Colours = { mean: [104, 117, 123], gain: 1 };

/** Pictures in one run of the network: its first layers hold two tensors of 79 MB for each of 640 x 480. */
const batch = 2;

/** Finds faces with S3FD, the detector that Wav2Lip's crops come from, when its weights (`s3fd.pth`) are at hand. */
export class S3fdDetector implements FaceDetector {
  readonly name = 's3fd';
  readonly #network: S3fdNetwork;
  readonly #longestSide: number;
  readonly #threshold: number;

  private constructor(network: S3fdNetwork, { longestSide = 640, threshold = 0.5 }: S3fdDetectorOptions) {
    this.#network = network;
    this.#longestSide = longestSide;
    this.#threshold = threshold;
  }

  /** Needs a started backend. Throws a `UserError` that names the entries when `weights` is not S3FD's state dict. */
  static async load(weights: StateDictSource, options: S3fdDetectorOptions = {}): Promise<S3fdDetector> {
    const network = new S3fdNetwork();
    await network.loadStateDict(weights);
    network.prepare();
    return new S3fdDetector(network, options);
  }

  async detect(frames: readonly Frame[]): Promise<FaceBox[][]> {
    const faces: FaceBox[][] = [];
    for (let from = 0; from < frames.length; from += batch) {
      faces.push(...(await this.#look(frames.slice(from, from + batch))));
    }
    return faces;
  }

  dispose(): void {
    this.#network.dispose();
  }

  async #look(frames: readonly Frame[]): Promise<FaceBox[][]> {
    const { width, height } = frames[0];
    const scale = Math.max(1, Math.max(width, height) / this.#longestSide);
    const view: View = { left: 0, top: 0, scale, width: Math.ceil(width / scale), height: Math.ceil(height / scale) };
    const size = view.width * view.height * 3;
    const pixels = new Float32Array(frames.length * size);
    for (const [i, frame] of frames.entries()) resample(frame, view, colours, pixels, i * size);
    const input = tf.tensor4d(pixels, [frames.length, view.height, view.width, 3]);
    const levels = this.#network.forward(input);
    input.dispose();
    const read = await Promise.all(levels.map(readLevel));
    return frames.map((_, i) =>
      decodeLevels(
        read.map((level) => level(i)),
        this.#threshold,
      ).map(({ left, top, right, bottom, score }) => ({
        left: left * scale,
        top: top * scale,
        right: right * scale,
        bottom: bottom * scale,
        score,
      })),
    );
  }
}

/** Reads a level back; returns a picture's part of it. */
async function readLevel(level: S3fdLevel) {
  const [, rows, columns] = level.scores.shape;
  const [scores, boxes] = await Promise.all([level.scores.data(), level.boxes.data()]);
  tf.dispose([level.scores, level.boxes]);
  const cells = rows * columns;
  return (picture: number) => ({
    rows,
    columns,
    scores: scores.subarray(picture * cells * 2, (picture + 1) * cells * 2),
    boxes: boxes.subarray(picture * cells * 4, (picture + 1) * cells * 4),
  });
}
