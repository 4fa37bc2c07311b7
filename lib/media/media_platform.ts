import type { Frame, VideoFrame } from './frame.ts';

/** What can be opened: a path in Node, a Blob or File in a page. */
export type MediaInput = string | Blob;

/** A video (or a still image, `still: true`, one frame) opened for reading from start to end. */
export interface VideoReader {
  /** Upright size in pixels. */
  readonly width: number;
  readonly height: number;
  /** Frames per second, the average where the rate varies; 0 for a still image. */
  readonly frameRate: number;
  /** s; 0 for a still image. */
  readonly duration: number;
  /** Number of frames as far as the container says; an estimate that may be off by a few, 1 for a still. */
  readonly frameCount: number;
  readonly still: boolean;
  /**
   * Decodes in order. Only a few frames are ever held. May be iterated more than once; each iteration starts at frame
   * 0. A video of variable rate comes at its average rate, frames repeated or left out so that its timing stays.
   * Pixels are those stored, whatever their aspect ratio; transparent parts of a picture are white. Throws a
   * `UserError` when the file ends early.
   */
  frames(): AsyncIterable<VideoFrame>;
  close(): Promise<void>;
}

/** Mono sound. */
export interface Sound {
  /** Samples in [-1, 1]. */
  readonly samples: Float32Array;
  /** Hz. */
  readonly sampleRate: number;
}

/** Settings of a video to be written. An odd width or height becomes one pixel larger in an MP4. */
export interface VideoWriterOptions {
  readonly width: number;
  readonly height: number;
  /** Frames per second. */
  readonly frameRate: number;
  /** About how many frames will come, if known: lets the file carry its index in front. At most a tenth more may come. */
  readonly frameCount?: number;
  /** Sound track: copied, cut or padded with silence to the video's length. */
  readonly audio?: MediaInput;
  /** Bits per second; by default chosen from the size for visually lossless quality. */
  readonly videoBitrate?: number;
}

/** Writes frames in order; the result appears under its name only when `finish()` has succeeded. */
export interface VideoWriter {
  /** Waits when the encoder is behind. */
  write(frame: Frame): Promise<void>;
  /** Ends the streams and publishes the result: a path in Node, a Blob in a page. */
  finish(): Promise<string | Blob>;
  /** Gives up; leaves nothing behind. Safe to call after `finish()`. */
  abort(): Promise<void>;
}

/**
 * What a platform supplies to read and write media: implemented once for the browser (`lib/media/browser/`)
 * and once for Node (`node-harness/platform/`), both on the shared mediabunny code in this folder.
 */
export interface MediaPlatform {
  /** Opens a video or a still image. Throws a `UserError` when it is missing, empty, damaged or has no frames. */
  openVideo(input: MediaInput): Promise<VideoReader>;
  /** Decodes the sound of an audio or video file to mono at `sampleRate` Hz. Throws a `UserError` when there is none. */
  readSound(input: MediaInput, sampleRate: number): Promise<Sound>;
  /**
   * Creates an MP4 (H.264 + AAC), or with a pattern such as `frames/%05d.png` a sequence of lossless PNG pictures,
   * numbered from 0 and without sound.
   */
  createVideo(output: string, options: VideoWriterOptions): Promise<VideoWriter>;
}
