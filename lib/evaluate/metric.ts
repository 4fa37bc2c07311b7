import type { Frame } from '../media/frame.ts';
import type { SyncNetColor } from '../model/audio_driven_talkingface/wav2lip/syncnet_color.ts';
import type { Module } from '../nn/index.ts';
import { UserError } from '../utils/errors.ts';
import type { FaceDetector } from '../utils/face_detection/face_detector.ts';
import type { FaceIdentity } from './face_identity.ts';
import type { MouthLandmarks } from './mouth_landmarks.ts';

/** A number that a metric gives. */
export interface MetricValue {
  /** As printed and as the key of results, e.g. `LSE-D`. */
  readonly name: string;
  /** Empty for a number without one. */
  readonly unit: string;
  /** Which direction is good; `zero`: either way away from zero is bad. */
  readonly better: 'higher' | 'lower' | 'zero';
}

/** What a metric may ask its surroundings for. */
export interface MetricResources {
  /**
   * Starts a backend and loads the weights at one path, or at several that together have all, into a network; false when
   * there is not every file.
   *
   * @param take which of the files' entries are the network's; by default all
   */
  loadWeights(network: Module, paths: string | readonly string[], take?: (name: string) => boolean): Promise<boolean>;
  /** Where SyncNet's weights lie. */
  readonly lseCheckpointPath: string;
  /** Where those of FID's Inception network lie. */
  readonly fidCheckpointPath: string;
  /** The folder with LPIPS's. */
  readonly lpipsCheckpointDir: string;
  /** Starts a backend and loads the toolkit's own expert; undefined when there is none. It judges five frames at once. */
  syncExpert(): Promise<SyncNetColor | undefined>;
  /** Starts a backend and loads what finds faces. */
  faceDetector(): Promise<FaceDetector>;
  /** Starts a backend and loads what finds mouths. */
  mouthLandmarks(): Promise<MouthLandmarks>;
  /** Starts a backend and loads what tells people apart. */
  faceIdentity(): Promise<FaceIdentity>;
}

/** A clip to be scored. */
export interface ClipInfo {
  /** For messages. */
  readonly name: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Frames per second. */
  readonly frameRate: number;
  /** Whether the frames are cropped faces, so that none has to be looked for. */
  readonly isFace: boolean;
  /** Mono samples in [-1, 1]; throws a `UserError` when the clip is silent. */
  sound(sampleRate: number): Promise<Float32Array>;
}

/** Scores one clip while its frames pass by; holds a bounded number of them. */
export interface ClipScorer {
  /** The next frame, and the real frame at the same place for a metric that compares. */
  add(frame: Frame, real: Frame): void | Promise<void>;
  /** The clip's numbers by the names of the metric's values. Throws a `UserError` when the clip cannot be scored. */
  finish(): Scores | Promise<Scores>;
  /** After `finish`: what else is known of the clip, by names of its own. */
  curves?(): Curves;
  /** Frees what the scorer holds; safe after `finish`. */
  dispose?(): void;
}

/** Numbers by the names of metric values. */
export type Scores = Readonly<Record<string, number>>;

/** Rows of numbers by their names. */
export type Curves = Readonly<Record<string, readonly number[]>>;

/** A metric with its networks loaded. */
export interface LoadedMetric {
  start(clip: ClipInfo): ClipScorer | Promise<ClipScorer>;
  /** Called before the clips of a run, where `total` is about them. */
  begin?(): void;
  /**
   * Numbers over all clips of the run, where they are not the means of the clips' own. Throws a `UserError` when there
   * are too few.
   */
  total?(): Scores;
  dispose?(): void;
}

/** A way to score generated clips. */
export interface Metric {
  readonly doc: string;
  readonly values: readonly MetricValue[];
  /** Whether it compares frames with those of a real clip; if not, the real clip is scored too. */
  readonly compares: boolean;
  /** Throws a `UserError` when weights that it needs are missing. */
  load(resources: MetricResources): Promise<LoadedMetric>;
}

/** Throws a `UserError` when a side of the clip is shorter than `least` pixels. */
export function requireSize({ name, width, height }: ClipInfo, metric: string, least: number): void {
  if (Math.min(width, height) >= least) return;
  throw new UserError(
    `${metric} needs pictures of at least ${least} x ${least} pixels and ${name} has ${width} x ${height}; leave this metric out.`,
  );
}
