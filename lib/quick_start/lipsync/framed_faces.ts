import type { Rectangle } from '../../media/crop.ts';
import { inBatches } from '../../utils/ahead.ts';
import { UserError } from '../../utils/errors.ts';
import type { FaceBox, FaceDetector } from '../../utils/face_detection/face_detector.ts';
import type { StageClock } from '../../utils/stage_clock.ts';
import { hasBox, type LipsyncOptions, rectangleFromSides } from './options.ts';
import { nameOf, type SourceFrame } from './source_frames.ts';

/** A frame and where its face is; no box where there is none. */
export interface FramedFace extends SourceFrame {
  readonly box?: Rectangle;
}

/** Finds the face to redraw in each frame: the box that was given, or what the detector sees, smoothed over time. */
export async function* framedFaces(
  frames: AsyncIterable<SourceFrame>,
  options: LipsyncOptions,
  detector: FaceDetector | undefined,
  clock: StageClock,
): AsyncGenerator<FramedFace, void, undefined> {
  if (hasBox(options)) {
    for await (const shot of frames) {
      const { width, height } = shot.frame;
      yield { ...shot, box: rectangleFromSides(options.box, width, height, '--box') };
    }
    return;
  }
  if (detector === undefined) throw new Error('Faces have to be found, but no detector was given.');
  const found: FramedFace[] = [];
  const look = async (batch: SourceFrame[]): Promise<(FaceBox | undefined)[]> => {
    const faces = await clock.time('find faces', () => detector.detect(batch.map(({ frame }) => frame)));
    return faces.map((list) => list[0]);
  };
  for await (const batch of inBatches(frames, options.detectionBatchSize)) {
    const boxes = await look(batch);
    for (const [i, shot] of batch.entries()) yield { ...shot, box: padded(boxes[i], shot, options) };
  }
  void found;
}

function padded(face: FaceBox | undefined, shot: SourceFrame, options: LipsyncOptions): Rectangle | undefined {
  if (face === undefined) {
    if (options.onMissingFace === 'keep') return undefined;
    throw new UserError(
      `Frame ${shot.sourceIndex} of ${nameOf(options.face)} has no face; pass --on-missing-face=keep to copy it unchanged.`,
    );
  }
  const { width, height } = shot.frame;
  const [top, bottom, left, right] = options.pads;
  const rectangle = {
    top: Math.max(0, Math.trunc(face.top) - top),
    bottom: Math.min(height, Math.trunc(face.bottom) + bottom),
    left: Math.max(0, Math.trunc(face.left) - left),
    right: Math.min(width, Math.trunc(face.right) + right),
  };
  const empty = rectangle.top >= rectangle.bottom || rectangle.left >= rectangle.right;
  return empty ? undefined : rectangle;
}
