import * as tf from '../../backend/tf.ts';
import type { Frame } from '../../media/frame.ts';
import { UserError } from '../../utils/errors.ts';
import { FeatureStatistics } from '../feature_statistics.ts';
import { frechetDistance } from '../frechet_distance.ts';
import { INCEPTION_FEATURES, Inception } from '../inception/inception.ts';
import type { Metric } from '../metric.ts';

/** Pictures that are described at once. */
const BATCH = 8;

/**
 * Frechet Inception Distance (Heusel et al., 2017) between the frames of all generated and all real clips, with the
 * network and the resizing of the Python package `pytorch-fid`. It falls with the number of frames, so only numbers
 * of equally many compare.
 */
export const fid: Metric = {
  doc: 'Distance between the distributions of all generated and all real frames (FID).',
  values: [{ name: 'FID', unit: '', better: 'lower' }],
  compares: true,
  load: async ({ loadWeights, fidCheckpointPath }) => {
    const network = new Inception();
    if (!(await loadWeights(network, fidCheckpointPath, (name) => !name.startsWith('fc.')))) {
      throw new UserError(
        `FID needs weights, and there are none at ${fidCheckpointPath}: run fetch-weights fid, say with --fid-checkpoint-path where they are, or choose other --metrics.`,
      );
    }
    network.prepare({ release: true });
    let sets = emptySets();
    return {
      dispose: () => network.dispose(),
      start: () => {
        const taken: (readonly [Frame, FeatureStatistics])[] = [];
        const take = async () => {
          const some = taken.splice(0);
          if (some.length === 0) return;
          const rows = await features(
            network,
            some.map(([frame]) => frame),
          );
          for (const [i, [, statistics]] of some.entries()) statistics.add(rows[i]);
        };
        return {
          add: async (frame, real) => {
            taken.push([frame, sets.generated], [real, sets.real]);
            if (taken.length >= BATCH) await take();
          },
          finish: async () => {
            await take();
            return {};
          },
        };
      },
      begin: () => {
        sets = emptySets();
      },
      total: () => {
        const { generated, real } = sets;
        if (generated.count < 2) throw new UserError('FID needs two frames or more; leave this metric out.');
        return { FID: frechetDistance(generated, real) };
      },
    };
  },
};

const emptySets = () => ({
  generated: new FeatureStatistics(INCEPTION_FEATURES),
  real: new FeatureStatistics(INCEPTION_FEATURES),
});

/** Descriptions of pictures of one size. */
async function features(network: Inception, frames: readonly Frame[]): Promise<Float32Array[]> {
  const [{ width, height }] = frames;
  const pixels = new Float32Array(frames.length * width * height * 3);
  for (const [i, { data }] of frames.entries()) pixels.set(data, i * width * height * 3);
  const output = tf.tidy(() => network.forward(tf.tensor4d(pixels, [frames.length, height, width, 3]).div(255)));
  const values = await output.data();
  output.dispose();
  return frames.map((_, i) => values.subarray(i * INCEPTION_FEATURES, (i + 1) * INCEPTION_FEATURES) as Float32Array);
}
