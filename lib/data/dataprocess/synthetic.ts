import { encodeWav } from '../../media/wav.ts';
import { seedOf } from '../../utils/seed.ts';
import { type Part, parts } from '../dataset/dataset.ts';
import { writeFile } from '../file_store.ts';
import { type RawDataset, storedFrameRate } from './raw_dataset.ts';
import { drawnClip } from './synthetic/speaker.ts';

/** Names in the folder of a drawn clip, beside those of every clip. */
export const drawnFiles = { video: 'video.mp4', truth: 'truth.json' } as const;

/**
 * Speakers drawn and voiced by this toolkit from the run's seed. A speaker belongs to one part only. `video.mp4` is
 * the clip as a camera would have seen it, `truth.json` what is known about it (`DrawnTruth`).
 */
export const synthetic: RawDataset = {
  async clips(settings) {
    const perSpeaker = settings.get('clips_per_speaker');
    return Array.from({ length: settings.get('speakers') * perSpeaker }, (_, i) => {
      const id = `speaker${padded(Math.floor(i / perSpeaker))}/${padded(i % perSpeaker)}`;
      return { id, source: `${settings.get('preprocessed_root')}/${id}/${drawnFiles.video}` };
    });
  },

  async split(ids, settings) {
    const count = (fraction: number) =>
      fraction > 0 ? Math.max(1, Math.round(fraction * settings.get('speakers'))) : 0;
    const test = count(settings.get('test_fraction'));
    const val = count(settings.get('val_fraction'));
    const partOf = (id: string): Part => {
      const speaker = Number(/^speaker(\d+)/.exec(id)?.[1]);
      return speaker < test ? 'test' : speaker < test + val ? 'val' : 'train';
    };
    return Object.fromEntries(parts.map((part) => [part, ids.filter((id) => partOf(id) === part)])) as Record<
      Part,
      string[]
    >;
  },

  decisive: (settings) => ({
    seed: settings.get('seed'),
    seconds: settings.get('clip_seconds'),
    side: settings.get('frame_size'),
  }),

  async open({ id, source }, settings, { media }) {
    const seed = settings.get('seed');
    const side = settings.get('frame_size');
    const frameRate = storedFrameRate(settings);
    const clip = drawnClip({
      speakerSeed: seedOf(seed, id.split('/')[0]),
      clipSeed: seedOf(seed, id),
      seconds: settings.get('clip_seconds'),
      frameRate,
      side,
    });
    return {
      width: side,
      height: side,
      async *frames() {
        const audio = new Blob([encodeWav(clip.sound) as BlobPart]);
        const frameCount = clip.truth.frames.length;
        const video = await media.createVideo(source, { width: side, height: side, frameRate, frameCount, audio });
        try {
          for await (const frame of clip.frames()) {
            await video.write(frame);
            yield frame;
          }
          await video.finish();
        } finally {
          await video.abort();
        }
      },
      sound: async () => clip.sound,
      writeMore: (files, folder) => writeFile(files, `${folder}/${drawnFiles.truth}`, JSON.stringify(clip.truth)),
      close: async () => {},
    };
  },
};

const padded = (number: number): string => String(number).padStart(3, '0');
