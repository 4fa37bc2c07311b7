import type { Frame } from '../media/frame.ts';
import type { ReadFaceModel } from '../utils/face_detection/built_in_detector.ts';
import type { FaceDetector } from '../utils/face_detection/face_detector.ts';
import { type Box, FaceNetwork, type FaceNetworkFile, type Square, squareAround } from './face_network.ts';
import type { MouthLandmarks } from './mouth_landmarks.ts';

const faceMesh: FaceNetworkFile = { name: 'facemesh', side: 192, gain: 1 / 255, output: 'output_mesh' };
/** The network was trained on squares with this margin around the face. */
const MARGIN = 1.5;
/** A detector's box already holds a part of the margin. */
const BOX_MARGIN = 1.2;
/** Points of the mesh along the outer and the inner edge of the lips. */
const LIPS = [
  61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185, 78, 95, 88, 178, 87, 14,
  317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191,
];

/**
 * Mouths by the face mesh of Kartynnik et al. (2019), whose weights come in the npm package `@vladmandic/human` (MIT;
 * converted from Google's MediaPipe, Apache-2.0): 40 points along the lips.
 */
export class FaceMeshLandmarks implements MouthLandmarks {
  readonly count = LIPS.length;
  readonly #network: FaceNetwork;

  private constructor(network: FaceNetwork) {
    this.#network = network;
  }

  /** Needs a started backend; takes the detector over. */
  static async load(read: ReadFaceModel, detector: FaceDetector): Promise<FaceMeshLandmarks> {
    return new FaceMeshLandmarks(await FaceNetwork.load(read, faceMesh, detector));
  }

  async find(frames: readonly Frame[]): Promise<(Float32Array | undefined)[]> {
    const mouths: (Float32Array | undefined)[] = [];
    for (const [i, face] of (await this.#network.largestFaces(frames)).entries()) {
      mouths.push(face && (await this.#lips(frames[i], face)));
    }
    return mouths;
  }

  dispose(): void {
    this.#network.dispose();
  }

  /** The second look is from where the mesh itself sees the face, whatever the detector's box is like. */
  async #lips(frame: Frame, face: Box): Promise<Float32Array> {
    const first = await this.#mesh(frame, squareAround(face, BOX_MARGIN));
    const points = await this.#mesh(frame, squareAround(boxOf(first), MARGIN));
    return Float32Array.from(LIPS.flatMap((point) => points[point]));
  }

  /** All points of the mesh, `x, y` in pixels of the frame. */
  async #mesh(frame: Frame, square: Square): Promise<[x: number, y: number][]> {
    const values = await this.#network.look(frame, square);
    const scale = square.side / faceMesh.side;
    const [left, top] = [square.x - square.side / 2, square.y - square.side / 2];
    return Array.from({ length: values.length / 3 }, (_, i) => [
      left + scale * values[3 * i],
      top + scale * values[3 * i + 1],
    ]);
  }
}

function boxOf(points: readonly (readonly [x: number, y: number])[]): Box {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}
