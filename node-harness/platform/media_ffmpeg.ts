import * as av from 'node-av';
import { atConstantRate, type TimedFrame } from '../../lib/media/constant_rate.ts';
import { damagedVideo, isCutShort } from '../../lib/media/damage.ts';
import type { VideoFrame } from '../../lib/media/frame.ts';
import type { VideoReader } from '../../lib/media/media_platform.ts';
import { type Orientation, orient, UPRIGHT } from '../../lib/media/orient.ts';
import type { SoundChunk, SoundReader } from '../../lib/media/sound.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { Decoding, unreadable } from './media_decoding.ts';
import { readSamples } from './media_samples.ts';
import { ToRgb } from './media_scale.ts';

/** Opens with FFmpeg a video that mediabunny does not know, or a still picture. */
export async function openFfmpegVideo(path: string): Promise<VideoReader> {
  const decoding = await Decoding.open(path, av.AVMEDIA_TYPE_VIDEO);
  if (!decoding) throw new UserError(`${path} has no video track that can be decoded; a video or a picture is needed.`);
  try {
    const first = await firstFrame(decoding);
    if (!first) throw new UserError(`${path} has no frame that can be decoded; use another file.`);
    return describe(path, decoding, first);
  } finally {
    await decoding.close();
  }
}

interface FirstFrame {
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
}

async function firstFrame(decoding: Decoding): Promise<FirstFrame | undefined> {
  for await (const frame of decoding.frames()) {
    const orientation = readOrientation(decoding.stream, frame);
    const turned = orientation.rotation % 180 !== 0;
    const [width, height] = turned ? [frame.height, frame.width] : [frame.width, frame.height];
    return { width, height, orientation };
  }
  return undefined;
}

function describe(path: string, decoding: Decoding, first: FirstFrame): VideoReader {
  const { width, height, orientation } = first;
  const { stream, formatName } = decoding;
  const still = /_pipe$|^image2$/.test(formatName);
  const rate = [stream.avgFrameRate, stream.rFrameRate].find(({ num, den }) => num > 0 && den > 0);
  const frameRate = still ? 0 : rate ? rate.num / rate.den : 25;
  const duration = still ? 0 : decoding.duration || Number(stream.nbFrames) / frameRate;
  const frameCount = still ? 1 : Math.max(1, Math.round(duration * frameRate));
  // FFmpeg guesses the duration of an AVI that is cut short from what is left, but knows the frames it had.
  const expected = formatName === 'avi' ? Number(stream.nbFrames) : frameCount;
  return {
    width,
    height,
    frameRate,
    duration,
    frameCount,
    still,
    frames: () => {
      const frames = decodeFrames(path, orientation, frameRate || 25, expected);
      return still ? onlyFirst(frames) : atConstantRate(frames, frameRate);
    },
    close: async () => {},
  };
}

async function* onlyFirst(frames: AsyncIterable<TimedFrame>): AsyncGenerator<VideoFrame> {
  for await (const { frame } of frames) {
    yield { ...frame, index: 0, timestamp: 0 };
    return;
  }
}

async function* decodeFrames(
  path: string,
  orientation: Orientation,
  frameRate: number,
  expected: number,
): AsyncGenerator<TimedFrame> {
  const decoding = await Decoding.open(path, av.AVMEDIA_TYPE_VIDEO);
  if (!decoding) throw await unreadable(path);
  const toRgb = new ToRgb();
  let count = 0;
  let last = 0;
  try {
    for await (const frame of decoding.frames()) {
      last = decoding.time(frame) ?? (count === 0 ? 0 : last + 1 / frameRate);
      yield { frame: orient(toRgb.convert(frame), orientation), timestamp: last };
      count++;
    }
    if (isCutShort(decoding.packetCount, expected)) throw damagedVideo(path, count, expected);
  } finally {
    toRgb.close();
    await decoding.close();
  }
}

/** From the 3x3 matrix, 32-bit integers, that containers and EXIF data turn pictures with. */
function readOrientation(stream: av.Stream, frame: av.Frame): Orientation {
  const matrix =
    frame.getSideData(av.AV_FRAME_DATA_DISPLAYMATRIX) ?? stream.codecpar.getCodedSideData(av.AV_PKT_DATA_DISPLAYMATRIX);
  if (!matrix || matrix.length < 36) return UPRIGHT;
  const [a, b, , c, d] = Array.from({ length: 5 }, (_, i) => Math.sign(matrix.readInt32LE(4 * i)));
  const flip = a * d - b * c < 0;
  // The picture is mirrored last, so undo that before reading the angle.
  const [cos, sin] = flip ? [-a, b] : [a, b];
  const rotation = cos > 0 ? 0 : cos < 0 ? 180 : sin > 0 ? 90 : 270;
  return { rotation, flip };
}

/** Opens with FFmpeg the sound of a file. Returns null when there is none. */
export async function openFfmpegSound(path: string): Promise<SoundReader | null> {
  const decoding = await Decoding.open(path, av.AVMEDIA_TYPE_AUDIO);
  if (!decoding) return null;
  const { sampleRate, channels: channelCount } = decoding.stream.codecpar;
  return {
    name: path,
    sampleRate,
    channelCount,
    duration: decoding.duration,
    async *chunks(): AsyncGenerator<SoundChunk> {
      let received = 0;
      for await (const frame of decoding.frames()) {
        const timestamp = decoding.time(frame) ?? received / sampleRate;
        received += frame.nbSamples;
        yield { channels: readSamples(frame), timestamp };
      }
    },
    close: () => decoding.close(),
  };
}
