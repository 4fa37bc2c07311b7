import type { Rectangle } from '../../media/crop.ts';
import type { MediaInput } from '../../media/media_platform.ts';
import type { PasteStyle } from '../../media/paste.ts';
import { UserError } from '../../utils/errors.ts';

/** Settings of a lip-sync run. Names and meanings are those of Wav2Lip's inference, where it has them. */
export interface LipsyncOptions {
  /** Video or still image with the face. */
  readonly face: MediaInput;
  /** Voice: a sound file, or a video for its sound. */
  readonly audio: MediaInput;
  /** MP4 to write, or a pattern such as `frames/%05d.png` for lossless pictures. */
  readonly output: string;
  /** Pixels added to a detected face at the top, bottom, left and right. */
  readonly pads: Sides;
  /** The face's place in every frame, instead of detection; all -1 for detection. */
  readonly box: Sides;
  /** The face video is first made this many times smaller. */
  readonly resizeFactor: number;
  /** The face video is then turned clockwise by 90 degrees. */
  readonly rotate: boolean;
  /** Then only this part is kept; -1 at the bottom or right is the edge. */
  readonly crop: Sides;
  /** Detected boxes are smoothed over time. */
  readonly smooth: boolean;
  /** Only the first frame of the video is used. */
  readonly static: boolean;
  /** Frames per second made from a still image. */
  readonly frameRate: number;
  /** Faces redrawn at a time. */
  readonly batchSize: number;
  /** Frames searched for faces at a time. */
  readonly detectionBatchSize: number;
  /** When the voice is longer than the video: play it again from its start, or stop with it. */
  readonly loop: 'repeat' | 'stop';
  /** Fade the redrawn lower face into the frame, or paste the whole box with hard edges. */
  readonly paste: PasteStyle;
  /** Frames without a face: copy them unchanged, or give up. */
  readonly onMissingFace: 'keep' | 'fail';
  /** Which face to follow, counted from 0 from left to right; by default the largest. */
  readonly faceIndex?: number;
}

/** Four numbers of pixels, in the order of the reference's command line: top, bottom, left, right. */
export type Sides = readonly [top: number, bottom: number, left: number, right: number];

/** The settings that apply where nothing else is asked for. */
export const lipsyncDefaults = {
  pads: [0, 10, 0, 0],
  box: [-1, -1, -1, -1],
  resizeFactor: 1,
  rotate: false,
  crop: [0, -1, 0, -1],
  smooth: true,
  static: false,
  frameRate: 25,
  batchSize: 32,
  detectionBatchSize: 32,
  loop: 'repeat',
  paste: 'soft',
  onMissingFace: 'keep',
} as const satisfies Partial<LipsyncOptions>;

/**
 * The rectangle that sides mean in a picture of this size; -1 at the bottom or right is the edge. Throws a
 * `UserError` when it is empty or reaches outside.
 */
export function rectangleFromSides(sides: Sides, width: number, height: number, option: string): Rectangle {
  const [top, bottom, left, right] = sides;
  const rectangle = { top, bottom: bottom === -1 ? height : bottom, left, right: right === -1 ? width : right };
  const inside =
    0 <= rectangle.top &&
    rectangle.top < rectangle.bottom &&
    rectangle.bottom <= height &&
    0 <= rectangle.left &&
    rectangle.left < rectangle.right &&
    rectangle.right <= width;
  if (inside) return rectangle;
  throw new UserError(
    `${option} ${sides.join(',')} (top, bottom, left, right) is not a rectangle inside the ${width}x${height} picture.`,
  );
}

/** True when the box is given, so that faces need not be searched for. */
export function hasBox(options: Pick<LipsyncOptions, 'box'>): boolean {
  return options.box[0] !== -1;
}
