import type { Rectangle } from '../media/crop.ts';
import { area, iou } from '../utils/face_detection/boxes.ts';
import type { FaceBox, FaceDetector } from '../utils/face_detection/face_detector.ts';
import type { LivePicture, Region } from './live_picture.ts';
import { greyMap, Patch } from './patch_alignment.ts';

type Box = Pick<FaceBox, 'left' | 'top' | 'right' | 'bottom'>;

/** Settings of {@link LiveFace}. */
export interface LiveFaceOptions {
  /** Which face to follow, counted from 0 from left to right when one is chosen; by default the largest. */
  readonly faceIndex?: number;
}

/** ms between looks of the detector while the face is followed, and while there is none. */
const LOOK_AGAIN = 500;
const LOOK_FOR_ONE = 200;
/** Part of the time that the detector may take: a slow one looks less often. */
const LOOKING = 1 / 8;

/** Samples across the face, and down to the nose: the mouth moves by itself. */
const [PATCH_WIDTH, PATCH_HEIGHT] = [32, 24];
/** Samples around the patch in which it is searched: a quarter of the face's width. */
const MARGIN = 8;
/** Least likeness of the face in successive looks; below it has turned away, is hidden, or is gone. */
const LEAST_CORRELATION = 0.75;
/** Part of the way to where the detector sees the face that its box goes: the detector's boxes tremble. */
const CORRECTION = 0.3;
/** Below this overlap the detector sees the face elsewhere, and the box goes there at once. */
const LEAST_OVERLAP = 0.6;

/**
 * Follows one face. The detector looks twice a second; between, the upper part of the face is found again near where
 * it was, which costs a fraction of a millisecond. The box moves with the face at once; only what the detector and that
 * movement disagree about is smoothed.
 */
export class LiveFace {
  readonly #detector: FaceDetector;
  readonly #faceIndex: number | undefined;
  #box: Box | undefined;
  #patch: Patch | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** ms that the last look took. */
  #lookTime = 0;
  /** Looks in a row at which the detector did not see the face that is followed. */
  #unseen = 0;

  constructor(detector: FaceDetector, { faceIndex }: LiveFaceOptions = {}) {
    this.#detector = detector;
    this.#faceIndex = faceIndex;
  }

  /** The face's place in the next picture, in its pixels and not rounded; undefined when there is none. */
  async next(picture: LivePicture): Promise<Box | undefined> {
    const followed = this.#follow(picture);
    const since = picture.capturedAt - this.#lookedAt;
    const rest = Math.max(this.#box ? LOOK_AGAIN : LOOK_FOR_ONE, this.#lookTime / LOOKING);
    const lost = this.#box !== undefined && followed === undefined;
    if (lost || since >= rest) {
      await this.#look(picture, followed);
    } else {
      this.#box = followed;
    }
    return this.#box;
  }

  /** Where the face has moved; undefined when it is not like it was. */
  #follow(picture: LivePicture): Box | undefined {
    if (this.#box === undefined || this.#patch === undefined) return undefined;
    const { left, top, right, bottom } = this.#box;
    const step = (right - left) / PATCH_WIDTH;
    const region = around(picture, this.#box, MARGIN * step);
    const [mapLeft, mapTop] = [left - MARGIN * step, top - MARGIN * step];
    const map = greyMap(region, mapLeft, mapTop, step, PATCH_WIDTH + 2 * MARGIN, PATCH_HEIGHT + 2 * MARGIN);
    const start = { x: MARGIN + (PATCH_WIDTH - 1) / 2, y: MARGIN + (PATCH_HEIGHT - 1) / 2, scale: 1 };
    const { x, y, scale, correlation } = this.#patch.find(map, start);
    const reach = Math.max(Math.abs(x - start.x), Math.abs(y - start.y));
    if (!(correlation >= LEAST_CORRELATION) || reach > MARGIN || Math.abs(Math.log(scale)) > 0.2) return undefined;
    const newLeft = mapLeft + (x + 0.5 - (scale * PATCH_WIDTH) / 2) * step;
    const newTop = mapTop + (y + 0.5 - (scale * PATCH_HEIGHT) / 2) * step;
    return {
      left: newLeft,
      top: newTop,
      right: newLeft + scale * (right - left),
      bottom: newTop + scale * (bottom - top),
    };
  }

  async #look(picture: LivePicture, followed: Box | undefined): Promise<void> {
    this.#lookedAt = picture.capturedAt;
    const start = performance.now();
    const [faces] = await this.#detector.detect([picture.read()]);
    this.#lookTime = performance.now() - start;
    const seen = this.#choose(faces, followed ?? this.#box);
    if (seen) {
      this.#unseen = 0;
      const steady = followed !== undefined && iou(seen, followed) >= LEAST_OVERLAP;
      this.#box = steady ? between(followed, seen, CORRECTION) : seen;
    } else {
      // What is followed well may be missed once: a hand over the mouth, the edge of a threshold.
      this.#unseen++;
      this.#box = this.#unseen > 1 ? undefined : followed;
    }
    this.#patch = this.#box && patchOf(picture, this.#box);
  }

  #choose(faces: readonly FaceBox[], known: Box | undefined): FaceBox | undefined {
    const closest = known && faces.toSorted((a, b) => iou(b, known) - iou(a, known))[0];
    if (closest && iou(closest, known) > 0.1) return closest;
    if (this.#faceIndex === undefined) return faces.toSorted((a, b) => area(b) - area(a))[0];
    return faces.toSorted((a, b) => a.left + a.right - b.left - b.right)[this.#faceIndex];
  }
}

function patchOf(picture: LivePicture, box: Box): Patch {
  const step = (box.right - box.left) / PATCH_WIDTH;
  return new Patch(greyMap(around(picture, box, 0), box.left, box.top, step, PATCH_WIDTH, PATCH_HEIGHT));
}

/** The part of a picture in and around a box; at least a pixel. */
function around(picture: LivePicture, box: Box, margin: number): Region {
  const part: Rectangle = insidePicture(picture, {
    left: box.left - margin,
    top: box.top - margin,
    right: box.right + margin,
    bottom: box.bottom + margin,
  });
  return { frame: picture.read(part), left: part.left, top: part.top };
}

/** The whole pixels of a box that lie in a picture, never none. */
export function insidePicture({ width, height }: Pick<LivePicture, 'width' | 'height'>, box: Box): Rectangle {
  const left = Math.min(Math.max(0, Math.round(box.left)), width - 1);
  const top = Math.min(Math.max(0, Math.round(box.top)), height - 1);
  const right = Math.max(left + 1, Math.min(width, Math.round(box.right)));
  const bottom = Math.max(top + 1, Math.min(height, Math.round(box.bottom)));
  return { left, top, right, bottom };
}

function between(a: Box, b: Box, part: number): Box {
  const mix = (side: keyof Box) => a[side] + (b[side] - a[side]) * part;
  return { left: mix('left'), top: mix('top'), right: mix('right'), bottom: mix('bottom') };
}
