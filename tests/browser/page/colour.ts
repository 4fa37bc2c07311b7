import type { VideoReader } from '../../../lib/media/media_platform.ts';

/** Mean red, green and blue of a reader's first frame. */
export async function firstColour(reader: VideoReader): Promise<number[]> {
  for await (const { data } of reader.frames()) {
    const sums = [0, 0, 0];
    data.forEach((value, i) => {
      sums[i % 3] += value;
    });
    return sums.map((sum) => (3 * sum) / data.length);
  }
  throw new Error('There is no frame.');
}
