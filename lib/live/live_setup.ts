import type { LiveOptions } from './live_animator.ts';

/** What the page's half of a live animation sends to the worker's. */
export interface LiveConnection {
  /** Frames of the camera: a stream, or a port on which each is asked for by a message; `null` comes after the last. */
  readonly frames: ReadableStream<VideoFrame> | MessagePort;
  /** ms between them, as the track says. */
  readonly interval: number;
  /** Takes the frames that are drawn: a stream, or a port for them as bitmaps. */
  readonly drawn: WritableStream<VideoFrame> | MessagePort;
  readonly voice?: VoiceConnection;
  readonly options: LiveOptions;
}

/** The voice as the worker hears it. */
export interface VoiceConnection {
  /** Brings mono samples, `Float32Array`, without gaps. */
  readonly samples: MessagePort;
  /** Hz. */
  readonly sampleRate: number;
  /** Takes how long the voice is to be held back from now on, in ms. */
  readonly delay: MessagePort;
}
