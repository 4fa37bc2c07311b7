import type { Frame } from '../media/frame.ts';
import type { ReadFaceModel } from '../utils/face_detection/built_in_detector.ts';
import type { FaceDetector } from '../utils/face_detection/face_detector.ts';
import { type Box, FaceNetwork, type FaceNetworkFile, squareAround } from './face_network.ts';

const faceRes: FaceNetworkFile = { name: 'faceres', side: 224, gain: 1, output: 'global_pooling/Mean' };
/** The square around a face, over the longer side of a detector's box. */
const MARGIN = 1.2;

/**
 * Describes faces so that those of one person are alike: 1024 numbers by FaceRes, a MobileNet whose weights come in the npm
 * package `@vladmandic/human` (MIT), after Savchenko, "Efficient facial representations for age, gender and identity
 * recognition", 2019.
 */
export class FaceIdentity {
  readonly #network: FaceNetwork;

  private constructor(network: FaceNetwork) {
    this.#network = network;
  }

  /** Needs a started backend; takes the detector over. */
  static async load(read: ReadFaceModel, detector: FaceDetector): Promise<FaceIdentity> {
    return new FaceIdentity(await FaceNetwork.load(read, faceRes, detector));
  }

  /**
   * The description of the largest face of each picture, of length 1; undefined where there is none.
   *
   * @param isFace whether each picture is a cropped face as a whole
   */
  async describe(frames: readonly Frame[], isFace: boolean): Promise<(Float32Array | undefined)[]> {
    const faces = isFace ? frames.map(whole) : await this.#network.largestFaces(frames);
    const described: (Float32Array | undefined)[] = [];
    for (const [i, face] of faces.entries()) {
      described.push(face && unit(await this.#network.look(frames[i], squareAround(face, MARGIN))));
    }
    return described;
  }

  dispose(): void {
    this.#network.dispose();
  }
}

const whole = ({ width, height }: Frame): Box => ({ left: 0, top: 0, right: width, bottom: height });

function unit(values: Float32Array): Float32Array {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}
