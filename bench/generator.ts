import * as tf from '../lib/backend/tf.ts';
import type { TensorData } from '../lib/checkpoint/state_dict.ts';
import { fillWeight } from '../lib/evaluate/parity/hashfill.ts';
import { Wav2LipGenerator } from '../lib/model/audio_driven_talkingface/wav2lip/generator.ts';

/** The generator with the same made-up weights in every process: speed does not depend on them. */
export async function benchGenerator(width = 1): Promise<Wav2LipGenerator> {
  const generator = new Wav2LipGenerator(width);
  const { entries } = generator.stateDict();
  const read = async (name: string): Promise<TensorData> => {
    const { dtype, shape } = entries.get(name)!;
    // What is not float32 are batch norm's counters.
    const values = dtype === 'F32' ? fillWeight(name, shape, { seed: 1, gain: 1.4 }) : new BigInt64Array(1);
    return { dtype, shape, bytes: new Uint8Array(values.buffer) };
  };
  await generator.loadStateDict({ entries, read });
  return generator;
}

/** Operations that a frame takes, in GFLOP: two for each product of a convolution, those with zeros around it included. */
export async function frameWork(generator: Wav2LipGenerator): Promise<number> {
  generator.eval();
  const { kernels } = await tf.profile(() =>
    tf.tidy(() => generator.forward(tf.zeros([1, 80, 16, 1]), tf.zeros([1, 96, 96, 6]))),
  );
  const convolutions = kernels.filter(({ name }) => name === 'FusedConv2D');
  const work = convolutions.map(({ inputShapes, outputShapes }) => {
    const [height, width, inChannels] = inputShapes[1] as number[];
    return 2 * height * width * inChannels * tf.util.sizeFromShape(outputShapes[0] as number[]);
  });
  return work.reduce((sum, value) => sum + value, 0) / 1e9;
}
