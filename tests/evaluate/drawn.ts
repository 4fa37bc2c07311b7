import { drawnClip } from '../../lib/data/dataprocess/synthetic/speaker.ts';
import type { VideoFrame } from '../../lib/media/frame.ts';

/** Pixels along a side. */
export const DRAWN_SIDE = 160;

/** A drawn speaker whom no bundled weights have seen: every `step`-th frame, and the sound at 16 kHz. */
export async function drawn(speaker: number, { clip = 0, seconds = 3, step = 1 } = {}) {
  const seeds = { speakerSeed: 7000 + speaker, clipSeed: 8000 + speaker + 100 * clip };
  const { frames, sound } = drawnClip({ ...seeds, seconds, frameRate: 25, side: DRAWN_SIDE });
  const all: VideoFrame[] = [];
  for await (const frame of frames()) if (frame.index % step === 0) all.push(frame);
  return { frames: all, samples: sound.samples };
}
