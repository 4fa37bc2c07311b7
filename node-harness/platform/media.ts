import { registerMediabunnyServer, toAvFrame } from '@mediabunny/server';
import { BlobSource, FilePathSource, Logging, LogLevel, type Source, type VideoSample } from 'mediabunny';
import * as av from 'node-av';
import type { Frame } from '../../lib/media/frame.ts';
import { isImageSequence } from '../../lib/media/image_sequence.ts';
import type {
  MediaInput,
  MediaPlatform,
  Sound,
  VideoReader,
  VideoWriter,
  VideoWriterOptions,
} from '../../lib/media/media_platform.ts';
import { openMediabunnySound, openMediabunnyVideo, type SampleConverter } from '../../lib/media/mediabunny_reader.ts';
import { orient } from '../../lib/media/orient.ts';
import { readMono, type SoundReader } from '../../lib/media/sound.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { openFfmpegSound, openFfmpegVideo } from './media_ffmpeg.ts';
import { requireFile } from './media_files.ts';
import { createMp4 } from './media_mp4.ts';
import { createImageSequence } from './media_png.ts';
import { ToRgb } from './media_scale.ts';

registerMediabunnyServer();
av.Log.setLevel(av.AV_LOG_QUIET);
// What mediabunny does not know is opened in another way, or reported as an error.
Logging.level = LogLevel.Errors;

/** Reads and writes media in Node: mediabunny with FFmpeg's codecs, FFmpeg alone for what mediabunny does not know. */
export const nodeMedia: MediaPlatform = { openVideo, readSound, createVideo };

async function openVideo(input: MediaInput): Promise<VideoReader> {
  const { name, source } = await openSource(input);
  return (await openMediabunnyVideo(source, name, () => new SampleToRgb())) ?? openFfmpegVideo(requirePath(input));
}

class SampleToRgb implements SampleConverter {
  readonly #toRgb = new ToRgb();

  async convert(sample: VideoSample): Promise<Frame> {
    const decoded = new av.Frame();
    decoded.alloc();
    try {
      await toAvFrame(sample, decoded);
      return orient(this.#toRgb.convert(decoded), { rotation: sample.rotation, flip: sample.flip });
    } finally {
      decoded.free();
    }
  }

  close(): void {
    this.#toRgb.close();
  }
}

async function readSound(input: MediaInput, sampleRate: number): Promise<Sound> {
  const reader = await openSound(input);
  try {
    return await readMono(reader, sampleRate);
  } finally {
    await reader.close();
  }
}

/** Files by FFmpeg, which cuts the silence that encoders add; data in memory by mediabunny. */
async function openSound(input: MediaInput): Promise<SoundReader> {
  const { name, source } = await openSource(input);
  const reader = typeof input === 'string' ? await openFfmpegSound(input) : await openMediabunnySound(source, name);
  if (reader) return reader;
  if (reader === undefined) requirePath(input);
  throw new UserError(`${name} has no sound track; use a file with sound.`);
}

async function createVideo(output: string, options: VideoWriterOptions): Promise<VideoWriter> {
  if (isImageSequence(output)) return createImageSequence(output, options);
  const sound = options.audio === undefined ? undefined : await openSound(options.audio);
  try {
    return await createMp4(output, options, sound);
  } catch (error) {
    await sound?.close();
    throw error;
  }
}

async function openSource(input: MediaInput): Promise<{ name: string; source: Source }> {
  if (typeof input !== 'string') return { name: nameOf(input), source: new BlobSource(input) };
  await requireFile(input);
  return { name: input, source: new FilePathSource(input) };
}

function nameOf(blob: Blob): string {
  return blob instanceof File ? blob.name : 'The data given';
}

function requirePath(input: MediaInput): string {
  if (typeof input === 'string') return input;
  throw new UserError(`${nameOf(input)} is in a format that can be read from a file only; give its path.`);
}
