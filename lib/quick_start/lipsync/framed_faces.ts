import type { Rectangle } from '../../media/crop.ts';
import { inBatches } from '../../utils/ahead.ts';
import { UserError } from '../../utils/errors.ts';
import type { FaceDetector } from '../../utils/face_detection/face_detector.ts';
import { FaceTracker, type TrackedFace } from '../../utils/face_detection/face_tracker.ts';
import type { StageClock } from '../../utils/stage_clock.ts';
import { type LipsyncOptions, rectangleFromSides } from './options.ts';
import { nameOf, type SourceFrame } from './source_frames.ts';

/** A frame and where its face is; no box where there is none. */
export interface FramedFace extends SourceFrame {
  readonly box: Rectangle | undefined;
}

type Frames = AsyncIterable<SourceFrame>;
type Faces = AsyncGenerator<FramedFace, void, undefined>;

/** Puts the box that was given around the face of every frame. */
export async function* boxedFaces(frames: Frames, { box }: LipsyncOptions): Faces {
  for await (const shot of frames) {
    yield { ...shot, box: rectangleFromSides(box, shot.frame.width, shot.frame.height, '--box') };
  }
}

/**
 * Finds the face to redraw in each frame and smooths its place over time. The boxes are kept, four numbers a
 * frame, and serve again when the video is played again. Throws a `UserError` for a frame without a face if
 * the options say so.
 */
export async function* foundFaces(
  frames: Frames,
  options: LipsyncOptions,
  detector: FaceDetector | undefined,
  clock: StageClock,
): Faces {
  if (detector === undefined) throw new Error('Without --box a face detector is needed.');
  const boxes: (Rectangle | undefined)[] = [];
  const waiting: SourceFrame[] = [];
  let tracker: FaceTracker | undefined;

  const decide = function* (tracked: readonly TrackedFace[]) {
    for (const { box } of tracked) {
      const shot = waiting.shift() as SourceFrame;
      if (box === undefined && options.onMissingFace === 'fail') throw noFace(shot, options);
      boxes.push(box);
      yield { ...shot, box };
    }
  };

  for await (const batch of inBatches(frames, options.detectionBatchSize)) {
    const unseen = batch.filter(({ index, sourceIndex }) => index === sourceIndex);
    const pictures = unseen.map(({ frame }) => frame);
    const found = pictures.length === 0 ? [] : await clock.time('find faces', () => detector.detect(pictures));
    for (const [i, shot] of unseen.entries()) {
      const { width, height } = shot.frame;
      const { faceIndex, smooth, pads } = options;
      tracker ??= new FaceTracker({ width, height, faceIndex, smooth, pads });
      waiting.push(shot);
      yield* decide(tracker.push(shot.index, found[i]));
    }
    if (unseen.length === batch.length) continue;
    yield* decide(tracker?.flush() ?? []);
    for (const shot of batch.slice(unseen.length)) yield { ...shot, box: boxes[shot.sourceIndex] };
  }
  yield* decide(tracker?.flush() ?? []);
}

function noFace({ sourceIndex }: SourceFrame, { face }: LipsyncOptions): UserError {
  const where = `Frame ${sourceIndex} of ${nameOf(face)}`;
  return new UserError(`${where} has no face; pass --on-missing-face=keep to copy it unchanged.`);
}
