import { UserError } from '../../utils/errors.ts';
import type { Metric } from '../metric.ts';
import { RunningMean } from '../running_mean.ts';

/** Mean distance of corresponding points, in the points' unit: `x, y` pairs. */
export function pointDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 2) sum += Math.hypot(a[i] - b[i], a[i + 1] - b[i + 1]);
  return (2 * sum) / a.length;
}

/** Points moved so that their mean is the origin. */
export function centred(points: Float32Array): Float32Array {
  const mean = [0, 0];
  for (let i = 0; i < points.length; i++) mean[i % 2] += (2 * points[i]) / points.length;
  return points.map((value, i) => value - mean[i % 2]);
}

/**
 * Landmark distance of the mouth (Chen et al., 2018): how far the points of the generated mouth are from those of the
 * real one, in pixels of the frame, after both have been moved to one centre, so that the mouth's shape counts and not where it
 * is. Frames in which either has no face are left out.
 */
export const lmd: Metric = {
  doc: "Distance of the mouth's outline from the real one, in shape alone.",
  values: [{ name: 'LMD', unit: 'px', better: 'lower' }],
  compares: true,
  load: async (resources) => {
    const landmarks = await resources.mouthLandmarks();
    return {
      start: ({ name }) => {
        const mean = new RunningMean();
        return {
          add: async (frame, real) => {
            const [generated, expected] = await landmarks.find([frame, real]);
            if (generated && expected) mean.add(pointDistance(centred(generated), centred(expected)));
          },
          finish: () => {
            if (mean.count === 0)
              throw new UserError(`LMD found no frame of ${name} with a face in both clips; leave this metric out.`);
            return { LMD: mean.value };
          },
        };
      },
      dispose: () => landmarks.dispose(),
    };
  },
};
