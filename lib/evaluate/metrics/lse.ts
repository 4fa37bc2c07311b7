import { mfcc } from '../../audio/mfcc.ts';
import { UserError } from '../../utils/errors.ts';
import type { LoadedMetric, Metric } from '../metric.ts';
import { SyncNetV2 } from '../syncnet/syncnet_v2.ts';
import { atRate } from './at_rate.ts';
import { SYNC_RATE, type SyncNetwork, SyncScorer } from './sync_scorer.ts';

const SAMPLE_RATE = 16000;

/**
 * Lip-sync error (Prajwal et al., 2020): distance and confidence of SyncNet (Chung and Zisserman, 2016), and the shift
 * at which lips and sound fit best. The whole picture is what the network sees, as with LRS2's clips, so other
 * clips should show little more than the face. Clips of another rate are played at 25 pictures a second by repeating
 * or leaving out pictures.
 */
export const lse: Metric = {
  doc: "Lip-sync error by SyncNet: distance, confidence and the sound's lead.",
  values: [
    { name: 'LSE-D', unit: '', better: 'lower' },
    { name: 'LSE-C', unit: '', better: 'higher' },
    { name: 'LSE-offset', unit: 'frames', better: 'zero' },
  ],
  compares: false,
  load: async ({ loadWeights, lseCheckpointPath }) => {
    const network = new SyncNetV2();
    if (!(await loadWeights(network, lseCheckpointPath))) {
      throw new UserError(
        `LSE needs SyncNet's weights, and there are none at ${lseCheckpointPath}: run fetch-weights syncnet_v2, say with --lse-checkpoint-path where they are, or choose other --metrics.`,
      );
    }
    return scoredBy(network.prepare({ release: true }), () => network.dispose());
  },
};

/** The metric with a network that is at hand. */
export function scoredBy(network: SyncNetwork, dispose: () => void): LoadedMetric {
  return {
    dispose,
    start: async ({ name, frameRate, sound }) => {
      const samples = await sound(SAMPLE_RATE);
      const scorer = new SyncScorer(network, mfcc(samples), Math.floor((samples.length / SAMPLE_RATE) * SYNC_RATE));
      return {
        add: atRate(frameRate, SYNC_RATE, (frame) => scorer.add(frame)),
        finish: async () => {
          const { distance, confidence, offset } = await scorer.finish(name);
          return { 'LSE-D': distance, 'LSE-C': confidence, 'LSE-offset': offset };
        },
      };
    },
  };
}
