import type { Frame } from '../../media/frame.ts';

/** How a picture is laid into a smaller one with the same shape of pixels. */
export interface View {
  /** Size of the smaller picture, in its pixels. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the picture for one of the smaller. */
  readonly scale: number;
  /** Top left corner of the smaller picture in pixels of the picture; negative where bars are added. */
  readonly left: number;
  readonly top: number;
}

/**
 * The view of a whole picture that shows it largest in an input whose sides are multiples of `multiple` and
 * which has at most `area` pixels; the picture is in its middle.
 */
export function fitWhole(picture: Pick<Frame, 'width' | 'height'>, area: number, multiple: number): View {
  let best = { width: multiple, height: multiple, scale: Number.POSITIVE_INFINITY };
  for (let width = multiple; width * multiple <= area; width += multiple) {
    for (let height = multiple; width * height <= area; height += multiple) {
      const scale = Math.max(picture.width / width, picture.height / height);
      if (scale < best.scale) best = { width, height, scale };
    }
  }
  return {
    ...best,
    left: (picture.width - best.width * best.scale) / 2,
    top: (picture.height - best.height * best.scale) / 2,
  };
}

/** What a network takes for a colour: (value - mean) * gain, values 0 to 255. */
export interface Colours {
  readonly mean: readonly [red: number, green: number, blue: number];
  readonly gain: number;
}

/** Samples per axis that are averaged for a pixel of the output: enough against aliasing at the sizes detectors use. */
const maxTaps = 3;

/**
 * Resamples the view of a picture into `out` from `offset` (height * width * 3 values: R, G, B). What lies
 * outside the picture becomes 0, the mean colour.
 */
export function resample(frame: Frame, view: View, colours: Colours, out: Float32Array, offset: number): void {
  const taps = Math.min(maxTaps, Math.max(1, Math.round(view.scale)));
  const columns = samplePositions(view.left, view.scale, view.width, taps, frame.width, 3);
  const rows = samplePositions(view.top, view.scale, view.height, taps, frame.height, frame.width * 3);
  const gain = colours.gain / (taps * taps);
  const [meanRed, meanGreen, meanBlue] = colours.mean.map((value) => value * colours.gain);
  const { data } = frame;
  out.fill(0, offset, offset + view.width * view.height * 3);
  for (let y = 0; y < view.height; y++) {
    if (rows[y * taps] < 0) continue;
    for (let x = 0; x < view.width; x++) {
      if (columns[x * taps] < 0) continue;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let i = y * taps; i < (y + 1) * taps; i++) {
        for (let j = x * taps; j < (x + 1) * taps; j++) {
          const at = rows[i] + columns[j];
          red += data[at];
          green += data[at + 1];
          blue += data[at + 2];
        }
      }
      const to = offset + (y * view.width + x) * 3;
      out[to] = red * gain - meanRed;
      out[to + 1] = green * gain - meanGreen;
      out[to + 2] = blue * gain - meanBlue;
    }
  }
}

/** Byte offsets of the samples along one axis, `taps` for each output pixel; -1 where its centre is outside. */
function samplePositions(
  start: number,
  scale: number,
  count: number,
  taps: number,
  size: number,
  stride: number,
): Int32Array {
  const positions = new Int32Array(count * taps);
  for (let i = 0; i < count; i++) {
    const centre = start + (i + 0.5) * scale;
    for (let tap = 0; tap < taps; tap++) {
      const at = Math.floor(start + (i + (tap + 0.5) / taps) * scale);
      positions[i * taps + tap] = centre < 0 || centre >= size ? -1 : Math.min(size - 1, Math.max(0, at)) * stride;
    }
  }
  return positions;
}
