import { open, rename, rm } from 'node:fs/promises';
import { StreamTarget, type Target } from 'mediabunny';
import type { VideoWriter, VideoWriterOptions } from '../../lib/media/media_platform.ts';
import { Mp4Writer } from '../../lib/media/mp4_writer.ts';
import type { SoundReader } from '../../lib/media/sound.ts';
import { aacSettings, SoundTrack } from '../../lib/media/sound_track.ts';
import { AacEncoder } from './media_aac.ts';
import { preparePartial, requireSize, writeError } from './media_files.ts';
import { H264Encoder } from './media_h264.ts';

/** Bytes collected before they are written. */
const CHUNK_SIZE = 1 << 20;

/** Writes an MP4 under a temporary name, and renames it when it is complete. */
export async function createMp4(
  output: string,
  options: VideoWriterOptions,
  sound?: SoundReader,
): Promise<VideoWriter> {
  const partial = await preparePartial(output);
  const file = await open(partial, 'wx').catch((error) => {
    throw writeError(output, error);
  });
  // mediabunny stops at the first error on writing without saying so to everyone who waits: keep it.
  let failure: unknown;
  const sink = new WritableStream<{ data: Uint8Array; position: number }>({
    write: async ({ data, position }) => {
      try {
        for (let done = 0; done < data.length; ) {
          done += (await file.write(data, done, data.length - done, position + done)).bytesWritten;
        }
      } catch (error) {
        failure = writeError(output, error);
        throw error;
      }
    },
  });
  const target = new StreamTarget(sink, { chunked: true, chunkSize: CHUNK_SIZE });
  const removeFile = async () => {
    await file.close().catch(() => {});
    await rm(partial, { force: true });
  };
  const writer = await startWriter(target, options, sound).catch(async (error) => {
    await removeFile();
    throw error;
  });

  let done = false;
  const abort = async () => {
    if (done) return;
    done = true;
    await writer.abort();
    await removeFile();
  };
  const guarded = async (action: () => Promise<void>) => {
    try {
      await action();
      if (failure) throw failure;
    } catch (error) {
      await abort();
      throw failure ?? writeError(output, error);
    }
  };

  let frames = 0;
  return {
    write: (frame) =>
      guarded(async () => {
        requireSize(frame, options, frames++);
        await writer.write(frame);
      }),
    finish: async () => {
      await guarded(async () => {
        await writer.finish();
        await file.close();
        await rename(partial, output);
      });
      done = true;
      return output;
    },
    abort,
  };
}

async function startWriter(target: Target, options: VideoWriterOptions, sound?: SoundReader): Promise<Mp4Writer> {
  const { width, height, frameRate, videoBitrate } = options;
  const encoder = await H264Encoder.open(width, height, frameRate, videoBitrate);
  const track = sound && new SoundTrack(sound, await AacEncoder.open(aacSettings(sound)));
  return Mp4Writer.start(target, false, options, encoder, track);
}
