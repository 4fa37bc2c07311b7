/** ms over which the least delay is taken: long enough to see one message that was not held up. */
const SPAN = 1000;

/**
 * Tells when things that carry the time of another clock happened by this machine's clock. They arrive late, now more,
 * now less, and never early: the least delay of the last seconds is taken for none. So clocks may drift.
 */
export class StreamClock {
  #start = Number.NEGATIVE_INFINITY;
  /** Least differences of the two clocks, in this span and in the one before. */
  #least = Number.POSITIVE_INFINITY;
  #before = Number.POSITIVE_INFINITY;

  /** Something of the time `time` has arrived at `now`; both in ms. */
  observe(time: number, now: number): void {
    if (now - this.#start >= SPAN) {
      this.#before = now - this.#start < 2 * SPAN ? this.#least : Number.POSITIVE_INFINITY;
      this.#least = Number.POSITIVE_INFINITY;
      this.#start = now;
    }
    this.#least = Math.min(this.#least, now - time);
  }

  /** What this machine's clock showed at `time`, in ms; not finite before anything has arrived. */
  toLocal(time: number): number {
    return time + this.#difference;
  }

  /** The other clock's time when this machine's shows `local`, in ms. */
  fromLocal(local: number): number {
    return local - this.#difference;
  }

  get #difference(): number {
    return Math.min(this.#least, this.#before);
  }
}
