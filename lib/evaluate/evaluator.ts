import type { MediaInput, MediaPlatform, VideoReader } from '../media/media_platform.ts';
import { UserError } from '../utils/errors.ts';
import { nearest } from '../utils/nearest.ts';
import type {
  ClipInfo,
  ClipScorer,
  Curves,
  LoadedMetric,
  Metric,
  MetricResources,
  MetricValue,
  Scores,
} from './metric.ts';
import { metrics } from './registry.ts';
import { RunningMean } from './running_mean.ts';

/** A generated clip and the real one it stands for. */
export interface ClipPair {
  readonly name: string;
  readonly generated: MediaInput;
  /** Needed by metrics that compare. */
  readonly real?: MediaInput;
  /** Whether the frames are cropped faces; by default they are whole pictures. */
  readonly isFace?: boolean;
}

/** The scores of one pair. */
export interface ClipScores {
  readonly name: string;
  /** Frames of each clip; as many as the shorter one has were compared. */
  readonly frames: number;
  readonly realFrames?: number;
  readonly generated: Scores;
  /** Of the metrics that need no comparison. */
  readonly real: Scores;
  readonly curves: { readonly generated: Curves; readonly real: Curves };
}

/**
 * A number over all clips: the mean of theirs, or of their absolute values where 0 is best; of a metric of all clips
 * together, that.
 */
export interface Score extends MetricValue {
  readonly generated: number;
  /** The same number for the real clips, where it needs no comparison. */
  readonly real?: number;
}

/** What an evaluation found. */
export interface Evaluation {
  readonly scores: Score[];
  readonly clips: ClipScores[];
}

/** A metric that can score. */
interface ReadyMetric extends LoadedMetric {
  readonly metric: Metric;
}

/** Called after each frame with about which part of all clips is scored, 0 to 1. */
export type EvaluationProgress = (done: number) => void;

/** Scores clips by some of the registered metrics. */
export class Evaluator {
  readonly #metrics: readonly ReadyMetric[];
  readonly #media: MediaPlatform;

  private constructor(ready: readonly ReadyMetric[], media: MediaPlatform) {
    this.#metrics = ready;
    this.#media = media;
  }

  /** Throws a `UserError` for a metric that does not exist or lacks its weights. */
  static async load(names: readonly string[], media: MediaPlatform, resources: MetricResources): Promise<Evaluator> {
    const chosen = [...new Set(names.map(findMetric))];
    const ready: ReadyMetric[] = [];
    try {
      for (const metric of chosen) ready.push({ metric, ...(await metric.load(resources)) });
    } catch (error) {
      for (const loaded of ready) loaded.dispose?.();
      throw error;
    }
    return new Evaluator(ready, media);
  }

