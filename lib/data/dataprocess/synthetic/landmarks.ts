import { faceToPicture, type HeadPose } from './head.ts';
import type { HeadLook } from './look.ts';
import { mouthOutline } from './mouth.ts';

export type Point = [x: number, y: number];

/** Where parts of a drawn face are, in pixels from the left and top of the picture. */
export interface HeadLandmarks {
  /** Numbers 48 to 67 of the usual 68: outer lips from the left corner over the top, then inner lips. */
  readonly mouth: readonly Point[];
  /** Corners of the eyes from left to right. */
  readonly eyes: readonly Point[];
  readonly nose: Point;
  readonly chin: Point;
}

/** The exact landmarks of what `drawHead` draws; `left` and `right` are the picture's. */
export function headLandmarks(side: number, pose: HeadPose, look: HeadLook): HeadLandmarks {
  const outline = mouthOutline(pose, look);
  const place = (u: number, v: number) => faceToPicture(side, pose, look, u, v);
  const lip = (share: number, edge: 'top' | 'gapTop' | 'gapBottom' | 'bottom') =>
    place(share * outline.half, outline.at(share * outline.half)[edge]);
  const inner = 0.85;
  const eye = (share: number) =>
    place(Math.sign(share) * look.eyeDistance + (share - 1.5 * Math.sign(share)) * 0.3 * look.eyeSize, -0.06);
  return {
    mouth: [
      ...[-1, -0.65, -0.25, 0, 0.25, 0.65, 1].map((share) => lip(share, 'top')),
      ...[0.65, 0.25, 0, -0.25, -0.65].map((share) => lip(share, 'bottom')),
      ...[-inner, -0.35, 0, 0.35, inner].map((share) => lip(share, 'gapTop')),
      ...[0.35, 0, -0.35].map((share) => lip(share, 'gapBottom')),
    ],
    eyes: [eye(-2), eye(-1), eye(1), eye(2)],
    nose: place(0, 0.24),
    chin: place(0, 0.97),
  };
}
