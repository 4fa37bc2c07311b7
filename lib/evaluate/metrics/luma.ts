import type { Frame } from '../../media/frame.ts';

/** Brightness of each pixel, 0 to 255, unrounded: ITU-R BT.601 weights. */
export function luma({ data, width, height }: Frame): Float64Array {
  const grey = new Float64Array(width * height);
  for (let i = 0, p = 0; i < grey.length; i++, p += 3) {
    grey[i] = 0.299 * data[p] + 0.587 * data[p + 1] + 0.114 * data[p + 2];
  }
  return grey;
}
