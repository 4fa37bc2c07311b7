import type { Frame } from '../../lib/media/frame.ts';
import type { MediaInput, MediaPlatform } from '../../lib/media/media_platform.ts';
import { UserError } from '../../lib/utils/errors.ts';

/** A clip that is made as it is read. */
export interface MadeClip {
  readonly count: number;
  readonly make: (index: number) => Frame;
  readonly frameRate?: number;
}

/** Media whose files are clips made by functions; counts how many are open and how many frames were made. */
export function memoryMedia(clips: Readonly<Record<string, MadeClip>>) {
  const seen = { open: 0, frames: 0 };
  const media: MediaPlatform = {
    async openVideo(input: MediaInput) {
      const clip = clips[String(input)];
      if (!clip) throw new UserError(`There is no file ${input}.`);
      const { count, make, frameRate = 25 } = clip;
      const { width, height } = make(0);
      seen.open++;
      return {
        ...{ width, height, frameRate, duration: count / frameRate, frameCount: count, still: false },
        async *frames() {
          for (let index = 0; index < count; index++) {
            seen.frames++;
            yield { ...make(index), index, timestamp: index / frameRate };
          }
        },
        async close() {
          seen.open--;
        },
      };
    },
    readSound: async (input) => {
      throw new UserError(`${input} has no sound.`);
    },
    createVideo: () => Promise.reject(new Error('not used')),
  };
  return { media, seen };
}
