import { StreamClock } from './stream_clock.ts';

/** A frame that must be closed: a `VideoFrame`, or what stands for one. */
export interface TimedFrame {
  /** µs. */
  readonly timestamp: number;
  close(): void;
}

/** Frames whose distances are watched, and how many there must be before they are believed. */
const [WATCHED, BELIEVED] = [60, 10];

/**
 * Takes the newest frames of a source that itself keeps no more than the newest, and leaves frames out evenly where
 * fewer are wanted. A camera stops when a few of its frames are held (two in Chromium, those of other readers
 * included), so each is closed before the next is asked for.
 */
export class NewestFrames<Frame extends TimedFrame> {
  readonly #reader: ReadableStreamDefaultReader<Frame>;
  readonly #clock = new StreamClock();
  /** Timestamps of the frame that came last and of the one that was shown last, ms. */
  #last: number | undefined;
  #shown = Number.NEGATIVE_INFINITY;
  readonly #distances: number[] = [];
  readonly #expected: number;
  #dropped = 0;

  /** @param interval ms between frames as far as it is known beforehand */
  constructor(source: ReadableStream<Frame>, interval: number) {
    this.#reader = source.getReader();
    this.#expected = interval;
  }

  /** Frames that came and were left out, those between that never reached this place included. */
  get dropped(): number {
    return this.#dropped;
  }

  /** ms from one frame of the source to the next. */
  get interval(): number {
    if (this.#distances.length < BELIEVED) return this.#expected;
    // Those where some were left out between are longer.
    const sorted = this.#distances.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 4)];
  }

  /**
   * Shows the newest frame and those that follow until `count`, every `stride`-th of the source, were shown. At the end
   * of the source, which may come first, there are fewer.
   *
   * @param show is given a frame, which is closed afterwards, and when it could have come at the earliest, in ms of
   *   `performance.now()`
   * @returns how many were shown
   */
  async take(count: number, stride: number, show: (frame: Frame, capturedAt: number) => void): Promise<number> {
    let shown = 0;
    while (shown < count) {
      const { value: frame, done } = await this.#reader.read();
      if (done) break;
      try {
        const time = frame.timestamp / 1000;
        if (!this.#isWanted(time, stride)) continue;
        show(frame, this.#clock.toLocal(time));
        shown++;
      } finally {
        frame.close();
      }
    }
    return shown;
  }

  /** Ends the source. */
  async close(): Promise<void> {
    // A source that failed has nothing left to cancel.
    await this.#reader.cancel().catch(() => {});
  }

  #isWanted(time: number, stride: number): boolean {
    this.#clock.observe(time, performance.now());
    const distance = time - (this.#last ?? time);
    if (distance > 0) {
      this.#distances.push(distance);
      if (this.#distances.length > WATCHED) this.#distances.shift();
      this.#dropped += Math.max(0, Math.round(distance / this.interval) - 1);
    }
    this.#last = time;
    const since = time - this.#shown;
    if (stride > 1 && since >= 0 && since < (stride - 0.5) * this.interval) {
      this.#dropped++;
      return false;
    }
    this.#shown = time;
    return true;
  }
}
