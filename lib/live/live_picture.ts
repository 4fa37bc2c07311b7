import type { Rectangle } from '../media/crop.ts';
import type { Frame } from '../media/frame.ts';

/** A picture on its way through a live animation. Only the parts that are needed are read and painted. */
export interface LivePicture {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** When it was captured, in ms. */
  readonly capturedAt: number;
  /** A copy of a part of it; of all of it by default. */
  read(part?: Rectangle): Frame;
  /** Replaces the pixels from a left upper corner on. */
  write(frame: Frame, left: number, top: number): void;
}

/** A part of a picture, and where in it that lies. */
export interface Region {
  readonly frame: Frame;
  readonly left: number;
  readonly top: number;
}
