import type { Frame } from './frame.ts';

/** What the luma and chroma of a picture mean. */
export interface YuvColour {
  /** `bt709` or anything else, which counts as BT.601 as in FFmpeg. */
  readonly matrix: string | null | undefined;
  /** Whether values span 0 to 255 instead of 16 to 235 (chroma 16 to 240). */
  readonly fullRange: boolean | null | undefined;
}

/** Where the values of a plane lie. */
export interface Plane {
  readonly offset: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
}

/** Weights of red and blue in luma (ITU-R BT.601-7 and BT.709-6). */
function lumaWeights(matrix: string | null | undefined): { kr: number; kb: number } {
  return matrix === 'bt709' ? { kr: 0.2126, kb: 0.0722 } : { kr: 0.299, kb: 0.114 };
}

/**
 * YUV 4:2:0 to RGB; each chroma value colours its 2x2 pixels.
 *
 * @param planes - Y, U, V (I420), or Y and interleaved UV (NV12).
 */
export function yuvToRgb(
  data: Uint8Array,
  planes: readonly Plane[],
  width: number,
  height: number,
  colour: YuvColour,
): Frame {
  const { kr, kb } = lumaWeights(colour.matrix);
  const kg = 1 - kr - kb;
  const [black, lumaScale, chromaScale] = colour.fullRange ? [0, 1, 1] : [16, 255 / 219, 255 / 224];
  const [redV, blueU] = [2 * (1 - kr) * chromaScale, 2 * (1 - kb) * chromaScale];
  const [greenU, greenV] = [(kb / kg) * blueU, (kr / kg) * redV];
  const interleaved = planes.length === 2;
  const [luma, uPlane] = planes;
  const vPlane = interleaved ? { offset: uPlane.offset + 1, stride: uPlane.stride } : planes[2];
  const step = interleaved ? 2 : 1;
  // Rounds and clips on storing.
  const rgb = new Uint8ClampedArray(width * height * 3);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const lumaRow = luma.offset + y * luma.stride;
    const uRow = uPlane.offset + (y >> 1) * uPlane.stride;
    const vRow = vPlane.offset + (y >> 1) * vPlane.stride;
    for (let x = 0; x < width; x++) {
      const value = (data[lumaRow + x] - black) * lumaScale;
      const u = data[uRow + (x >> 1) * step] - 128;
      const v = data[vRow + (x >> 1) * step] - 128;
      rgb[to++] = value + redV * v;
      rgb[to++] = value - greenU * u - greenV * v;
      rgb[to++] = value + blueU * u;
    }
  }
  return { data: new Uint8Array(rgb.buffer), width, height };
}

/**
 * RGB to I420 of limited range, BT.601; chroma is the mean of 2x2 pixels. An odd size becomes even by repeating the
 * last row and column.
 *
 * @returns Y, U and V planes without padding, one after the other.
 */
export function rgbToYuv({ data, width, height }: Frame): { data: Uint8Array; width: number; height: number } {
  const { kr, kb } = lumaWeights('bt601');
  const kg = 1 - kr - kb;
  const [outWidth, outHeight] = [width + (width % 2), height + (height % 2)];
  const pixels = outWidth * outHeight;
  const out = new Uint8ClampedArray((pixels * 3) / 2);
  const uScale = 224 / 255 / (2 * (1 - kb));
  const vScale = 224 / 255 / (2 * (1 - kr));
  for (let y = 0; y < outHeight; y += 2) {
    for (let x = 0; x < outWidth; x += 2) {
      let [red, blue, luma] = [0, 0, 0];
      for (let k = 0; k < 4; k++) {
        const [px, py] = [x + (k & 1), y + (k >> 1)];
        const at = 3 * (Math.min(py, height - 1) * width + Math.min(px, width - 1));
        const value = kr * data[at] + kg * data[at + 1] + kb * data[at + 2];
        out[py * outWidth + px] = 16 + (219 / 255) * value;
        red += data[at] / 4;
        blue += data[at + 2] / 4;
        luma += value / 4;
      }
      const chroma = pixels + (y >> 1) * (outWidth >> 1) + (x >> 1);
      out[chroma] = 128 + uScale * (blue - luma);
      out[chroma + pixels / 4] = 128 + vScale * (red - luma);
    }
  }
  return { data: new Uint8Array(out.buffer), width: outWidth, height: outHeight };
}
