import type { Rectangle } from '../../media/crop.ts';
import type { Frame, VideoFrame } from '../../media/frame.ts';
import { inBatches } from '../../utils/ahead.ts';
import type { FaceDetector } from '../../utils/face_detection/face_detector.ts';
import { FaceTracker, type Pads, type TrackedFace } from '../../utils/face_detection/face_tracker.ts';
import type { DataSettings } from './raw_dataset.ts';

/** A frame and where its face is; no box where there is none. */
export interface FoundFace {
  readonly frame: Frame;
  /** Counts from 0. */
  readonly index: number;
  readonly box: Rectangle | undefined;
}

/** Follows the largest face of a video, smoothed over time. */
export async function* foundFaces(
  frames: AsyncIterable<VideoFrame>,
  { width, height }: { readonly width: number; readonly height: number },
  detector: FaceDetector,
  settings: DataSettings,
): AsyncGenerator<FoundFace, void, undefined> {
  const tracker = new FaceTracker({ width, height, pads: settings.get('pads') as Pads });
  const waiting: Frame[] = [];
  const decide = function* (tracked: readonly TrackedFace[]) {
    for (const { index, box } of tracked) yield { frame: waiting.shift() as Frame, index, box };
  };
  for await (const batch of inBatches(frames, settings.get('preprocess_batch_size'))) {
    const found = await detector.detect(batch);
    for (const [i, frame] of batch.entries()) {
      waiting.push(frame);
      yield* decide(tracker.push(frame.index, found[i]));
    }
  }
  yield* decide(tracker.flush());
}

/** Pictures that are faces as a whole; numbers that are missing are frames without a face. */
export async function* croppedFaces(frames: AsyncIterable<VideoFrame>): AsyncGenerator<FoundFace, void, undefined> {
  let next = 0;
  for await (const frame of frames) {
    for (; next < frame.index; next++) yield { frame, index: next, box: undefined };
    const box = { left: 0, top: 0, right: frame.width, bottom: frame.height };
    yield { frame, index: next++, box };
  }
}
