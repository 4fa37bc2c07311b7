import type { Metric } from '../metric.ts';
import { frameMean } from './frame_mean.ts';

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
      start: frameMean('CSIM-FaceRes', async (frame, real, { isFace }) => {
        const [generated, expected] = await identity.describe([frame, real], isFace);
        return generated && expected && cosine(generated, expected);
      }),
      dispose: () => identity.dispose(),
    };
  },
};

/** Of vectors of length 1. */
export const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
