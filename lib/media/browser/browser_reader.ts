import { BlobSource, type VideoSample } from 'mediabunny';
import { UserError } from '../../utils/errors.ts';
import { unknownFormat } from '../damage.ts';
import type { Frame, VideoFrame } from '../frame.ts';
import type { MediaInput, Sound, VideoReader } from '../media_platform.ts';
import { openMediabunnySound, openMediabunnyVideo, type SampleConverter } from '../mediabunny_reader.ts';
import { orient } from '../orient.ts';
import { withoutAlpha } from '../rgba.ts';
import { readMono, type SoundReader } from '../sound.ts';
import { type YuvColour, yuvToRgb } from '../yuv.ts';
import type { Convert } from './ffmpeg.ts';

const KNOWN_FORMATS = 'MP4, MOV, WebM, MKV or MPEG-TS with H.264, HEVC, VP8, VP9 or AV1';

/** Opens a video or still picture given as a Blob, a File or an address. */
export async function openVideo(input: MediaInput, convert: Convert): Promise<VideoReader> {
  const { blob, name } = await toBlob(input);
  const reader = (await openStill(blob)) ?? (await openDecodable(blob, name)) ?? (await openConverted());
  if (reader) return reader;
  throw new UserError(
    `${name} cannot be decoded by this browser; convert it to ${KNOWN_FORMATS}, or use the command line, which reads it.`,
  );

  async function openConverted(): Promise<VideoReader | undefined> {
    const converted = await convert(blob, name);
    return converted && openDecodable(converted, name);
  }
}

function openDecodable(blob: Blob, name: string): Promise<VideoReader | undefined> {
  return openMediabunnyVideo(new BlobSource(blob), name, (colour) => new PlaneConverter(colour));
}

/** Reads the sound of a Blob, a File or an address as mono. */
export async function readSound(input: MediaInput, sampleRate: number, convert: Convert): Promise<Sound> {
  const reader = await openSound(input, convert);
  try {
    return await readMono(reader, sampleRate);
  } finally {
    await reader.close();
  }
}

/** Opens the sound of a Blob, a File or an address. */
export async function openSound(input: MediaInput, convert: Convert): Promise<SoundReader> {
  const { blob, name } = await toBlob(input);
  let reader = await openMediabunnySound(new BlobSource(blob), name);
  if (reader === undefined) {
    const converted = await convert(blob, name);
    if (converted) reader = await openMediabunnySound(new BlobSource(converted), name);
  }
  if (reader) return reader;
  if (reader === null) throw new UserError(`${name} has no sound track; use a file with sound.`);
  throw unknownFormat(name);
}

/** Planar pictures are converted here, so that colours are the same in every browser and in Node. */
class PlaneConverter implements SampleConverter {
  readonly #colour: YuvColour;
  #canvas: OffscreenCanvas | undefined;

  constructor(colour: YuvColour) {
    this.#colour = colour;
  }

  async convert(sample: VideoSample): Promise<Frame> {
    const { format, codedWidth, codedHeight, visibleRect, rotation, flip } = sample;
    if (format !== 'I420' && format !== 'NV12') return this.#draw(sample);
    const data = new Uint8Array(sample.allocationSize());
    const layout = await sample.copyTo(data);
    const [width, height] = [visibleRect?.width ?? codedWidth, visibleRect?.height ?? codedHeight];
    return orient(yuvToRgb(data, layout, width, height, this.#colour), { rotation, flip });
  }

  close(): void {
    this.#canvas = undefined;
  }

  #draw(sample: VideoSample): Frame {
    const { displayWidth: width, displayHeight: height } = sample;
    if (this.#canvas?.width !== width || this.#canvas.height !== height)
      this.#canvas = new OffscreenCanvas(width, height);
    const context = context2d(this.#canvas);
    sample.draw(context, 0, 0, width, height);
    return readCanvas(context);
  }
}

/** A picture that the browser can show, or undefined when the data is none. Transparent parts become white. */
async function openStill(blob: Blob): Promise<VideoReader | undefined> {
  if (blob.type && !blob.type.startsWith('image/')) return undefined;
  const bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' }).catch(() => undefined);
  if (!bitmap) return undefined;
  const { width, height } = bitmap;
  return {
    width,
    height,
    frameRate: 0,
    duration: 0,
    frameCount: 1,
    still: true,
    async *frames(): AsyncGenerator<VideoFrame> {
      const context = context2d(new OffscreenCanvas(width, height));
      context.fillStyle = 'white';
      context.fillRect(0, 0, width, height);
      context.drawImage(bitmap, 0, 0);
      yield { ...readCanvas(context), index: 0, timestamp: 0 };
    },
    close: async () => bitmap.close(),
  };
}

function context2d(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser gives no 2D canvas.');
  return context;
}

function readCanvas(context: OffscreenCanvasRenderingContext2D): Frame {
  const { width, height } = context.canvas;
  return withoutAlpha(context.getImageData(0, 0, width, height));
}

async function toBlob(input: MediaInput): Promise<{ blob: Blob; name: string }> {
  if (typeof input !== 'string') {
    const name = input instanceof File ? input.name : 'The data given';
    if (input.size === 0) throw new UserError(`${name} is empty (0 bytes); use another file.`);
    return { blob: input, name };
  }
  const response = await fetch(input).catch((error: Error) => {
    throw new UserError(`${input} cannot be loaded (${error.message}).`);
  });
  if (!response.ok) throw new UserError(`${input} cannot be loaded: the server answered ${response.status}.`);
  return { blob: await response.blob(), name: input };
}
