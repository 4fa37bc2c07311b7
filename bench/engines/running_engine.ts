/** What one timed run gave. */
export interface Timing {
  readonly milliseconds: number;
  /** MiB since the engine's process began; absent where it cannot be told. */
  readonly peakMemory?: number;
  /** The output, when asked for, in the engine's layout. */
  readonly values?: readonly number[];
}

/** An engine somewhere else, in a process or a page, that can be timed. */
export interface RunningEngine {
  readonly description: string;
  run(batch: number, output?: boolean): Promise<Timing>;
  /** GFLOP/s that the graphics card reaches at the most; for the toolkit on WebGPU. */
  peak(): Promise<number>;
  stop(): Promise<void>;
}
