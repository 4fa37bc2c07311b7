import * as tf from '../../backend/tf.ts';
import type { Frame } from '../../media/frame.ts';
import { type BlazeFace, decodeFaces } from './blazeface/decode.ts';
import { anchorCentres, BlazeFaceNetwork } from './blazeface/network.ts';
import type { FaceBox, FaceDetector } from './face_detector.ts';
import { resampleSquare, type Square, squareAround } from './letterbox.ts';

/** Supplies a file of the detector's weights by its name: from an installed package in Node, by URL in a page. */
export type ReadFaceModel = (name: 'blazeface.json' | 'blazeface.bin') => Promise<Uint8Array>;

export interface BuiltInDetectorOptions {
  /** Least confidence of a face, between 0 and 1; 0.5 by default. */
  readonly threshold?: number;
  /** Side of the network's input in pixels, a multiple of 32; 256 finds smaller faces, 128 is four times as fast. */
  readonly side?: number;
}

/** Finds faces with BlazeFace. */
export class BuiltInDetector implements FaceDetector {
  readonly name = 'built-in';
  readonly #network: BlazeFaceNetwork;
  readonly #threshold: number;
  readonly #side: number;
  readonly #centres: Float32Array;

  private constructor(network: BlazeFaceNetwork, { threshold = 0.5, side = 256 }: BuiltInDetectorOptions) {
    this.#network = network;
    this.#threshold = threshold;
    this.#side = side;
    this.#centres = anchorCentres(side);
  }

  /** Needs a started backend. */
  static async load(read: ReadFaceModel, options: BuiltInDetectorOptions = {}): Promise<BuiltInDetector> {
    const [manifest, bytes] = await Promise.all([read('blazeface.json'), read('blazeface.bin')]);
    return new BuiltInDetector(new BlazeFaceNetwork(manifest, bytes), options);
  }

  async detect(frames: readonly Frame[]): Promise<FaceBox[][]> {
    const views = frames.map((frame) => ({ frame, square: squareAround(frame) }));
    return (await this.find(views)).map((faces) => faces.map(({ left, top, right, bottom, score }) => ({ left, top, right, bottom, score })));
  }

  /** BlazeFace's own boxes and points. */
  async find(views: readonly { frame: Frame; square: Square }[]): Promise<BlazeFace[][]> {
    const side = this.#side;
    const size = side * side * 3;
    const pixels = new Float32Array(views.length * size);
    views.forEach(({ frame, square }, i) => resampleSquare(frame, square, side, pixels, i * size));
    const output = tf.tidy(() => this.#network.forward(tf.tensor4d(pixels, [views.length, side, side, 3])));
    const rows = (await output.data()) as Float32Array;
    output.dispose();
    const rowLength = rows.length / views.length;
    return views.map(({ square }, i) =>
      decodeFaces(rows.subarray(i * rowLength, (i + 1) * rowLength), this.#centres, this.#threshold).map((face) => placed(face, square, square.side / side)),
    );
  }

  dispose(): void {
    this.#network.dispose();
  }
}

function placed(face: BlazeFace, { left, top }: Square, scale: number): BlazeFace {
  return {
    left: left + face.left * scale,
    top: top + face.top * scale,
    right: left + face.right * scale,
    bottom: top + face.bottom * scale,
    score: face.score,
    points: face.points.map((value, i) => value * scale + (i % 2 ? top : left)),
  };
}
