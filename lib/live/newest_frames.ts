import { StreamClock } from './stream_clock.ts';

/** A frame that must be closed: a `VideoFrame`, or what stands for one. */
export interface TimedFrame {
  /** µs. */
  readonly timestamp: number;
  close(): void;
}

/** A frame that has come. */
export interface ArrivedFrame<Frame> {
  readonly frame: Frame;
  /** When it could have come at the earliest, in ms of `performance.now()`. */
  readonly capturedAt: number;
}

/** Frames whose distances are watched, and how many there must be before they are believed. */
const [WATCHED, BELIEVED] = [60, 10];

/**
 * Keeps the newest frames of a source for whoever takes them and closes the rest, so that nothing waits in line. Leaves
 * frames out evenly where fewer are wanted.
 */
export class NewestFrames<Frame extends TimedFrame> {
  readonly #reader: ReadableStreamDefaultReader<Frame>;
  readonly #clock = new StreamClock();
  #waiting: ArrivedFrame<Frame>[] = [];
  #wanted = 1;
  #stride = 1;
  /** Timestamps of the frame that came last and of the one that was kept last, ms. */
  #last: number | undefined;
  #kept = Number.NEGATIVE_INFINITY;
  readonly #distances: number[] = [];
  readonly #expected: number;
  #dropped = 0;
  #ended = false;
  #failure: unknown;
  #wake: () => void = () => {};

  /** @param interval ms between frames as far as it is known beforehand */
  constructor(source: ReadableStream<Frame>, interval: number) {
    this.#reader = source.getReader();
    this.#expected = interval;
    void this.#pump();
  }

  /** Frames that came and were left out, those between that never reached this place included. */
  get dropped(): number {
    return this.#dropped;
  }

  /** ms from one frame of the source to the next. */
  get interval(): number {
    if (this.#distances.length < BELIEVED) return this.#expected;
    // Those where one was lost between are longer.
    const sorted = this.#distances.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 4)];
  }

  /**
   * The newest `count` frames, every `stride`-th of the source, in order; waits until there are so many. The caller
   * closes them. At the end of the source, which may come first, those that are left; then none.
   */
  async take(count: number, stride: number): Promise<ArrivedFrame<Frame>[]> {
    this.#wanted = count;
    this.#stride = stride;
    this.#dropStale();
    while (this.#waiting.length < count && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.#waiting.splice(0);
  }

  /** Closes what waits and ends the source. */
  async close(): Promise<void> {
    this.#ended = true;
    for (const { frame } of this.#waiting.splice(0)) frame.close();
    this.#wake();
    // A source that failed has nothing left to cancel.
    await this.#reader.cancel().catch(() => {});
  }

  async #pump(): Promise<void> {
    try {
      for (;;) {
        const { value: frame, done } = await this.#reader.read();
        if (done) break;
        if (this.#ended) frame.close();
        else this.#receive(frame);
      }
    } catch (error) {
      this.#failure = error;
    }
    this.#ended = true;
    this.#wake();
  }

  /** A frame that was sent while this thread was at work has been overtaken by others; the source has a newer one ready. */
  #dropStale(): void {
    if (this.#ended || performance.now() - (this.#waiting.at(-1)?.capturedAt ?? 0) <= 2 * this.interval) return;
    this.#dropped += this.#waiting.length;
    for (const { frame } of this.#waiting.splice(0)) frame.close();
  }

  #receive(frame: Frame): void {
    const now = performance.now();
    const time = frame.timestamp / 1000;
    this.#clock.observe(time, now);
    const distance = time - (this.#last ?? time);
    if (distance > 0) {
      this.#distances.push(distance);
      if (this.#distances.length > WATCHED) this.#distances.shift();
      this.#dropped += Math.max(0, Math.round(distance / this.interval) - 1);
    }
    this.#last = time;
    const since = time - this.#kept;
    if (this.#stride > 1 && since >= 0 && since < (this.#stride - 0.5) * this.interval) {
      this.#dropped++;
      frame.close();
      return;
    }
    this.#kept = time;
    this.#waiting.push({ frame, capturedAt: this.#clock.toLocal(time) });
    while (this.#waiting.length > this.#wanted) {
      this.#dropped++;
      this.#waiting.shift()!.frame.close();
    }
    this.#wake();
  }
}
