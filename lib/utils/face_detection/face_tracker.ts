import type { Rectangle } from '../../media/crop.ts';
import type { FaceBox } from './face_detector.ts';
import { FaceFollower } from './face_follower.ts';

/** Where the followed face is in a frame; no box where it cannot be seen. */
export interface TrackedFace {
  /** The frame's number, as it was pushed. */
  readonly index: number;
  /** Whole pixels within the frame, padded. */
  readonly box: Rectangle | undefined;
}

export interface FaceTrackerOptions {
  /** Size of the frames in pixels. */
  readonly width: number;
  readonly height: number;
  /** Which face to follow, counted from 0 from left to right in the first frame with faces; by default the largest. */
  readonly faceIndex?: number;
  /** Average the boxes over time; by default true. */
  readonly smooth?: boolean;
  /** Pixels added to a detected face at the top, bottom, left and right; by default 0, 10, 0, 0. */
  readonly pads?: Pads;
}

/** Pixels at the top, bottom, left and right. */
export type Pads = readonly [top: number, bottom: number, left: number, right: number];

/** Frames averaged. */
const smoothingWindow = 5;

/**
 * Turns the faces found in successive frames into one box per frame. With smoothing a box is the mean over its
 * frame and the 4 after it, and at the end the mean of the last 5, as in Wav2Lip's inference; so at most
 * 4 frames wait. The mean never reaches over a cut or over frames in which the face is not seen, and such
 * frames get no box: nothing is guessed in between.
 */
export class FaceTracker {
  readonly #options: FaceTrackerOptions;
  readonly #follower: FaceFollower;
  readonly #window: number;
  /** The last frames of the current run of boxes, `#window` at most; the last `#waiting` of them have not been returned. */
  #run: { index: number; box: Rectangle }[] = [];
  #waiting = 0;

  constructor(options: FaceTrackerOptions) {
    this.#options = options;
    this.#follower = new FaceFollower(options.faceIndex);
    this.#window = (options.smooth ?? true) ? smoothingWindow : 1;
  }

  /**
   * Takes the faces of the next frame and returns the frames that are decided by it, in order. Throws a
   * `UserError` when the first frame with faces has too few for `faceIndex`.
   */
  push(index: number, faces: readonly FaceBox[]): TrackedFace[] {
    const { box, continues } = this.#follower.next(faces);
    const decided = continues ? [] : this.flush();
    if (box === undefined) return [...decided, { index, box: undefined }];
    this.#run.push({ index, box: this.#pad(box) });
    if (this.#run.length > this.#window) this.#run.shift();
    this.#waiting++;
    if (this.#waiting === this.#window) {
      decided.push({ index: this.#run[0].index, box: this.#place() });
      this.#waiting--;
    }
    return decided;
  }

  /** Returns the frames that still wait, when no more come. */
  flush(): TrackedFace[] {
    const waiting = this.#run.slice(this.#run.length - this.#waiting);
    const decided = waiting.map(({ index }) => ({ index, box: this.#place() }));
    this.#run = [];
    this.#waiting = 0;
    return decided;
  }

  #pad(face: FaceBox): Rectangle {
    const [top, bottom, left, right] = this.#options.pads ?? [0, 10, 0, 0];
    return {
      left: Math.max(0, face.left - left),
      top: Math.max(0, face.top - top),
      right: Math.min(this.#options.width, face.right + right),
      bottom: Math.min(this.#options.height, face.bottom + bottom),
    };
  }

  /** The mean box of the run, in whole pixels, never empty. */
  #place(): Rectangle {
    const mean = (side: keyof Rectangle) =>
      Math.round(this.#run.reduce((sum, { box }) => sum + box[side], 0) / this.#run.length);
    const left = Math.min(mean('left'), this.#options.width - 1);
    const top = Math.min(mean('top'), this.#options.height - 1);
    return { left, top, right: Math.max(mean('right'), left + 1), bottom: Math.max(mean('bottom'), top + 1) };
  }
}
