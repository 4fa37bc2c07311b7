/** ms over which is measured. */
const SPAN = 1500;

/** A frame that was given out. Times in ms by one clock. */
export interface GivenFrame {
  readonly capturedAt: number;
  readonly givenAt: number;
  /** ms by which the picture is behind the voice; undefined without one. */
  readonly offset?: number;
  /** ms that each stage took for it. */
  readonly stages: Readonly<Record<string, number>>;
}

/** What is measured over the last one and a half seconds. */
export interface LiveMeasures {
  /** Per second. */
  readonly frameRate: number;
  /** ms from capture to being given out. */
  readonly latency: { readonly median: number; readonly p95: number };
  /** Mean, ms. */
  readonly offset: number;
  /** Means, ms. */
  readonly stages: Readonly<Record<string, number>>;
}

/** Measures frames as they are given out. */
export class LiveMeter {
  #given: GivenFrame[] = [];

  add(frame: GivenFrame): void {
    this.#given = this.#given.filter(({ givenAt }) => frame.givenAt - givenAt < SPAN);
    this.#given.push(frame);
  }

  measures(now: number): LiveMeasures {
    const given = this.#given.filter(({ givenAt }) => now - givenAt < SPAN);
    const latencies = given.map(({ capturedAt, givenAt }) => givenAt - capturedAt).sort((a, b) => a - b);
    const at = (part: number) => latencies[Math.round(part * (latencies.length - 1))] ?? 0;
    const offsets = given.flatMap(({ offset }) => offset ?? []);
    const stages: Record<string, number> = {};
    for (const frame of given) {
      for (const [name, ms] of Object.entries(frame.stages)) stages[name] = (stages[name] ?? 0) + ms / given.length;
    }
    return {
      frameRate: given.length < 2 ? 0 : ((given.length - 1) * 1000) / (given.at(-1)!.givenAt - given[0].givenAt),
      latency: { median: at(0.5), p95: at(0.95) },
      offset: offsets.reduce((sum, value) => sum + value, 0) / Math.max(1, offsets.length),
      stages,
    };
  }
}
