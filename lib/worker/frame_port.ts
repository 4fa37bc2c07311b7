import type { Frame } from '../media/frame.ts';
import type { VideoWriter } from '../media/media_platform.ts';
import { withAlpha } from '../media/rgba.ts';
import type { AnimatedFrame, FrameFormat, FramePicture } from './types.ts';

/**
 * Frames cross on a MessagePort of their own, transferred and not copied. The page grants the worker one frame at a
 * time by any message, so that what is made ahead stays bounded.
 */

/** Frames that may be made before they are asked for. */
const AHEAD = 3;

/** A frame as it is sent; an `imagedata` as its bare pixels. After the last frame comes `undefined`. */
interface SentFrame extends Omit<AnimatedFrame, 'picture'> {
  readonly picture: ImageBitmap | VideoFrame | Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** The worker's end: a video that is written to the page. */
export class FrameSender implements VideoWriter {
  readonly #port: MessagePort;
  readonly #format: FrameFormat;
  readonly #frameRate: number;
  readonly #signal: AbortSignal;
  #granted = AHEAD;
  #wake: (() => void) | undefined;
  #index = 0;

  /** @param signal ends the waiting for the page */
  constructor(port: MessagePort, format: FrameFormat, frameRate: number, signal: AbortSignal) {
    this.#port = port;
    this.#format = format;
    this.#frameRate = frameRate;
    this.#signal = signal;
    const wake = (): void => this.#wake?.();
    port.onmessage = () => {
      this.#granted++;
      wake();
    };
    signal.addEventListener('abort', wake, { once: true });
  }

  async write(frame: Frame): Promise<void> {
    while (this.#granted === 0) {
      this.#signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#granted--;
    const index = this.#index++;
    const [timestamp, duration] = [index / this.#frameRate, 1 / this.#frameRate];
    const picture = await toPicture(frame, this.#format, timestamp, duration);
    const sent: SentFrame = { picture, index, timestamp, duration, width: frame.width, height: frame.height };
    this.#port.postMessage(sent, [picture instanceof Uint8ClampedArray ? picture.buffer : picture]);
  }

  async finish(): Promise<string> {
    this.#port.postMessage(undefined);
    return '';
  }

  async abort(): Promise<void> {
    this.#port.onmessage = null;
  }
}

/** The page's end. */
export class FrameReceiver<Format extends FrameFormat> {
  readonly #port: MessagePort;
  readonly #arrived: (SentFrame | undefined)[] = [];
  #wake: (() => void) | undefined;
  #error: { readonly reason: unknown } | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }) => {
      this.#arrived.push(data);
      this.#wake?.();
    };
  }

  /** The next frame, or undefined after the last. Throws what `fail` was given. */
  async next(): Promise<AnimatedFrame<Format> | undefined> {
    while (this.#arrived.length === 0) {
      if (this.#error) throw this.#error.reason;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const frame = this.#arrived.shift();
    if (!frame) return undefined;
    this.#port.postMessage('more');
    const { picture, index, timestamp, duration, width, height } = frame;
    const shown = picture instanceof Uint8ClampedArray ? new ImageData(picture, width, height) : picture;
    return { picture: shown as FramePicture[Format], index, timestamp, duration };
  }

  /** No more frames will come. */
  fail(reason: unknown): void {
    this.#error = { reason };
    this.#wake?.();
  }

  /** Frees what has come and was not asked for. */
  close(): void {
    this.#port.close();
    for (const frame of this.#arrived.splice(0)) if (frame && 'close' in frame.picture) frame.picture.close();
  }
}

async function toPicture(frame: Frame, format: FrameFormat, timestamp: number, duration: number) {
  const rgba = withAlpha(frame);
  const { width, height } = frame;
  if (format === 'imagedata') return rgba;
  if (format === 'bitmap') return createImageBitmap(new ImageData(rgba, width, height));
  const [start, length] = [timestamp, duration].map((seconds) => Math.round(seconds * 1e6));
  return new VideoFrame(rgba, {
    format: 'RGBX',
    codedWidth: width,
    codedHeight: height,
    timestamp: start,
    duration: length,
  });
}
