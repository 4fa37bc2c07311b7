import { createBrowserMedia } from '../../../lib/media/browser/browser_media.ts';
import type { FfmpegFiles } from '../../../lib/media/browser/ffmpeg.ts';
import { firstColour } from './colour.ts';

/** What the worker tells of a file. */
export type Opened = Awaited<ReturnType<typeof open>>;

async function open({ file, ffmpeg }: { file: Blob; ffmpeg: FfmpegFiles }) {
  const messages: string[] = [];
  const media = createBrowserMedia({ ffmpeg, onConvert: (message) => messages.push(message) });
  const reader = await media.openVideo(file);
  let frames = 0;
  for await (const _ of reader.frames()) frames++;
  const { samples } = await media.readSound(file, 16000);
  const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
  const { width, height, frameRate } = reader;
  const colour = await firstColour(reader);
  return { width, height, frameRate, frames, colour, samples: samples.length, power, messages };
}

self.onmessage = async ({ data }: MessageEvent<Parameters<typeof open>[0]>) => {
  postMessage(await open(data).catch((error: Error) => ({ error: error.message })));
};
