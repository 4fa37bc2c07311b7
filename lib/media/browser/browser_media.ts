import type { MediaPlatform } from '../media_platform.ts';
import { openVideo, readSound } from './browser_reader.ts';
import { createVideo } from './browser_writer.ts';

/** Reads and writes media in a page or a worker with the browser's own codecs (WebCodecs). */
export const browserMedia: MediaPlatform = { openVideo, readSound, createVideo };
