import type { LivePicture } from '../../lib/live/live_picture.ts';
import { cropFrame, type Rectangle } from '../../lib/media/crop.ts';
import type { Frame } from '../../lib/media/frame.ts';

/** A live picture in memory. */
export class FramePicture implements LivePicture {
  readonly frame: Frame;
  readonly capturedAt: number;

  constructor({ data, width, height }: Frame, capturedAt: number) {
    this.frame = { data: data.slice(), width, height };
    this.capturedAt = capturedAt;
  }

  get width(): number {
    return this.frame.width;
  }

  get height(): number {
    return this.frame.height;
  }

  read(part: Rectangle = { left: 0, top: 0, right: this.width, bottom: this.height }): Frame {
    return cropFrame(this.frame, part);
  }

  write({ data, width, height }: Frame, left: number, top: number): void {
    for (let y = 0; y < height; y++) {
      const row = data.subarray(y * width * 3, (y + 1) * width * 3);
      this.frame.data.set(row, ((top + y) * this.width + left) * 3);
    }
  }
}
