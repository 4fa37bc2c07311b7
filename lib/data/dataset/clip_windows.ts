import { MEL_WINDOW_FRAMES, WAV2LIP_MEL } from '../../audio/mel_spectrogram.ts';
import { UserError } from '../../utils/errors.ts';
import { Random } from '../../utils/random.ts';
import { seedOf } from '../../utils/seed.ts';
import type { Part } from './dataset.ts';
import type { ClipInfo, StoredClip } from './stored_clip.ts';

export interface ClipWindowsOptions {
  readonly part: Part;
  /** The run's seed. */
  readonly seed: number;
  /** Frames of a window; 5 by default. */
  readonly length?: number;
  /** Frames before a window whose sound is needed; 0 by default. */
  readonly lead?: number;
  /** At most so many windows an epoch, spread evenly over all; by default all. */
  readonly limit?: number;
}

/** Consecutive frames of a clip, and others of the same clip that begin elsewhere. */
export interface DrawnWindow {
  readonly clip: StoredClip;
  readonly start: number;
  readonly otherStart: number;
  /** For further choices about this item. */
  readonly random: Random;
}

/** Starts in a row that have all that a window needs. */
interface Stretch {
  readonly first: number;
  readonly count: number;
}

/**
 * Draws windows from clips. An epoch has as many as fit side by side into the clips, each at a random place within
 * its share for training and in the middle of it otherwise, so that every part of every clip counts alike.
 */
export class ClipWindows {
  /** Windows of one epoch. */
  readonly count: number;
  readonly #clips: { readonly clip: StoredClip; readonly stretches: readonly Stretch[] }[];
  /** Number of the first window of each clip. */
  readonly #firsts: number[] = [];
  readonly #total: number;
  readonly #length: number;
  readonly #options: ClipWindowsOptions;

  /** Throws a `UserError` when no clip is long enough. */
  constructor(clips: readonly StoredClip[], options: ClipWindowsOptions) {
    this.#options = options;
    this.#length = options.length ?? 5;
    // A window and another one are needed.
    this.#clips = clips
      .map((clip) => ({ clip, stretches: this.#stretches(clip, options.lead ?? 0) }))
      .filter(({ stretches }) => stretches.reduce((sum, { count }) => sum + count, 0) >= 2);
    let total = 0;
    for (const { stretches } of this.#clips) {
      this.#firsts.push(total);
      total += stretches.reduce((sum, { count }) => sum + this.#shares(count), 0);
    }
    if (total === 0) {
      const many = clips.length === 1 ? 'its only clip has' : `none of its ${clips.length} clips has`;
      const seconds = (((options.lead ?? 0) + this.#length + 1) / (clips[0]?.info.fps ?? 25)).toFixed(1);
      throw new UserError(`The ${options.part} part is empty: ${many} ${seconds} s with a face and sound; add clips.`);
    }
    this.#total = total;
    this.count = Math.min(total, options.limit ?? total);
  }

  /** Window `index` of an epoch. */
  draw(index: number, epoch: number): DrawnWindow {
    const { part, seed } = this.#options;
    const isTraining = part === 'train';
    const random = new Random(isTraining ? seedOf(seed, 'item', epoch, index) : seedOf(part, index));
    const number = Math.floor(((index + (isTraining ? random.next() : 0.5)) * this.#total) / this.count);
    const at = lastAtMost(this.#firsts, Math.min(number, this.#total - 1));
    const { clip, stretches } = this.#clips[at];
    let share = number - this.#firsts[at];
    let before = 0;
    for (const { first, count } of stretches) {
      const shares = this.#shares(count);
      if (share < shares) {
        const from = share * this.#length;
        const width = Math.min(this.#length, count - from);
        const offset = from + Math.floor((isTraining ? random.next() : 0.5) * width);
        return { clip, start: first + offset, otherStart: otherThan(before + offset, stretches, random), random };
      }
      share -= shares;
      before += count;
    }
    throw new Error(`There is no window ${index}.`);
  }

  #shares(starts: number): number {
    return Math.ceil(starts / this.#length);
  }

  #stretches(clip: StoredClip, lead: number): Stretch[] {
    const stretches: Stretch[] = [];
    const last = lastFrameWithSound(clip.info);
    for (const [from, to] of clip.info.runs) {
      const first = Math.max(from, lead);
      // The sound of the window as a whole begins with its first frame, that of each frame `lead` earlier.
      const end = Math.min(to - this.#length, last, last + lead - this.#length + 1);
      if (end >= first) stretches.push({ first, count: end - first + 1 });
    }
    return stretches;
  }
}

/** The column of the mel spectrogram at which the sound of a frame begins. */
export function melColumn(frame: number, fps: number): number {
  return Math.floor((frame * WAV2LIP_MEL.sampleRate) / WAV2LIP_MEL.hopSize / fps);
}

/** The last frame whose sound, 16 columns, the clip still has. */
export function lastFrameWithSound({ melColumns, fps }: ClipInfo): number {
  const columns = melColumns - MEL_WINDOW_FRAMES;
  let frame = Math.floor((columns * fps * WAV2LIP_MEL.hopSize) / WAV2LIP_MEL.sampleRate) + 1;
  while (melColumn(frame, fps) > columns) frame--;
  return frame;
}

/** A start among all of a clip other than the one with this number. */
function otherThan(number: number, stretches: readonly Stretch[], random: Random): number {
  const total = stretches.reduce((sum, { count }) => sum + count, 0);
  let other = Math.floor(random.next() * (total - 1));
  if (other >= number) other++;
  for (const { first, count } of stretches) {
    if (other < count) return first + other;
    other -= count;
  }
  throw new Error('There is no such start.');
}

/** The place of the last of some rising numbers that is at most `value`. */
function lastAtMost(numbers: readonly number[], value: number): number {
  let low = 0;
  let high = numbers.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= value) low = middle;
    else high = middle;
  }
  return low;
}
