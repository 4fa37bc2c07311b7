/** 8-bit RGB pixels to read from: a rectangle of a larger picture. */
export interface PixelRegion {
  readonly data: Uint8Array;
  /** Bytes from the start of `data` to the region's first pixel. */
  readonly offset: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
  readonly width: number;
  readonly height: number;
}

/** Computes rows of a resized picture one at a time, so that the whole is never held. */
export interface RowScaler {
  /** Writes row `y` of the result, `3 * width` values from 0 to 255, to the start of `row`. */
  readRow(y: number, row: Uint8Array): void;
}

const FRACTION_BITS = 11;
const ONE = 1 << FRACTION_BITS;
const HALF = 1 << (2 * FRACTION_BITS - 1);

/**
 * Bilinear resize to `width` x `height` as OpenCV and the models trained with it do: pixel centres at half
 * coordinates, no smoothing when the picture shrinks, weights of 11 bits, rounded to 8 bits at the end.
 */
export function scaleRows(region: PixelRegion, width: number, height: number): RowScaler {
  const { data, offset, stride } = region;
  const columns = sampleTable(region.width, width);
  const rows = sampleTable(region.height, height);
  const blended = new Int32Array(region.width * 3);

  return {
    readRow(y, row) {
      const upper = offset + rows.first[y] * stride;
      const lower = offset + rows.second[y] * stride;
      const weight = rows.weight[y];
      for (let i = 0; i < blended.length; i++) {
        blended[i] = data[upper + i] * (ONE - weight) + data[lower + i] * weight;
      }
      for (let x = 0, out = 0; x < width; x++, out += 3) {
        const left = columns.first[x] * 3;
        const right = columns.second[x] * 3;
        const b = columns.weight[x];
        const a = ONE - b;
        row[out] = (blended[left] * a + blended[right] * b + HALF) >>> (2 * FRACTION_BITS);
        row[out + 1] = (blended[left + 1] * a + blended[right + 1] * b + HALF) >>> (2 * FRACTION_BITS);
        row[out + 2] = (blended[left + 2] * a + blended[right + 2] * b + HALF) >>> (2 * FRACTION_BITS);
      }
    },
  };
}

/** For each of `to` samples of `from`: the two it lies between and the weight of the second, of `ONE`. */
function sampleTable(from: number, to: number) {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const weight = new Int32Array(to);
  for (let i = 0; i < to; i++) {
    const position = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    first[i] = Math.floor(position);
    second[i] = Math.min(first[i] + 1, from - 1);
    weight[i] = Math.round((position - first[i]) * ONE);
  }
  return { first, second, weight };
}
