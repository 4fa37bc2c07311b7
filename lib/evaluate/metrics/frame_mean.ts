import type { Frame } from '../../media/frame.ts';
import { UserError } from '../../utils/errors.ts';
import { type ClipInfo, type LoadedMetric, requireSize } from '../metric.ts';
import { RunningMean } from '../running_mean.ts';

/** The number of a frame, or of a frame and the real one; undefined where either has no face. */
type FrameScore = (frame: Frame, real: Frame, clip: ClipInfo) => number | undefined | Promise<number | undefined>;

/**
 * Scores clips by the mean of their frames' numbers, under the metric's one name.
 *
 * @param least pixels that a side of the pictures must have
 */
export function frameMean(name: string, score: FrameScore, least = 1): LoadedMetric['start'] {
  return (clip) => {
    requireSize(clip, name, least);
    const mean = new RunningMean();
    return {
      add: async (frame, real) => {
        const value = await score(frame, real, clip);
        if (value !== undefined) mean.add(value);
      },
      finish: () => {
        if (mean.count === 0)
          throw new UserError(
            `${name} found no frame of ${clip.name} with a face in both clips; leave this metric out.`,
          );
        return { [name]: mean.value };
      },
    };
  };
}
