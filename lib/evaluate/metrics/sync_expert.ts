import { melSpectrogram, WAV2LIP_MEL } from '../../audio/mel_spectrogram.ts';
import { UserError } from '../../utils/errors.ts';
import { type FaceCrop, FaceCrops } from '../face_crops.ts';
import type { Metric } from '../metric.ts';
import { atRate } from './at_rate.ts';
import { EXPERT_RATE, ExpertScorer } from './expert_scorer.ts';

/**
 * How lips and sound fit, by an expert that this toolkit trained (Prajwal et al. 2020, section 3.2) in place of SyncNet, whose
 * weights are not free. Not LSE: another network, another scale, and what it was trained on decides whom it can judge. It
 * looks at the mean cosine between lips and sound at each shift of up to 15 pictures, as LSE does at distances. Clips of
 * another rate are played at 25 pictures a second by repeating or leaving out pictures.
 */
export const syncExpert: Metric = {
  doc: "Lip-sync by the toolkit's own expert, which is not LSE: how far lips and sound match, how clearly, and the sound's lead.",
  values: [
    { name: 'SyncExpert-match', unit: '', better: 'higher' },
    { name: 'SyncExpert-C', unit: '', better: 'higher' },
    { name: 'SyncExpert-offset', unit: 'frames', better: 'zero' },
  ],
  compares: false,
  load: async (resources) => {
    const expert = await resources.syncExpert();
    if (!expert) {
      throw new UserError(
        'sync-expert needs a trained expert and there is none: train one with --model=syncnet and give its folder as --sync_expert_checkpoint_path, or choose other --metrics.',
      );
    }
    expert.prepare({ release: true });
    const detector = await resources.faceDetector();
    return {
      dispose: () => {
        expert.dispose();
        detector.dispose();
      },
      start: async (clip) => {
        const mel = melSpectrogram(await clip.sound(WAV2LIP_MEL.sampleRate));
        const scorer = new ExpertScorer(expert, mel);
        const crops = new FaceCrops(clip, detector);
        const play = atRate(clip.frameRate, EXPERT_RATE, (face: FaceCrop) => scorer.add(face));
        let curve: readonly number[] = [];
        const take = async (faces: readonly FaceCrop[]) => {
          for (const face of faces) await play(face);
        };
        return {
          add: async (frame) => take(await crops.add(frame)),
          finish: async () => {
            await take(crops.finish());
            const result = await scorer.finish();
            if (!result) {
              throw new UserError(
                `${clip.name} is too short for sync-expert, which needs a face and sound for 0.8 s in a row; leave it out.`,
              );
            }
            curve = result.curve;
            const { match, confidence, offset } = result;
            return { 'SyncExpert-match': match, 'SyncExpert-C': confidence, 'SyncExpert-offset': offset };
          },
          curves: () => ({ 'SyncExpert-match': curve }),
        };
      },
    };
  },
};
