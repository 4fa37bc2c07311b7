import type { MediaPlatform } from '../media_platform.ts';
import { openVideo, readSound } from './browser_reader.ts';
import { createVideo } from './browser_writer.ts';
import { type Convert, type ConvertFile, type FfmpegFiles, makeConvert } from './ffmpeg.ts';

/** What a page may have beside the browser's own codecs. */
export interface BrowserMediaOptions {
  /** For files that the browser cannot decode, such as AVI and MPEG; without it they are refused in a sentence. */
  readonly ffmpeg?: FfmpegFiles;
  /** Told, in a sentence, when a file is being converted first, which takes a while. */
  readonly onConvert?: (message: string) => void;
  /** Where files are converted; by default in this worker, which does nothing else meanwhile. */
  readonly convertFile?: ConvertFile;
}

/** Reads and writes media in a page or a worker with the browser's own codecs (WebCodecs), and reads more by FFmpeg. */
export function createBrowserMedia({ ffmpeg, onConvert, convertFile }: BrowserMediaOptions = {}): MediaPlatform {
  const convert: Convert = ffmpeg ? makeConvert(ffmpeg, onConvert, convertFile) : async () => undefined;
  return {
    openVideo: (input) => openVideo(input, convert),
    readSound: (input, sampleRate) => readSound(input, sampleRate, convert),
    createVideo: (output, options) => createVideo(output, options, convert),
  };
}

/** Reads and writes media with the browser's own codecs alone. */
export const browserMedia: MediaPlatform = createBrowserMedia();
