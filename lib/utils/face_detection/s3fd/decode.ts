import { groupByOverlap } from '../boxes.ts';
import type { FaceBox } from '../face_detector.ts';

/** One level's outputs (see `S3fdLevel`) for one picture. */
export interface LevelValues {
  readonly rows: number;
  readonly columns: number;
  /** rows * columns * 2: background and face, before the softmax. */
  readonly scores: ArrayLike<number>;
  /** rows * columns * 4: the box's centre (x, y) and logarithmic size (width, height) relative to the anchor. */
  readonly boxes: ArrayLike<number>;
}

/** Pixels between the cells of the first level; each level doubles it. */
const firstStride = 4;

/** Sides of an anchor per stride (the paper's equal-proportion interval). */
const anchorScale = 4;

/** By which the network's offsets of centre and size are multiplied. */
const centreVariance = 0.1;
const sizeVariance = 0.2;

const sameFaceOverlap = 0.3;

/** Faces with a confidence over `threshold` in the levels of one picture, the most certain first, in pixels of the network's input. */
export function decodeLevels(levels: readonly LevelValues[], threshold: number): FaceBox[] {
  const candidates = levels.flatMap((level, i) => candidatesOf(level, firstStride * 2 ** i, threshold));
  return groupByOverlap(candidates, sameFaceOverlap).map(([best]) => ({
    ...best,
    right: best.right - 1,
    bottom: best.bottom - 1,
  }));
}

/** Boxes one pixel larger to the right and bottom: the reference counts both edges in when it compares them. */
function candidatesOf({ rows, columns, scores, boxes }: LevelValues, stride: number, threshold: number): FaceBox[] {
  const candidates: FaceBox[] = [];
  const anchor = anchorScale * stride;
  for (let cell = 0; cell < rows * columns; cell++) {
    // The softmax of two scores.
    const score = 1 / (1 + Math.exp(scores[2 * cell] - scores[2 * cell + 1]));
    if (!(score > threshold)) continue;
    const x = ((cell % columns) + 0.5) * stride + boxes[4 * cell] * centreVariance * anchor;
    const y = (Math.floor(cell / columns) + 0.5) * stride + boxes[4 * cell + 1] * centreVariance * anchor;
    const width = anchor * Math.exp(boxes[4 * cell + 2] * sizeVariance);
    const height = anchor * Math.exp(boxes[4 * cell + 3] * sizeVariance);
    candidates.push({
      left: x - width / 2,
      top: y - height / 2,
      right: x + width / 2 + 1,
      bottom: y + height / 2 + 1,
      score,
    });
  }
  return candidates;
}
