import { Wav2LipAnimator } from '../lib/model/audio_driven_talkingface/wav2lip/animator.ts';
import { Wav2LipGenerator } from '../lib/model/audio_driven_talkingface/wav2lip/generator.ts';
import { widthOf } from '../lib/model/audio_driven_talkingface/wav2lip/width.ts';
import { withWeights } from '../lib/model/weights_file.ts';
import { nodeFiles } from './platform/file_store.ts';

/** Loads a generator of whatever width, from a checkpoint or from the best one of a run's folder. */
export async function loadAnimator(path: string): Promise<Wav2LipAnimator> {
  const generator = await withWeights(nodeFiles, path, async (weights) => {
    const generator = new Wav2LipGenerator(widthOf('generator', weights));
    await generator.loadStateDict(weights);
    return generator.prepare({ release: true });
  });
  return new Wav2LipAnimator(generator);
}
