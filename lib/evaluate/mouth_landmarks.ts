import type { Frame } from '../media/frame.ts';

/** Finds the outline of the mouth in pictures. */
export interface MouthLandmarks {
  /** How many points a mouth has. */
  readonly count: number;
  /** For each picture `count` pairs x, y in its pixels, of its largest face; undefined where there is none. */
  find(frames: readonly Frame[]): Promise<(Float32Array | undefined)[]>;
  dispose(): void;
}
