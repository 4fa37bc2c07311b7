import { FACE_SIZE } from '../data/dataset/stored_clip.ts';
import { cropResized } from '../media/crop.ts';
import type { Frame } from '../media/frame.ts';
import type { FaceDetector } from '../utils/face_detection/face_detector.ts';
import { FaceTracker, type TrackedFace } from '../utils/face_detection/face_tracker.ts';
import type { ClipInfo } from './metric.ts';

/** A face as models see it, 8-bit RGB `[FACE_SIZE, FACE_SIZE, 3]`; undefined where there is none. */
export type FaceCrop = Uint8Array | undefined;

/** Follows the largest face of a clip, whose crops come a few frames late, smoothed as preprocessing does it. */
export class FaceCrops {
  readonly #clip: ClipInfo;
  readonly #detector: FaceDetector;
  readonly #tracker: FaceTracker;
  readonly #waiting: Frame[] = [];
  #count = 0;

  constructor(clip: ClipInfo, detector: FaceDetector) {
    this.#clip = clip;
    this.#detector = detector;
    this.#tracker = new FaceTracker(clip);
  }

  /** Takes the next frame; returns the crops that are decided by it. */
  async add(frame: Frame): Promise<FaceCrop[]> {
    this.#waiting.push(frame);
    const { width, height, isFace } = this.#clip;
    if (isFace) return this.#cut([{ index: 0, box: { left: 0, top: 0, right: width, bottom: height } }]);
    const [faces] = await this.#detector.detect([frame]);
    return this.#cut(this.#tracker.push(this.#count++, faces));
  }

  /** The crops that still wait. */
  finish(): FaceCrop[] {
    return this.#cut(this.#tracker.flush());
  }

  #cut(tracked: readonly TrackedFace[]): FaceCrop[] {
    return tracked.map(({ box }) => {
      const frame = this.#waiting.shift()!;
      if (!box) return undefined;
      const crop = new Uint8Array(FACE_SIZE * FACE_SIZE * 3);
      cropResized(frame, box, FACE_SIZE, crop, 0);
      return crop;
    });
  }
}
