import {
  AudioSample,
  AudioSampleSource,
  BufferTarget,
  getFirstEncodableAudioCodec,
  getFirstEncodableVideoCodec,
  type VideoCodec,
  VideoSample,
  VideoSampleSource,
} from 'mediabunny';
import { UserError } from '../../utils/errors.ts';
import type { Frame } from '../frame.ts';
import { isImageSequence } from '../image_sequence.ts';
import type { VideoWriter, VideoWriterOptions } from '../media_platform.ts';
import { type FrameEncoder, Mp4Writer } from '../mp4_writer.ts';
import type { SoundReader } from '../sound.ts';
import { type SoundEncoder, SoundTrack } from '../sound_track.ts';
import { rgbToYuv } from '../yuv.ts';
import { openSound } from './browser_reader.ts';
import type { Convert } from './ffmpeg.ts';

/** Bits a pixel of a frame: visually lossless for faces. */
const BITS_PER_PIXEL = 0.35;
/** Below it, H.264 encoders may choose level 1b, which Chromium's own decoder refuses. */
const MINIMUM_BITRATE = 200_000;
/** All browsers' AAC and Opus encoders take this rate, Hz. */
const SOUND_RATE = 48000;

/**
 * Writes an MP4 into memory: H.264 and AAC, or what the browser can encode instead. `finish()` gives a Blob.
 *
 * @param output - Only named in messages.
 */
export async function createVideo(output: string, options: VideoWriterOptions, convert: Convert): Promise<VideoWriter> {
  if (isImageSequence(output)) {
    throw new UserError(`${output} names a sequence of pictures, which a page cannot write; write an MP4.`);
  }
  const { width, height, frameRate } = options;
  const wanted = options.videoBitrate ?? Math.round(width * height * frameRate * BITS_PER_PIXEL);
  const bitrate = Math.max(MINIMUM_BITRATE, wanted);
  const codec = await getFirstEncodableVideoCodec(['avc', 'vp9', 'av1', 'vp8'], { width, height, bitrate });
  if (!codec) throw new UserError(`This browser cannot encode video of ${width}x${height}; use a smaller one.`);
  const target = new BufferTarget();
  const { audio } = options;
  const sound = audio === undefined ? undefined : await openSoundTrack(await openSound(audio, convert));
  const writer = await Mp4Writer.start(target, true, options, new PageFrameEncoder(codec, bitrate), sound);
  return {
    write: (frame) => writer.write(frame),
    finish: async () => {
      await writer.finish();
      if (!target.buffer) throw new Error('The video was finished without data.');
      return new Blob([target.buffer], { type: 'video/mp4' });
    },
    abort: () => writer.abort(),
  };
}

/** The browser's own video encoder. */
class PageFrameEncoder implements FrameEncoder {
  readonly source: VideoSampleSource;

  constructor(codec: VideoCodec, bitrate: number) {
    this.source = new VideoSampleSource({ codec, bitrate });
  }

  async add(frame: Frame, timestamp: number, duration: number): Promise<void> {
    const { data, width, height } = rgbToYuv(frame);
    const sample = new VideoSample(data, {
      format: 'I420',
      codedWidth: width,
      codedHeight: height,
      timestamp,
      duration,
      colorSpace: { matrix: 'smpte170m', primaries: 'bt709', transfer: 'bt709', fullRange: false },
    });
    try {
      await this.source.add(sample);
    } finally {
      sample.close();
    }
  }

  async finish(): Promise<void> {}

  close(): void {}
}

async function openSoundTrack(reader: SoundReader): Promise<SoundTrack> {
  const channelCount = reader.channelCount === 2 ? 2 : 1;
  const bitrate = 96000 * channelCount;
  const options = { sampleRate: SOUND_RATE, numberOfChannels: channelCount, bitrate };
  const codec = await getFirstEncodableAudioCodec(['aac', 'opus'], options);
  if (!codec) throw new UserError('This browser cannot encode sound; use another browser, or make a video without.');
  const source = new AudioSampleSource({ codec, bitrate });
  let added = 0;
  const encoder: SoundEncoder = {
    source,
    sampleRate: SOUND_RATE,
    channelCount,
    add: async (channels) => {
      const length = channels[0].length;
      const data = new Float32Array(length * channelCount);
      for (const [c, samples] of channels.entries()) data.set(samples, c * length);
      const timestamp = added / SOUND_RATE;
      const format = 'f32-planar';
      const sample = new AudioSample({
        data,
        format,
        numberOfChannels: channelCount,
        sampleRate: SOUND_RATE,
        timestamp,
      });
      added += length;
      try {
        await source.add(sample);
      } finally {
        sample.close();
      }
    },
    finish: async () => {},
    close: () => {},
  };
  return new SoundTrack(reader, encoder);
}
