/** Consecutive frames of the result without a face. */
export interface MissingFaces {
  readonly firstFrame: number;
  readonly lastFrame: number;
  /** s from the start of the result: start of the first and end of the last of these frames. */
  readonly from: number;
  readonly to: number;
}

/** Joins frame numbers that come in order into ranges. */
export class MissingFaceRanges {
  readonly #ranges: { first: number; last: number }[] = [];

  add(index: number): void {
    const current = this.#ranges.at(-1);
    if (current?.last === index - 1) current.last = index;
    else this.#ranges.push({ first: index, last: index });
  }

  /** The ranges so far, in time at `frameRate` frames per second. */
  ranges(frameRate: number): MissingFaces[] {
    return this.#ranges.map(({ first, last }) => ({
      firstFrame: first,
      lastFrame: last,
      from: first / frameRate,
      to: (last + 1) / frameRate,
    }));
  }
}
