import * as tf from '../backend/tf.ts';
import type { Frame } from '../media/frame.ts';
import type { ReadFaceModel } from '../utils/face_detection/built_in_detector.ts';
import type { FaceDetector } from '../utils/face_detection/face_detector.ts';
import { type Colours, resample } from '../utils/face_detection/letterbox.ts';
import { loadFaceGraph } from './graph_model.ts';
import type { MouthLandmarks } from './mouth_landmarks.ts';

/** Side of the network's input in pixels. */
const SIDE = 192;
/** The network takes 0 to 1. */
const colours: Colours = { mean: [0, 0, 0], gain: 1 / 255 };
/** The network was trained on squares with this margin around the face. */
const MARGIN = 1.5;
/** A detector's box already holds a part of the margin. */
const BOX_MARGIN = 1.2;
/** Points of the mesh along the outer and the inner edge of the lips. */
const LIPS = [
  61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185, 78, 95, 88, 178, 87, 14,
  317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191,
];

/** A square of a picture, in its pixels. */
interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/**
 * Mouths by the face mesh of Kartynnik et al. (2019), whose weights come in the npm package `@vladmandic/human` (MIT;
 * converted from Google's MediaPipe, Apache-2.0): 40 points along the lips.
 */
export class FaceMeshLandmarks implements MouthLandmarks {
  readonly count = LIPS.length;
  readonly #model: tf.GraphModel;
  readonly #detector: FaceDetector;

  private constructor(model: tf.GraphModel, detector: FaceDetector) {
    this.#model = model;
    this.#detector = detector;
  }

  /** Needs a started backend; takes the detector over. */
  static async load(read: ReadFaceModel, detector: FaceDetector): Promise<FaceMeshLandmarks> {
    return new FaceMeshLandmarks(await loadFaceGraph(read, 'facemesh'), detector);
  }

  async find(frames: readonly Frame[]): Promise<(Float32Array | undefined)[]> {
    const faces = await this.#detector.detect(frames);
    const found: (Float32Array | undefined)[] = [];
    for (const [i, frame] of frames.entries()) {
      const largest = faces[i].toSorted((a, b) => area(b) - area(a)).at(0);
      if (!largest) {
        found.push(undefined);
        continue;
      }
      // The second look is from where the mesh itself sees the face, whatever the detector's box is like.
      const { left, top, right, bottom } = largest;
      const first = await this.#mesh(frame, squareOf([left, top, right, bottom], BOX_MARGIN));
      const points = await this.#mesh(frame, squareOf(first, MARGIN));
      found.push(Float32Array.from(LIPS.flatMap((point) => [points[2 * point], points[2 * point + 1]])));
    }
    return found;
  }

  dispose(): void {
    this.#model.dispose();
    this.#detector.dispose();
  }

  /** All points of the mesh, `x, y` in pixels of the frame. */
  async #mesh(frame: Frame, { x, y, side }: Square): Promise<number[]> {
    const scale = side / SIDE;
    const pixels = new Float32Array(SIDE * SIDE * 3);
    const view = { width: SIDE, height: SIDE, scale, left: x - side / 2, top: y - side / 2 };
    resample(frame, view, colours, pixels, 0);
    const input = tf.tensor(pixels, [1, SIDE, SIDE, 3]);
    const output = this.#model.execute(input, 'output_mesh') as tf.Tensor;
    const values = await output.data();
    tf.dispose([input, output]);
    return Array.from({ length: (2 * values.length) / 3 }, (_, i) => {
      const value = values[3 * (i >> 1) + (i % 2)] * scale;
      return value + (i % 2 ? view.top : view.left);
    });
  }
}

const area = ({ left, top, right, bottom }: { left: number; top: number; right: number; bottom: number }): number =>
  (right - left) * (bottom - top);

/** The square around points `x, y`, `margin` times as large as they need. */
function squareOf(points: readonly number[], margin: number): Square {
  const [xs, ys] = [points.filter((_, i) => i % 2 === 0), points.filter((_, i) => i % 2 === 1)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return { x: (left + right) / 2, y: (top + bottom) / 2, side: margin * Math.max(right - left, bottom - top) };
}
