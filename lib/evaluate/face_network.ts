import * as tf from '../backend/tf.ts';
import type { Frame } from '../media/frame.ts';
import { area } from '../utils/face_detection/boxes.ts';
import type { ReadFaceModel } from '../utils/face_detection/built_in_detector.ts';
import type { FaceBox, FaceDetector } from '../utils/face_detection/face_detector.ts';
import { resample } from '../utils/face_detection/letterbox.ts';

/** A network that looks at one face at a time. */
export interface FaceNetworkFile {
  readonly name: 'facemesh' | 'faceres';
  /** Side of its input in pixels. */
  readonly side: number;
  /** What it takes for a colour of 1, of 255. */
  readonly gain: number;
  /** The output that is asked for. */
  readonly output: string;
}

/** A square of a picture, in its pixels. */
export interface Square {
  /** Its centre. */
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

export type Box = Pick<FaceBox, 'left' | 'top' | 'right' | 'bottom'>;

/** The square around a box, over its longer side `margin` times as large. */
export function squareAround({ left, top, right, bottom }: Box, margin: number): Square {
  return { x: (left + right) / 2, y: (top + bottom) / 2, side: margin * Math.max(right - left, bottom - top) };
}

/** One of the networks that `@vladmandic/human` brings, and the detector that tells where to look. */
export class FaceNetwork {
  readonly #model: tf.GraphModel;
  readonly #file: FaceNetworkFile;
  readonly #detector: FaceDetector;

  private constructor(model: tf.GraphModel, file: FaceNetworkFile, detector: FaceDetector) {
    this.#model = model;
    this.#file = file;
    this.#detector = detector;
  }

  /** Needs a started backend; takes the detector over. */
  static async load(read: ReadFaceModel, file: FaceNetworkFile, detector: FaceDetector): Promise<FaceNetwork> {
    const [manifest, weights] = await Promise.all([read(`${file.name}.json`), read(`${file.name}.bin`)]);
    const { modelTopology, weightsManifest, format, signature } = JSON.parse(new TextDecoder().decode(manifest));
    const weightSpecs = weightsManifest[0].weights;
    const artifacts = { modelTopology, weightSpecs, weightData: weights.slice().buffer, format, signature };
    return new FaceNetwork(await tf.loadGraphModel({ load: async () => artifacts }), file, detector);
  }

  /** The largest face of each picture; undefined where there is none. */
  async largestFaces(frames: readonly Frame[]): Promise<(FaceBox | undefined)[]> {
    return (await this.#detector.detect(frames)).map((found) => found.toSorted((a, b) => area(b) - area(a)).at(0));
  }

  /** What the network says of a square of a picture. */
  async look(frame: Frame, square: Square): Promise<Float32Array> {
    const { side, gain, output } = this.#file;
    const [left, top] = [square.x - square.side / 2, square.y - square.side / 2];
    const pixels = new Float32Array(side * side * 3);
    const view = { width: side, height: side, scale: square.side / side, left, top };
    resample(frame, view, { mean: [0, 0, 0], gain }, pixels, 0);
    const answer = tf.tidy(() => this.#model.execute(tf.tensor(pixels, [1, side, side, 3]), output) as tf.Tensor);
    try {
      return (await answer.data()) as Float32Array;
    } finally {
      answer.dispose();
    }
  }

  dispose(): void {
    this.#model.dispose();
    this.#detector.dispose();
  }
}
