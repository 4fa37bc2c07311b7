import type { Frame, VideoFrame } from './frame.ts';

/** A decoded picture and when it is shown, in s. */
export interface TimedFrame {
  readonly frame: Frame;
  readonly timestamp: number;
}

/**
 * Places pictures on a regular grid of `frameRate` pictures a second, counted from the first: each goes to the
 * nearest place, a place left empty repeats the picture before, and of several pictures at one place the first
 * stays. A video of constant rate passes unchanged; one of variable rate keeps its timing, so that sound stays in
 * step.
 */
export async function* atConstantRate(
  frames: AsyncIterable<TimedFrame>,
  frameRate: number,
): AsyncGenerator<VideoFrame> {
  let start: number | undefined;
  let held: Frame | undefined;
  let index = 0;
  const placed = (frame: Frame): VideoFrame => ({ ...frame, index, timestamp: index / frameRate });
  for await (const { frame, timestamp } of frames) {
    start ??= timestamp;
    const place = Math.round((timestamp - start) * frameRate);
    if (held) {
      if (place <= index) continue;
      // Whoever gets a picture may paint on it: repetitions are copies, made before the picture itself is given.
      for (; index < place - 1; index++) yield placed({ ...held, data: held.data.slice() });
      yield placed(held);
      index++;
    }
    held = frame;
  }
  if (held) yield placed(held);
}
