import { open, rename, rm } from 'node:fs/promises';
import { registerMediabunnyServer, toAvFrame } from '@mediabunny/server';
import { BlobSource, FilePathSource, QUALITY_HIGH, type Source, StreamTarget } from 'mediabunny';
import * as av from 'node-av';
import type {
  MediaInput,
  MediaPlatform,
  Sound,
  VideoReader,
  VideoWriter,
  VideoWriterOptions,
} from '../../lib/media/media_platform.ts';
import { openMediabunnySound, openMediabunnyVideo } from '../../lib/media/mediabunny_reader.ts';
import { Mp4Writer } from '../../lib/media/mp4_writer.ts';
import { orient } from '../../lib/media/orient.ts';
import { readMono, type SoundReader } from '../../lib/media/sound.ts';
import { SoundTrack } from '../../lib/media/sound_track.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { openFfmpegSound, openFfmpegVideo } from './media_ffmpeg.ts';
import { preparePartial, requireFile, writeError } from './media_files.ts';
import { H264Encoder } from './media_h264.ts';
import { ToRgb } from './media_scale.ts';

registerMediabunnyServer();

/** Reads and writes media in Node: mediabunny with FFmpeg's codecs, FFmpeg alone for what mediabunny does not know. */
export const nodeMedia: MediaPlatform = { openVideo, readSound, createVideo };

async function openVideo(input: MediaInput): Promise<VideoReader> {
  const { name, source } = await openSource(input);
  const toRgb = new ToRgb();
  const decoded = new av.Frame();
  decoded.alloc();
  const reader = await openMediabunnyVideo(source, name, async (sample) => {
    await toAvFrame(sample, decoded);
    const frame = toRgb.convert(decoded);
    decoded.unref();
    return orient(frame, { rotation: sample.rotation, flip: sample.flip });
  });
  if (reader) return reader;
  return openFfmpegVideo(requirePath(input));
}

async function readSound(input: MediaInput, sampleRate: number): Promise<Sound> {
  const reader = await openSound(input);
  try {
    return await readMono(reader, sampleRate);
  } finally {
    await reader.close();
  }
}

async function openSound(input: MediaInput): Promise<SoundReader> {
  const { name, source } = await openSource(input);
  let reader = await openMediabunnySound(source, name);
  if (reader === undefined) reader = await openFfmpegSound(requirePath(input));
  if (reader === null) throw new UserError(`${name} has no sound track; use a file with sound.`);
  return reader;
}

async function createVideo(output: string, options: VideoWriterOptions): Promise<VideoWriter> {
  const sound = options.audio === undefined ? undefined : await openSound(options.audio);
  const partial = await preparePartial(output);
  const file = await open(partial, 'wx').catch((error) => {
    throw writeError(output, error);
  });
  const sink = new WritableStream({
    write: async ({ data, position }: { data: Uint8Array; position: number }) => {
      for (let done = 0; done < data.length; ) {
        done += (await file.write(data, done, data.length - done, position + done)).bytesWritten;
      }
    },
  });
  const target = new StreamTarget(sink, { chunked: true, chunkSize: 1 << 20 });
  const encoder = await H264Encoder.open(options.width, options.height, options.frameRate, options.videoBitrate);
  const track = sound && new SoundTrack(sound, 'aac', QUALITY_HIGH);
  const writer = await Mp4Writer.start(target, false, options, encoder, track);
  let open_ = true;
  const abort = async () => {
    if (!open_) return;
    open_ = false;
    await writer.abort();
    await file.close();
    await rm(partial, { force: true });
  };
  return { write: (frame) => writer.write(frame), finish: async () => {
    await writer.finish();
    open_ = false;
    await file.close();
    await rename(partial, output);
    return output;
  }, abort };
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