  /**
   * Scores every pair, one after the other; a few frames of each clip are held.
   *
   * @throws {UserError} when a clip cannot be read or scored, or when the clips of a pair differ in size or frame rate
   * and a metric compares them.
   */
  async run(pairs: readonly ClipPair[], onProgress?: EvaluationProgress, signal?: AbortSignal): Promise<Evaluation> {
    for (const loaded of this.#metrics) loaded.begin?.();
    const clips: ClipScores[] = [];
    for (const [i, pair] of pairs.entries()) {
      const report = (part: number) => onProgress?.((i + part) / pairs.length);
      clips.push(await this.#scorePair(pair, report, signal));
    }
    return { scores: this.#summarise(clips), clips };
  }

  dispose(): void {
    for (const loaded of this.#metrics) loaded.dispose?.();
  }

  async #scorePair(pair: ClipPair, report: (part: number) => void, signal?: AbortSignal): Promise<ClipScores> {
    const comparing = this.#metrics.find(({ metric }) => metric.compares)?.metric.values[0].name;
    if (comparing && pair.real === undefined) {
      throw new UserError(`${comparing} compares with real clips and ${pair.name} has none; name them with --real.`);
    }
    const opened: VideoReader[] = [];
    const open = async (input: MediaInput) => {
      opened.push(await this.#media.openVideo(input));
      return opened.at(-1)!;
    };
    const runs: Run[] = [];
    try {
      const generated = await open(pair.generated);
      const real = pair.real === undefined ? undefined : await open(pair.real);
      if (comparing && real) requireAlike(pair.name, comparing, generated, real);
      const { isFace = false } = pair;
      const generatedClip = { ...this.#clip(`generated clip ${pair.name}`, pair.generated, generated), isFace };
      const realClip = real && { ...this.#clip(`real clip ${pair.name}`, pair.real!, real), isFace };
      for (const loaded of this.#metrics) {
        const { compares } = loaded.metric;
        runs.push({ of: compares ? 'both' : 'generated', scorer: await loaded.start(generatedClip) });
        if (!compares && realClip) runs.push({ of: 'real', scorer: await loaded.start(realClip) });
      }
      const counts = await feed(runs, generated, real, report, signal);
      const [ofGenerated, ofReal] = [runs.filter(({ of }) => of !== 'real'), runs.filter(({ of }) => of === 'real')];
      return {
        name: pair.name,
        frames: counts.generated,
        ...(real && { realFrames: counts.real }),
        generated: await finish(ofGenerated),
        real: await finish(ofReal),
        curves: { generated: curves(ofGenerated), real: curves(ofReal) },
      };
    } finally {
      for (const { scorer } of runs) scorer.dispose?.();
      for (const reader of opened) await reader.close();
    }
  }

  #clip(name: string, input: MediaInput, { width, height, frameRate }: VideoReader): Omit<ClipInfo, 'isFace'> {
    const sound = async (sampleRate: number) => (await this.#media.readSound(input, sampleRate)).samples;
    return { name, width, height, frameRate, sound };
  }

  #summarise(clips: readonly ClipScores[]): Score[] {
    return this.#metrics.flatMap(({ metric, total }) => {
      const together = total?.();
      return metric.values.map((value) => {
        const over = (scores: readonly Scores[]) =>
          mean(
            scores.map((each) => each[value.name]),
            value,
          );
        const real = clips.map((clip) => clip.real).filter((each) => value.name in each);
        return {
          ...value,
          generated: together?.[value.name] ?? over(clips.map((clip) => clip.generated)),
          ...(real.length > 0 && { real: over(real) }),
        };
      });
    });
  }
}

/** A scorer and the frames it gets. */
interface Run {
  readonly of: 'generated' | 'real' | 'both';
  readonly scorer: ClipScorer;
}

/** Reads both clips side by side to the end of the longer one; returns how many frames each had. */
async function feed(
  runs: readonly Run[],
  generated: VideoReader,
  real: VideoReader | undefined,
  report: (part: number) => void,
  signal?: AbortSignal,
) {
  const counts = { generated: 0, real: 0 };
  const sources = [generated, real].map((reader) => reader?.frames()[Symbol.asyncIterator]());
  try {
    for (;;) {
      signal?.throwIfAborted();
      const [frame, realFrame] = await Promise.all(sources.map(async (source) => (await source?.next())?.value));
      if (!frame && !realFrame) return counts;
      if (frame) counts.generated++;
      if (realFrame) counts.real++;
      for (const { of, scorer } of runs) {
        if (of === 'both' && frame && realFrame) await scorer.add(frame, realFrame);
        else if (of === 'generated' && frame) await scorer.add(frame, frame);
        else if (of === 'real' && realFrame) await scorer.add(realFrame, realFrame);
      }
      report(Math.min(1, counts.generated / generated.frameCount));
    }
  } finally {
    for (const source of sources) await source?.return?.();
  }
}

async function finish(runs: readonly Run[]): Promise<Scores> {
  const scores = await Promise.all(runs.map(({ scorer }) => scorer.finish()));
  return Object.assign({}, ...scores);
}

const curves = (runs: readonly Run[]): Curves => Object.assign({}, ...runs.map(({ scorer }) => scorer.curves?.()));

function requireAlike(name: string, metric: string, generated: VideoReader, real: VideoReader): void {
  const size = ({ width, height }: VideoReader) => `${width} x ${height}`;
  if (size(generated) !== size(real)) {
    throw new UserError(
      `${metric} compares frames of one size, but ${name} is ${size(generated)} generated and ${size(real)} real; make the sizes equal first.`,
    );
  }
  if (Math.abs(generated.frameRate - real.frameRate) > 0.01 * real.frameRate) {
    throw new UserError(
      `${metric} compares frame by frame, but ${name} has ${generated.frameRate} frames/s generated and ${real.frameRate} real; make the rates equal first.`,
    );
  }
}

function findMetric(given: string): Metric {
  const name = given.toLowerCase().replaceAll('_', '-');
  if (name in metrics) return metrics[name];
  const known = Object.keys(metrics);
  const meant = nearest(name, known);
  throw new UserError(
    `There is no metric ${given}; ${meant ? `did you mean ${meant}? There are` : 'there are'} ${known.join(', ')}.`,
  );
}

function mean(values: readonly number[], { better }: MetricValue): number {
  const total = new RunningMean();
  for (const value of values) total.add(better === 'zero' ? Math.abs(value) : value);
  return total.value;
}
