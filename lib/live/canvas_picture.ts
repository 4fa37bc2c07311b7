import type { Rectangle } from '../media/crop.ts';
import type { Frame } from '../media/frame.ts';
import { withAlpha, withoutAlpha } from '../media/rgba.ts';
import type { LivePicture } from './live_picture.ts';

/** A live picture on a canvas of its own, which serves again and again. */
export class CanvasPicture implements LivePicture {
  capturedAt = 0;
  readonly #context: OffscreenCanvasRenderingContext2D;

  constructor() {
    // The picture is read each time: in the processor's memory that is a copy, on the graphics card it is a wait.
    const context = new OffscreenCanvas(2, 2).getContext('2d', { alpha: false, willReadFrequently: true });
    if (!context) throw new Error('This browser gives no 2D canvas in a worker.');
    this.#context = context;
  }

  get canvas(): OffscreenCanvas {
    return this.#context.canvas;
  }

  get width(): number {
    return this.canvas.width;
  }

  get height(): number {
    return this.canvas.height;
  }

  /** Shows a frame, made smaller by `scale` to an even width and height. */
  show(frame: VideoFrame, scale: number, capturedAt: number): void {
    const { displayWidth: width, displayHeight: height } = frame;
    const [w, h] = scale === 1 ? [width, height] : [even(width * scale), even(height * scale)];
    if (this.width !== w || this.height !== h) Object.assign(this.canvas, { width: w, height: h });
    this.#context.drawImage(frame, 0, 0, w, h);
    this.capturedAt = capturedAt;
  }

  read(part: Rectangle = { left: 0, top: 0, right: this.width, bottom: this.height }): Frame {
    const [width, height] = [part.right - part.left, part.bottom - part.top];
    return withoutAlpha(this.#context.getImageData(part.left, part.top, width, height));
  }

  write(frame: Frame, left: number, top: number): void {
    this.#context.putImageData(new ImageData(withAlpha(frame), frame.width, frame.height), left, top);
  }
}

function even(value: number): number {
  return Math.max(2, 2 * Math.round(value / 2));
}
