import type { FaceBox } from '../face_detector.ts';
import type { BlazeFace } from './decode.ts';

/*
 * BlazeFace's box is about square from above the eyebrows to below the lips and as wide as the ears; detectors
 * trained on WIDER FACE enclose forehead to chin without the ears. The numbers are a least-squares fit, every
 * clip of equal weight, to the boxes of a RetinaFace (MobileNet 0.25, WIDER FACE) over 17 clips and pictures at
 * face sizes from 1/10 to the whole of the view. On clips left out of the fit the mean intersection over union
 * rose from 0.72 to 0.87.
 */
const width = 0.9;
const top = -0.718;
const bottom = 0.533;
/** The visible face moves from the head's centre toward where it looks. */
const turn = 0.157;

/** The box a detector trained on WIDER FACE gives for a face. */
export function widerFaceBox({ left, top: upper, right, bottom: lower, score, points }: BlazeFace): FaceBox {
  const size = (right - left + lower - upper) / 2;
  const noseX = points[4];
  const earsX = (points[8] + points[10]) / 2;
  const x = (left + right) / 2 + turn * (noseX - earsX);
  const y = (upper + lower) / 2;
  return {
    left: x - (width / 2) * size,
    top: y + top * size,
    right: x + (width / 2) * size,
    bottom: y + bottom * size,
    score,
  };
}
