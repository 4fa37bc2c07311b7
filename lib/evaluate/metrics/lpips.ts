import * as tf from '../../backend/tf.ts';
import type { Frame } from '../../media/frame.ts';
import { UserError } from '../../utils/errors.ts';
import { type Backbone, LpipsNetwork } from '../lpips/lpips_network.ts';
import type { Metric } from '../metric.ts';
import { frameMean } from './frame_mean.ts';

/** Names as published. */
const files = { alex: ['alexnet-owt-7be5be79.pth', 'alex.pth'], vgg: ['vgg16-397923af.pth', 'vgg.pth'] } as const;
/** The smallest picture of which every map has a pixel. */
const LEAST = 35;

/** Learned perceptual distance (Zhang et al., 2018) of each frame from the real one, by AlexNet, as is usual. */
export const lpips = lpipsBy('alex', 'LPIPS', 'lpips');

/** The same by VGG-16. */
export const lpipsVgg = lpipsBy('vgg', 'LPIPS-VGG', 'lpips-vgg');

function lpipsBy(backbone: Backbone, name: string, weights: string): Metric {
  return {
    doc: `Perceptual distance of each frame from the real one, by ${backbone === 'alex' ? 'AlexNet' : 'VGG-16'}.`,
    values: [{ name, unit: '', better: 'lower' }],
    compares: true,
    load: async ({ loadWeights, lpipsCheckpointDir: folder }) => {
      const network = new LpipsNetwork(backbone);
      const [features, linear] = files[backbone].map((file) => `${folder}/${file}`);
      if (!(await loadWeights(network, [features, linear], (entry) => !entry.startsWith('classifier.')))) {
        throw new UserError(
          `${name} needs weights, and there are none at ${features} and ${linear}: run fetch-weights ${weights}, say with --lpips-checkpoint-dir where they are, or choose other --metrics.`,
        );
      }
      return {
        dispose: () => network.dispose(),
        start: frameMean(name, (frame, real) => distance(network, frame, real), LEAST),
      };
    },
  };
}

async function distance(network: LpipsNetwork, frame: Frame, real: Frame): Promise<number> {
  const output = tf.tidy(() => network.forward(pixels(frame), pixels(real)).distance);
  const [value] = await output.data();
  output.dispose();
  return value;
}

const pixels = ({ data, width, height }: Frame): tf.Tensor4D =>
  tf.tensor4d(Float32Array.from(data), [1, height, width, 3]).div<tf.Tensor4D>(127.5).sub<tf.Tensor4D>(1);
