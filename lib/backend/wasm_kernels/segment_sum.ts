import * as tf from '../tf.ts';
import { registerLoop } from './wasm_kernel.ts';

/** Sums rows by the segment they belong to: the gradient of a gather, which wasm lacks. A negative segment is left out. */
export function registerUnsortedSegmentSum(): void {
  registerLoop<{ numSegments: number }>(
    'UnsortedSegmentSum',
    ({ x, segmentIds }, { numSegments }) => [numSegments, ...x.shape.slice(segmentIds.shape.length)],
    (sums, read, { segmentIds }, { numSegments }) => {
      const values = read('x');
      const segments = read('segmentIds');
      const length = sums.length / numSegments;
      for (let i = 0, at = 0; i < tf.util.sizeFromShape(segmentIds.shape); i++, at += length) {
        const segment = segments[i];
        if (segment < 0 || segment >= numSegments) continue;
        for (let j = 0, to = segment * length; j < length; j++) sums[to + j] += values[at + j];
      }
    },
  );
}
