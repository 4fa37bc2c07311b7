import * as tf from '../../backend/tf.ts';
import type { Frame } from '../../media/frame.ts';
import { UserError } from '../errors.ts';
import { type BlazeFace, decodeFaces } from './blazeface/decode.ts';
import { anchorCentres, BlazeFaceNetwork } from './blazeface/network.ts';
import { widerFaceBox } from './blazeface/wider_face.ts';
import type { FaceBox, FaceDetector } from './face_detector.ts';
import { type Colours, fitWhole, resample, type View } from './letterbox.ts';

/** Supplies a file of the detector's weights by its name: from an installed package in Node, by URL in a page. */
export type ReadFaceModel = (
  name: 'blazeface.json' | 'blazeface.bin' | 'facemesh.json' | 'facemesh.bin',
) => Promise<Uint8Array>;

export interface BuiltInDetectorOptions {
  /** Least confidence of a face, between 0 and 1; 0.65 by default. */
  readonly threshold?: number;
}

/** The network takes -1 to 1. */
const colours: Colours = { mean: [127.5, 127.5, 127.5], gain: 1 / 127.5 };

/** Pixels of the network's input: a quick look, which sees faces down to an eighth of the picture's width, and a close one, down to a sixteenth. */
const quickArea = 160 * 128;
const closeArea = 4 * quickArea;

/** Faces smaller than this in the quick look, in pixels of the network's input, are placed poorly. */
const leastSize = 20;

/** Pictures in one run of the network: more cost memory and gain little. */
const batch = 16;

/**
 * Finds faces with BlazeFace, whose weights come in the npm package `@vladmandic/human` (MIT; converted from Google's MediaPipe,
 * Apache-2.0). Pictures whose largest face is small, or that show none, are looked at a second time at twice the resolution.
 */
export class BuiltInDetector implements FaceDetector {
  readonly name = 'built-in';
  readonly #network: BlazeFaceNetwork;
  readonly #threshold: number;

  private constructor(network: BlazeFaceNetwork, threshold: number) {
    this.#network = network;
    this.#threshold = threshold;
  }

  /** Needs a started backend. Throws a `UserError` when the weights are damaged or the threshold is no probability. */
  static async load(read: ReadFaceModel, { threshold = 0.65 }: BuiltInDetectorOptions = {}): Promise<BuiltInDetector> {
    if (!(threshold > 0 && threshold < 1)) {
      throw new UserError(`The least confidence of a face must be between 0 and 1, not ${threshold}.`);
    }
    const [manifest, bytes] = await Promise.all([read('blazeface.json'), read('blazeface.bin')]);
    return new BuiltInDetector(new BlazeFaceNetwork(manifest, bytes), threshold);
  }

  async detect(frames: readonly Frame[]): Promise<FaceBox[][]> {
    if (frames.length === 0) return [];
    const quick = fitWhole(frames[0], quickArea, 32);
    const faces = await this.#look(frames, quick);
    const again = faces.flatMap((found, i) =>
      found.some((face) => face.right - face.left >= leastSize * quick.scale) ? [] : [i],
    );
    if (again.length > 0) {
      const closer = await this.#look(
        again.map((i) => frames[i]),
        fitWhole(frames[0], closeArea, 32),
      );
      again.forEach((i, at) => {
        if (closer[at].length > 0) faces[i] = closer[at];
      });
    }
    return faces.map((found) => found.map(widerFaceBox));
  }

  dispose(): void {
    this.#network.dispose();
  }

  async #look(frames: readonly Frame[], view: View): Promise<BlazeFace[][]> {
    const centres = anchorCentres(view.width, view.height);
    const size = view.width * view.height * 3;
    const faces: BlazeFace[][] = [];
    for (let from = 0; from < frames.length; from += batch) {
      const some = frames.slice(from, from + batch);
      const pixels = new Float32Array(some.length * size);
      for (const [i, frame] of some.entries()) resample(frame, view, colours, pixels, i * size);
      const output = tf.tidy(() =>
        this.#network.forward(tf.tensor4d(pixels, [some.length, view.height, view.width, 3])),
      );
      const rows = (await output.data()) as Float32Array;
      output.dispose();
      const rowsLength = rows.length / some.length;
      some.forEach((_, i) => {
        const found = decodeFaces(rows.subarray(i * rowsLength, (i + 1) * rowsLength), centres, this.#threshold);
        faces.push(found.map((face) => inPicture(face, view)));
      });
    }
    return faces;
  }
}

function inPicture(face: BlazeFace, { left, top, scale }: View): BlazeFace {
  return {
    left: left + face.left * scale,
    top: top + face.top * scale,
    right: left + face.right * scale,
    bottom: top + face.bottom * scale,
    score: face.score,
    points: face.points.map((value, i) => value * scale + (i % 2 ? top : left)),
  };
}
