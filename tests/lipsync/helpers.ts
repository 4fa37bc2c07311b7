import { fromFloat32 } from '../../lib/checkpoint/dtypes.ts';
import type { StateDictSource } from '../../lib/checkpoint/state_dict.ts';
import { fillWeight } from '../../lib/evaluate/parity/hashfill.ts';
import type { Frame } from '../../lib/media/frame.ts';
import type { MediaPlatform } from '../../lib/media/media_platform.ts';
import { Wav2LipAnimator } from '../../lib/model/audio_driven_talkingface/wav2lip/animator.ts';
import { Wav2LipGenerator } from '../../lib/model/audio_driven_talkingface/wav2lip/generator.ts';

/** A Wav2Lip animator whose weights follow from their names, as in the recorded cases. */
export async function hashFilledAnimator(seed = 1, gain = 1.4): Promise<Wav2LipAnimator> {
  const generator = new Wav2LipGenerator();
  const { entries } = generator.stateDict();
  const weights: StateDictSource = {
    entries,
    read: async (name) => {
      const info = entries.get(name)!;
      if (info.dtype !== 'F32') return { ...info, bytes: new Uint8Array(8) };
      return { ...info, bytes: fromFloat32(fillWeight(name, info.shape, { seed, gain }), 'F32') };
    },
  };
  await generator.loadStateDict(weights);
  return new Wav2LipAnimator(generator.prepare({ release: true }));
}

/** A media platform whose videos are handed to `onFrame` instead of being encoded. */
export function watching(media: MediaPlatform, onFrame: (frame: Frame, index: number) => void): MediaPlatform {
  return {
    ...media,
    createVideo: async (output) => {
      let index = 0;
      return {
        write: async (frame) => onFrame(frame, index++),
        finish: async () => output,
        abort: async () => {},
      };
    },
  };
}
