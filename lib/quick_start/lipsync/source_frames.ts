import { cropFrame, resizeFrame, rotateClockwise } from '../../media/crop.ts';
import type { Frame } from '../../media/frame.ts';
import type { VideoReader } from '../../media/media_platform.ts';
import { UserError } from '../../utils/errors.ts';
import { type LipsyncOptions, rectangleFromSides } from './options.ts';

/** A picture on its way through the pipeline. Its pixels belong to the pipeline, which paints on them. */
export interface SourceFrame {
  readonly frame: Frame;
  /** Number in the result. */
  readonly index: number;
  /** Number in the face video: smaller than `index` when the video is played again. */
  readonly sourceIndex: number;
}

/**
 * The frames of the result before the face is redrawn: at most `count`, made smaller, turned and cropped as
 * asked. A video that is too short is decoded again from its start (`loop: 'repeat'`); a still image, and
 * with `static` the first frame, is given again and again.
 */
export async function* sourceFrames(
  reader: VideoReader,
  options: LipsyncOptions,
  count: number,
): AsyncGenerator<SourceFrame, void, undefined> {
  if (reader.still || options.static) {
    const first = await firstFrame(reader, options);
    for (let index = 0; index < count; index++) {
      yield { frame: { ...first, data: first.data.slice() }, index, sourceIndex: 0 };
    }
    return;
  }
  let index = 0;
  do {
    const start = index;
    for await (const decoded of reader.frames()) {
      if (index === count) return;
      yield { frame: arrange(decoded, options), index, sourceIndex: index - start };
      index++;
    }
    if (index === start) throw noFrames(options);
  } while (index < count && options.loop === 'repeat');
}

async function firstFrame(reader: VideoReader, options: LipsyncOptions): Promise<Frame> {
  for await (const decoded of reader.frames()) return arrange(decoded, options);
  throw noFrames(options);
}

function noFrames({ face }: LipsyncOptions): UserError {
  return new UserError(`${nameOf(face)} has no frames that can be decoded; choose another video.`);
}

/** What to call an input in a sentence. */
export function nameOf(input: LipsyncOptions['face']): string {
  return typeof input === 'string' ? input : ((input as Partial<File>).name ?? 'The video');
}

/** Resizes, rotates and crops, in the reference's order. */
function arrange(frame: Frame, options: LipsyncOptions): Frame {
  let result = frame;
  if (options.resizeFactor !== 1) {
    const [width, height] = resized(frame, options);
    result = resizeFrame(result, width, height);
  }
  if (options.rotate) result = rotateClockwise(result);
  const { width, height } = result;
  const part = rectangleFromSides(options.crop, width, height, '--crop');
  const whole = part.right - part.left === width && part.bottom - part.top === height;
  return whole ? result : cropFrame(result, part);
}

/** Size in pixels of what `sourceFrames` gives for a video or image of this size. */
export function arrangedSize(
  size: { readonly width: number; readonly height: number },
  options: LipsyncOptions,
): { width: number; height: number } {
  const [width, height] = options.rotate ? resized(size, options).reverse() : resized(size, options);
  const part = rectangleFromSides(options.crop, width, height, '--crop');
  return { width: part.right - part.left, height: part.bottom - part.top };
}

function resized({ width, height }: { width: number; height: number }, { resizeFactor }: LipsyncOptions): number[] {
  const size = [Math.floor(width / resizeFactor), Math.floor(height / resizeFactor)];
  if (Math.min(...size) >= 1) return size;
  throw new UserError(`--resize-factor ${resizeFactor} leaves nothing of a ${width}x${height} picture.`);
}
