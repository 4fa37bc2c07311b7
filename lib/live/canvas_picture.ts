import type { Rectangle } from '../media/crop.ts';
import type { Frame } from '../media/frame.ts';
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
    const { data: rgba } = this.#context.getImageData(part.left, part.top, width, height);
    const data = new Uint8Array(width * height * 3);
    for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
      data[to] = rgba[from];
      data[to + 1] = rgba[from + 1];
      data[to + 2] = rgba[from + 2];
    }
    return { data, width, height };
  }

  write({ data, width, height }: Frame, left: number, top: number): void {
    const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
    for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
      rgba[to] = data[from];
      rgba[to + 1] = data[from + 1];
      rgba[to + 2] = data[from + 2];
    }
    this.#context.putImageData(new ImageData(rgba, width, height), left, top);
  }
}

function even(value: number): number {
  return Math.max(2, 2 * Math.round(value / 2));
}
