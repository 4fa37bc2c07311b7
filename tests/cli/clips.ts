import { writeFile } from 'node:fs/promises';
import { drawHead } from '../../lib/data/dataprocess/synthetic/head.ts';
import { idlePose } from '../../lib/data/dataprocess/synthetic/idle_motion.ts';
import { speak } from '../../lib/data/dataprocess/synthetic/voice.ts';
import type { Frame } from '../../lib/media/frame.ts';
import { encodeWav } from '../../lib/media/wav.ts';
import { nodeMedia } from '../../node-harness/platform/media.ts';

/** Pixels along a side of the clips. */
export const SIDE = 160;

/** Frames per second of the clips. */
export const RATE = 20;

/** A still face of the drawn person. */
export const face: Frame = drawHead(SIDE, idlePose(0));

/** A wall with nobody in front of it. */
export const wall: Frame = { data: new Uint8Array(SIDE * SIDE * 3).fill(130), width: SIDE, height: SIDE };

/** Writes an MP4 of these frames, without sound. */
export async function writeClip(path: string, frames: readonly Frame[]): Promise<void> {
  const writer = await nodeMedia.createVideo(path, { width: SIDE, height: SIDE, frameRate: RATE });
  for (const frame of frames) await writer.write(frame);
  await writer.finish();
}

/** Writes a voice that lasts for `seconds`, to the sample. */
export async function writeVoice(path: string, seconds: number): Promise<void> {
  const { samples, sampleRate } = speak('_ M AA M AA _ B AA B AA _ '.repeat(Math.ceil(seconds)));
  await writeFile(path, encodeWav({ samples: samples.subarray(0, Math.round(seconds * sampleRate)), sampleRate }));
}
