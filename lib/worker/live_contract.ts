import type { LiveFaceAnimator } from '../model/face_animator.ts';
import type { FaceDetector } from '../utils/face_detection/face_detector.ts';
import type { AnimatedTrack, LiveStats, TrackInput, TrackOptions } from './types.ts';

/**
 * The page's half of a live animation, `lib/live/page/animate_track.ts`: opens the tracks, hands streams and ports to
 * the worker, and makes the tracks that come out. It is part of the page's small script, so it imports nothing that
 * leads to TensorFlow.js. Throws when its worker half cannot be started.
 */
export type AnimateTrack = (input: TrackInput, options: TrackOptions, connect: ConnectLive) => Promise<AnimatedTrack>;

/**
 * Starts the worker's half with what it needs, which is structured-cloned except for what `transfer` names. Resolves
 * once {@link LiveSession.start} has, and rejects with what that throws, whole.
 *
 * @param onStats reaches the page from {@link LiveParts.onStats}
 * @param onEnd called once when the session has ended in the worker: with the error that ended it, if one did
 */
export type ConnectLive = (
  setup: LiveSetup,
  transfer: readonly Transferable[],
  onStats: (stats: LiveStats) => void,
  onEnd: (error?: Error) => void,
) => Promise<{ stop(): Promise<void> }>;

/** What the page's half sends to the worker's: `lib/live` says what is in it. */
export type LiveSetup = object;

/** What a session in the worker works with. */
export interface LiveParts {
  /** Stays the caller's. Survives the loss of the graphics card: a call then takes longer. */
  readonly animator: LiveFaceAnimator;
  /** Stays the caller's. */
  readonly detector: FaceDetector;
  readonly onStats: (stats: LiveStats) => void;
}

/** The worker's half of a live animation: `lib/live/live_session.ts` exports a class that implements it. */
export interface LiveSession {
  /** Resolves when frames can come. Throws a `UserError` when the setup cannot be used; nothing is left then. */
  start(): Promise<void>;
  /** Resolves when the session has ended by itself or by `stop()`, and holds nothing any more; rejects with what ended it. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** How the worker makes one. */
export type LiveSessionConstructor = new (setup: LiveSetup, parts: LiveParts) => LiveSession;
