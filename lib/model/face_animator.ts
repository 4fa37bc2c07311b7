import type { Sound } from '../media/media_platform.ts';

/** Hz of the sound that animators take. */
export const VOICE_SAMPLE_RATE = 16000;

/** What an animator heard in a voice, ready to be asked for pictures. */
export interface HeardVoice {
  /** Pictures the voice lasts for at the frame rate it was heard at. */
  readonly frameCount: number;
}

/** A voice that is heard while it is being spoken. Moments are in s from its start. */
export interface LiveVoice<Voice extends HeardVoice = HeardVoice> {
  /** The last moment for which a picture can be drawn by now; negative while there is none. */
  readonly until: number;
  /** Takes the next samples, in [-1, 1], `VOICE_SAMPLE_RATE`. */
  push(samples: Float32Array): void;
  /** What `animate` needs for pictures at these moments; one that cannot be drawn becomes the closest that can. */
  at(moments: readonly number[]): { readonly voice: Voice; readonly frames: readonly number[] };
}

/** A model that redraws face pictures so that they speak: what the lip-sync pipeline needs of it. */
export interface FaceAnimator<Voice extends HeardVoice = HeardVoice> {
  /** Pixels along a side of the square pictures it takes and gives. */
  readonly faceSize: number;
  /** Extracts what the model needs from a voice, `VOICE_SAMPLE_RATE`, for a video of `frameRate` frames per second. */
  hear(voice: Sound, frameRate: number): Voice;
  /**
   * Redraws faces, `faces` being 8-bit RGB of shape `[frames.length, faceSize, faceSize, 3]`, for the frames
   * of these numbers, and returns the same shape.
   */
  animate(faces: Uint8Array, voice: Voice, frames: readonly number[]): Promise<Uint8Array>;
  dispose(): void;
}

/** One that can also draw to a voice that is still being spoken. */
export interface LiveFaceAnimator<Voice extends HeardVoice = HeardVoice> extends FaceAnimator<Voice> {
  /** Begins to hear a voice. Its memory does not grow. */
  listen(): LiveVoice<Voice>;
}
