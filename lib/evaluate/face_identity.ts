import * as tf from '../backend/tf.ts';
import type { Frame } from '../media/frame.ts';
import { area } from '../utils/face_detection/boxes.ts';
import type { ReadFaceModel } from '../utils/face_detection/built_in_detector.ts';
import type { FaceDetector } from '../utils/face_detection/face_detector.ts';
import { type Colours, resample } from '../utils/face_detection/letterbox.ts';
import { loadFaceGraph } from './graph_model.ts';

/** Side of the network's input in pixels. */
const SIDE = 224;
/** The network takes 0 to 255. */
const colours: Colours = { mean: [0, 0, 0], gain: 1 };
/** The square around a face, over the longer side of a detector's box. */
const MARGIN = 1.2;

/**
 * Describes faces so that those of one person are alike: 1024 numbers by FaceRes, a MobileNet whose weights come in the npm
 * package `@vladmandic/human` (MIT), after Savchenko, "Efficient facial representations for age, gender and identity
 * recognition", 2019.
 */
export class FaceIdentity {
  readonly #model: tf.GraphModel;
  readonly #detector: FaceDetector;

  private constructor(model: tf.GraphModel, detector: FaceDetector) {
    this.#model = model;
    this.#detector = detector;
  }

  /** Needs a started backend; takes the detector over. */
  static async load(read: ReadFaceModel, detector: FaceDetector): Promise<FaceIdentity> {
    return new FaceIdentity(await loadFaceGraph(read, 'faceres'), detector);
  }

  /**
   * The description of the largest face of each picture, of length 1; undefined where there is none.
   *
   * @param isFace whether each picture is a cropped face as a whole
   */
  async describe(frames: readonly Frame[], isFace: boolean): Promise<(Float32Array | undefined)[]> {
    const faces = isFace
      ? frames.map(whole)
      : (await this.#detector.detect(frames)).map((found) => found.toSorted((a, b) => area(b) - area(a)).at(0));
    const described: (Float32Array | undefined)[] = [];
    for (const [i, face] of faces.entries()) described.push(face && (await this.#describe(frames[i], face)));
    return described;
  }

  dispose(): void {
    this.#model.dispose();
    this.#detector.dispose();
  }

  async #describe(frame: Frame, { left, top, right, bottom }: Box): Promise<Float32Array> {
    const side = MARGIN * Math.max(right - left, bottom - top);
    const view = {
      width: SIDE,
      height: SIDE,
      scale: side / SIDE,
      left: (left + right - side) / 2,
      top: (top + bottom - side) / 2,
    };
    const pixels = new Float32Array(SIDE * SIDE * 3);
    resample(frame, view, colours, pixels, 0);
    const output = tf.tidy(() => {
      const features = this.#model.execute(tf.tensor(pixels, [1, SIDE, SIDE, 3]), 'global_pooling/Mean') as tf.Tensor;
      return features.div(features.norm());
    });
    const values = (await output.data()) as Float32Array;
    output.dispose();
    return values;
  }
}

type Box = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };

const whole = ({ width, height }: Frame): Box => ({ left: 0, top: 0, right: width, bottom: height });
