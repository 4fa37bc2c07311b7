import {
  ADTS,
  AudioSampleSink,
  FLAC,
  Input,
  type InputVideoTrack,
  IsobmffInputFormat,
  MATROSKA,
  MP3,
  MP4,
  MPEG_TS,
  OGG,
  QTFF,
  type Source,
  type VideoSample,
  VideoSampleSink,
  WAVE,
  WEBM,
} from 'mediabunny';
import { UserError } from '../utils/errors.ts';
import { atConstantRate, type TimedFrame } from './constant_rate.ts';
import { damagedVideo, isCutShort, missingIndex } from './damage.ts';
import type { Frame } from './frame.ts';
import type { VideoReader } from './media_platform.ts';
import type { SoundChunk, SoundReader } from './sound.ts';
import type { YuvColour } from './yuv.ts';

const FORMATS = [MP4, QTFF, MATROSKA, WEBM, WAVE, OGG, FLAC, MP3, ADTS, MPEG_TS];

/** Converts decoded pictures to upright RGB; the platform's part of reading a video. */
export interface SampleConverter {
  convert(sample: VideoSample): Promise<Frame>;
  close(): void;
}

/**
 * Opens a video in a container and codec that mediabunny knows. Returns undefined when it does not know them: the
 * platform may have another way. Throws a `UserError` when there is no video in it.
 *
 * @param makeConverter - Called for each pass through the video, with what the file says of its colours, which decoders
 *   may replace by a guess; closed at its end.
 */
export async function openMediabunnyVideo(
  source: Source,
  name: string,
  makeConverter: (colour: YuvColour) => SampleConverter,
): Promise<VideoReader | undefined> {
  const input = new Input({ source, formats: FORMATS });
  try {
    const known = await input.canRead();
    if (known && (await input.getTracks()).length === 0 && (await input.getFormat()) instanceof IsobmffInputFormat) {
      throw missingIndex(name);
    }
    const track = known ? await input.getPrimaryVideoTrack() : undefined;
    if (track === null) throw new UserError(`${name} has sound but no video track; a video or a picture is needed.`);
    if (!track || !(await track.canDecode())) {
      input.dispose();
      return undefined;
    }
    const turned = (await track.getRotation()) % 180 !== 0;
    const [width, height] = [await track.getCodedWidth(), await track.getCodedHeight()];
    const { matrix, fullRange } = await track.getColorSpace();
    const { frameRate, packetCount } = await readRate(track);
    const hidden = Math.max(0, -(await track.getFirstTimestamp()));
    const frameCount = Math.max(0, packetCount - Math.round(hidden * frameRate));
    if (frameCount === 0) throw new UserError(`${name} has a video track without frames; use another file.`);
    return {
      width: turned ? height : width,
      height: turned ? width : height,
      frameRate,
      duration: frameCount / frameRate,
      frameCount,
      still: false,
      frames: () => atConstantRate(decode(track, name, packetCount, makeConverter({ matrix, fullRange })), frameRate),
      close: async () => input.dispose(),
    };
  } catch (error) {
    input.dispose();
    if (error instanceof UserError) throw error;
    // Damaged bytes can fail mediabunny's own assertions: then the file is one that it does not know.
    return undefined;
  }
}

async function readRate(track: InputVideoTrack): Promise<{ frameRate: number; packetCount: number }> {
  const { averagePacketRate, packetCount } = await track.computePacketStats();
  // Containers round timestamps: the rate behind them is more exact, unless the video has a variable one.
  const { underlyingFrameRate: exact } = await track.computeFrameRateMetrics();
  const constant = exact !== null && Math.abs(exact / averagePacketRate - 1) < 0.01;
  return { frameRate: constant ? exact : averagePacketRate, packetCount };
}

async function* decode(
  track: InputVideoTrack,
  name: string,
  expected: number,
  converter: SampleConverter,
): AsyncGenerator<TimedFrame> {
  const sink = new VideoSampleSink(track, { hardwareAcceleration: 'prefer-software' });
  let read = 0;
  try {
    for await (const sample of sink.samples()) {
      read++;
      try {
        // An edit list hides what lies before time 0; the frame at 0 may start a little early.
        if (sample.timestamp + sample.duration / 2 <= 0) continue;
        yield { frame: await converter.convert(sample), timestamp: sample.timestamp };
      } finally {
        sample.close();
      }
    }
  } catch (cause) {
    throw Object.assign(damagedVideo(name, read, expected), { cause });
  } finally {
    converter.close();
  }
  if (isCutShort(read, expected)) throw damagedVideo(name, read, expected);
}

/** The same for sound. Returns undefined when mediabunny does not know the format, null when there is no sound. */
export async function openMediabunnySound(source: Source, name: string): Promise<SoundReader | null | undefined> {
  const input = new Input({ source, formats: FORMATS });
  try {
    const track = (await input.canRead()) ? await input.getPrimaryAudioTrack() : undefined;
    if (!track || !(await track.canDecode())) {
      input.dispose();
      return track === null ? null : undefined;
    }
    const start = Math.max(0, await input.getFirstTimestamp());
    const sink = new AudioSampleSink(track);
    return {
      name,
      sampleRate: await track.getSampleRate(),
      channelCount: await track.getNumberOfChannels(),
      duration: (await track.getDurationFromMetadata()) ?? 0,
      async *chunks(): AsyncGenerator<SoundChunk> {
        for await (const sample of sink.samples()) {
          const channels = Array.from({ length: sample.numberOfChannels }, (_, planeIndex) => {
            const samples = new Float32Array(sample.numberOfFrames);
            sample.copyTo(samples, { planeIndex, format: 'f32-planar' });
            return samples;
          });
          const timestamp = sample.timestamp - start;
          sample.close();
          yield { channels, timestamp };
        }
      },
      close: async () => input.dispose(),
    };
  } catch (error) {
    input.dispose();
    throw error;
  }
}
