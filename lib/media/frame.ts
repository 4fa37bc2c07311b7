/** A picture: 8-bit RGB, rows from the top, 3 bytes a pixel without padding. */
export interface Frame {
  /** `width * height * 3` bytes, R, G, B. */
  readonly data: Uint8Array;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/** A picture of a video, upright (rotation flags applied), with its place in time. */
export interface VideoFrame extends Frame {
  /** Counts from 0. */
  readonly index: number;
  /** Start of the frame, in s from the start of the video. */
  readonly timestamp: number;
}
