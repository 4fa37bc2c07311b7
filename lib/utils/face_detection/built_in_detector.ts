import * as tf from '../../backend/tf.ts';
import type { Frame } from '../../media/frame.ts';
import { UserError } from '../errors.ts';
import { type BlazeFace, decodeFaces } from './blazeface/decode.ts';
import { anchorCentres, BlazeFaceNetwork } from './blazeface/network.ts';
import { widerFaceBox } from './blazeface/wider_face.ts';
import { area, iou } from './boxes.ts';
import type { FaceBox, FaceDetector } from './face_detector.ts';
import { type Colours, fitWhole, resample, type View } from './letterbox.ts';

/** Supplies a file of the detector's weights by its name: from an installed package in Node, by URL in a page. */
export type ReadDetectorModel = (name: 'blazeface.json' | 'blazeface.bin') => Promise<Uint8Array>;

/** The same, also for those of the face mesh, which places landmarks for metrics. */
export type ReadFaceModel = (name: `${'blazeface' | 'facemesh' | 'faceres'}.${'json' | 'bin'}`) => Promise<Uint8Array>;

export interface BuiltInDetectorOptions {
  /** Least confidence of a face, between 0 and 1; 0.65 by default. */
  readonly threshold?: number;
}

/** The network takes -1 to 1. */
const colours: Colours = { mean: [127.5, 127.5, 127.5], gain: 1 / 127.5 };

/**
 * Pixels of the network's input. The quick look sees faces down to an eighth of the picture's width; where it sees
 * none, a look at the whole picture from closer sees them down to a sixteenth.
 */
const quickArea = 160 * 128;
const closerArea = 4 * quickArea;

/** A face smaller than this in the quick look, in pixels of the network's input, is placed poorly: it is looked at on its own. */
const leastSize = 20;

/** Side of the network's input for a face on its own, and the part of it that the face takes. */
const singleSide = 96;
const singlePart = 1 / 4;

/** Small faces in a picture, the largest first, that are looked at on their own: whom one would follow is among them. */
const mostSingles = 3;

/** Pictures in one run of the network: more cost memory and gain little. */
const batch = 16;

/** A part of a picture as the network gets it. */
interface Look {
  readonly frame: Frame;
  readonly view: View;
}

/**
 * Finds faces with BlazeFace, whose weights come in the npm package `@vladmandic/human` (MIT; converted from Google's
 * MediaPipe, Apache-2.0).
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
  static async load(
    read: ReadDetectorModel,
    { threshold = 0.65 }: BuiltInDetectorOptions = {},
  ): Promise<BuiltInDetector> {
    if (!(threshold > 0 && threshold < 1)) {
      throw new UserError(`The least confidence of a face must be between 0 and 1, not ${threshold}.`);
    }
    const [manifest, bytes] = await Promise.all([read('blazeface.json'), read('blazeface.bin')]);
    return new BuiltInDetector(new BlazeFaceNetwork(manifest, bytes), threshold);
  }

  async detect(frames: readonly Frame[]): Promise<FaceBox[][]> {
    if (frames.length === 0) return [];
    const quick = fitWhole(frames[0], quickArea, 32);
    const faces = await this.#look(frames.map((frame) => ({ frame, view: quick })));
    await this.#lookCloser(frames, faces);
    await this.#lookAtSingles(frames, faces, leastSize * quick.scale);
    return faces.map((found) => found.map(widerFaceBox));
  }

  dispose(): void {
    this.#network.dispose();
  }

  /** Finds faces in pictures that seemed to have none. */
  async #lookCloser(frames: readonly Frame[], faces: BlazeFace[][]): Promise<void> {
    const empty = [...faces.keys()].filter((i) => faces[i].length === 0);
    const view = fitWhole(frames[0], closerArea, 32);
    const found = await this.#look(empty.map((i) => ({ frame: frames[i], view })));
    for (const [at, i] of empty.entries()) faces[i] = found[at];
  }

  /** Places the small faces better. */
  async #lookAtSingles(frames: readonly Frame[], faces: BlazeFace[][], leastSize: number): Promise<void> {
    const small = faces.flatMap((found, i) =>
      found
        .map((face, at) => ({ i, at, face }))
        .filter(({ face }) => face.right - face.left < leastSize)
        .sort((a, b) => area(b.face) - area(a.face))
        .slice(0, mostSingles),
    );
    const found = await this.#look(small.map(({ i, face }) => ({ frame: frames[i], view: viewOf(face) })));
    for (const [n, { i, at, face }] of small.entries()) {
      const same = found[n].find((candidate) => iou(candidate, face) > 0.3);
      if (same) faces[i][at] = { ...same, score: face.score };
    }
  }

  /** The faces in each look, whose views have one size, in pixels of the picture. */
  async #look(looks: readonly Look[]): Promise<BlazeFace[][]> {
    if (looks.length === 0) return [];
    const { width, height } = looks[0].view;
    const centres = anchorCentres(width, height);
    const size = width * height * 3;
    const faces: BlazeFace[][] = [];
    for (let from = 0; from < looks.length; from += batch) {
      const some = looks.slice(from, from + batch);
      const pixels = new Float32Array(some.length * size);
      for (const [i, { frame, view }] of some.entries()) resample(frame, view, colours, pixels, i * size);
      const output = tf.tidy(() => this.#network.forward(tf.tensor4d(pixels, [some.length, height, width, 3])));
      const rows = (await output.data()) as Float32Array;
      output.dispose();
      const rowsLength = rows.length / some.length;
      for (const [i, { view }] of some.entries()) {
        const found = decodeFaces(rows.subarray(i * rowsLength, (i + 1) * rowsLength), centres, this.#threshold);
        faces.push(found.map((face) => inPicture(face, view)));
      }
    }
    return faces;
  }
}

/** A square view with the face in its middle. */
function viewOf(face: BlazeFace): View {
  const side = (face.right - face.left) / singlePart;
  return {
    width: singleSide,
    height: singleSide,
    scale: side / singleSide,
    left: (face.left + face.right - side) / 2,
    top: (face.top + face.bottom - side) / 2,
  };
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
