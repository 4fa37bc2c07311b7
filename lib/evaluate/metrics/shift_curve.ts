/** Shifts that are tried, in pictures to either side. */
const MOST_SHIFT = 15;
const SHIFTS = 2 * MOST_SHIFT + 1;

/** What belongs to a place of a clip: descriptions of length 1, where there are any. */
export interface Place {
  readonly lips?: Float32Array;
  readonly sound?: Float32Array;
}

/** How alike lips and sound are at each shift. */
export interface ShiftResult {
  /** Mean cosine without a shift, 0 to 1. */
  readonly match: number;
  /** The largest mean cosine over all shifts less their median. */
  readonly confidence: number;
  /** The shift of the largest, in pictures; positive when the sound comes first. */
  readonly offset: number;
  /** Mean cosines from the sound coming 15 pictures first to it coming 15 after. */
  readonly curve: readonly number[];
}

/** Compares lips and sound at every shift within half a second, of places as they come; keeps the last 16. */
export class ShiftCurve {
  readonly #last: Place[] = [];
  readonly #sums = new Float64Array(SHIFTS);
  readonly #counts = new Int32Array(SHIFTS);

  add(place: Place): void {
    this.#last.unshift(place);
    this.#last.splice(MOST_SHIFT + 1);
    for (const [before, earlier] of this.#last.entries()) {
      this.#compare(earlier.sound, place.lips, before);
      if (before > 0) this.#compare(place.sound, earlier.lips, -before);
    }
  }

  /** Undefined when there is no place with both, or too few places for any shift. */
  finish(): ShiftResult | undefined {
    const means = Array.from(this.#sums, (sum, i) => sum / this.#counts[i]).reverse();
    const match = means[MOST_SHIFT];
    const known = means.filter((mean) => !Number.isNaN(mean)).sort((a, b) => a - b);
    if (Number.isNaN(match) || known.length < SHIFTS) return undefined;
    const most = known[SHIFTS - 1];
    return { match, confidence: most - known[MOST_SHIFT], offset: MOST_SHIFT - means.indexOf(most), curve: means };
  }

  /** @param lead pictures by which the sound comes before the lips */
  #compare(sound: Float32Array | undefined, lips: Float32Array | undefined, lead: number): void {
    if (!sound || !lips) return;
    let cosine = 0;
    for (let i = 0; i < lips.length; i++) cosine += lips[i] * sound[i];
    this.#sums[lead + MOST_SHIFT] += cosine;
    this.#counts[lead + MOST_SHIFT]++;
  }
}
