import type { Metric } from '../metric.ts';
import { frameMean } from './frame_mean.ts';

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
      start: frameMean('LMD', async (frame, real) => {
        const [generated, expected] = await landmarks.find([frame, real]);
        return generated && expected && pointDistance(centred(generated), centred(expected));
      }),
      dispose: () => landmarks.dispose(),
    };
  },
};
