import type { Frame } from '../media/frame.ts';
import type { Module } from '../nn/index.ts';
import { UserError } from '../utils/errors.ts';
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
  /** Starts a backend and loads the weights at a path into a network; false when there is no such file. */
  loadWeights(network: Module, path: string): Promise<boolean>;
  /** Where SyncNet's weights lie. */
  readonly lseCheckpointPath: string;
  /** Starts a backend and loads what finds mouths. */
  mouthLandmarks(): Promise<MouthLandmarks>;
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
  /** Mono samples in [-1, 1]; throws a `UserError` when the clip is silent. */
  sound(sampleRate: number): Promise<Float32Array>;
}

/** Scores one clip while its frames pass by; holds a bounded number of them. */
export interface ClipScorer {
  /** The next frame, and the real frame at the same place for a metric that compares. */
  add(frame: Frame, real: Frame): void | Promise<void>;
  /** The clip's numbers by the names of the metric's values. Throws a `UserError` when the clip cannot be scored. */
  finish(): Readonly<Record<string, number>> | Promise<Readonly<Record<string, number>>>;
  /** Frees what the scorer holds; safe after `finish`. */
  dispose?(): void;
}

/** A metric with its networks loaded. */
export interface LoadedMetric {
  start(clip: ClipInfo): ClipScorer | Promise<ClipScorer>;
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
