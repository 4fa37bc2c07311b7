import { UserError } from '../../utils/errors.ts';
import type { Metric } from '../metric.ts';
import { RunningMean } from '../running_mean.ts';

/**
 * Whether the person stays the same: cosine between the descriptions of the faces in each generated and the real frame,
 * by FaceRes. Papers that speak of CSIM mostly mean ArcFace's descriptions, so that their numbers do not compare with these. Frames in which
 * either has no face are left out.
 */
export const csim: Metric = {
  doc: "Likeness of each frame's face to the real one by FaceRes (not ArcFace, which papers use).",
  values: [{ name: 'CSIM-FaceRes', unit: '', better: 'higher' }],
  compares: true,
  load: async (resources) => {
    const identity = await resources.faceIdentity();
    return {
      start: ({ name, isFace }) => {
        const mean = new RunningMean();
        return {
          add: async (frame, real) => {
            const [generated, expected] = await identity.describe([frame, real], isFace);
            if (generated && expected) mean.add(cosine(generated, expected));
          },
          finish: () => {
            if (mean.count === 0)
              throw new UserError(`CSIM found no frame of ${name} with a face in both clips; leave this metric out.`);
            return { 'CSIM-FaceRes': mean.value };
          },
        };
      },
      dispose: () => identity.dispose(),
    };
  },
};

/** Of vectors of length 1. */
export const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
