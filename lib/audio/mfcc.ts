import { Fft } from './fft.ts';

const SAMPLE_RATE = 16000;
const WINDOW = 400;
const HOP = 160;
const FFT_SIZE = 512;
const FILTERS = 26;
const PREEMPHASIS = 0.97;
const LIFTER = 22;
/** Full scale of 16-bit sound. */
const FULL_SCALE = 32768;

/** Coefficients of a column. */
export const MFCC_COEFFICIENTS = 13;

/** Columns a second. */
export const MFCC_RATE = SAMPLE_RATE / HOP;

/** Mel-frequency cepstral coefficients. */
export interface Mfcc {
  /** Column after column, `[columns, MFCC_COEFFICIENTS]`. */
  readonly data: Float32Array;
  readonly columns: number;
}

/**
 * Mel-frequency cepstral coefficients (Davis and Mermelstein, 1980) of 16 kHz mono samples in [-1, 1], 100 columns a
 * second, as SyncNet takes them. These are the defaults of `python_speech_features.mfcc` on 16-bit samples: 25 ms
 * without a window function, 26 filters on the HTK mel scale with edges on whole bins, the first coefficient
 * replaced by the log energy. The last column is filled up with silence.
 */
export function mfcc(samples: Float32Array): Mfcc {
  const columns = 1 + Math.max(0, Math.ceil((samples.length - WINDOW) / HOP));
  const filters = melFilterbank();
  const cosines = cosineTable();
  const fft = new Fft(FFT_SIZE);
  const re = new Float64Array(FFT_SIZE);
  const im = new Float64Array(FFT_SIZE);
  const power = new Float64Array(FFT_SIZE / 2 + 1);
  const logs = new Float64Array(FILTERS);
  const data = new Float32Array(columns * MFCC_COEFFICIENTS);
  for (let column = 0; column < columns; column++) {
    re.fill(0);
    im.fill(0);
    const start = column * HOP;
    const end = Math.min(start + WINDOW, samples.length);
    for (let n = start; n < end; n++) {
      re[n - start] = FULL_SCALE * (samples[n] - (n > 0 ? PREEMPHASIS * samples[n - 1] : 0));
    }
    fft.forward(re, im);
    let energy = 0;
    for (let k = 0; k < power.length; k++) {
      power[k] = (re[k] * re[k] + im[k] * im[k]) / FFT_SIZE;
      energy += power[k];
    }
    for (let i = 0; i < FILTERS; i++) logs[i] = logOrFloor(filters[i](power));
    const out = data.subarray(column * MFCC_COEFFICIENTS, (column + 1) * MFCC_COEFFICIENTS);
    out[0] = logOrFloor(energy);
    for (let c = 1; c < MFCC_COEFFICIENTS; c++) {
      let sum = 0;
      for (let i = 0; i < FILTERS; i++) sum += cosines[c * FILTERS + i] * logs[i];
      out[c] = sum;
    }
  }
  return { data, columns };
}

const logOrFloor = (value: number): number => Math.log(value === 0 ? Number.EPSILON : value);

/** Triangles whose corners lie evenly on the HTK mel scale, moved down to whole bins. */
function melFilterbank(): ((power: Float64Array) => number)[] {
  const highest = 2595 * Math.log10(1 + SAMPLE_RATE / 2 / 700);
  const bins = Array.from({ length: FILTERS + 2 }, (_, i) => {
    const hz = 700 * (10 ** ((highest * i) / (FILTERS + 1) / 2595) - 1);
    return Math.floor(((FFT_SIZE + 1) * hz) / SAMPLE_RATE);
  });
  return Array.from({ length: FILTERS }, (_, i) => {
    const [left, centre, right] = bins.slice(i, i + 3);
    return (power) => {
      let sum = 0;
      for (let k = left; k < centre; k++) sum += (power[k] * (k - left)) / (centre - left);
      for (let k = centre; k < right; k++) sum += (power[k] * (right - k)) / (right - centre);
      return sum;
    };
  });
}

/** Orthonormal DCT-II and the sine lifter in one table, row by coefficient. */
function cosineTable(): Float64Array {
  return Float64Array.from({ length: MFCC_COEFFICIENTS * FILTERS }, (_, at) => {
    const coefficient = Math.floor(at / FILTERS);
    const filter = at % FILTERS;
    const lift = 1 + (LIFTER / 2) * Math.sin((Math.PI * coefficient) / LIFTER);
    return lift * Math.sqrt(2 / FILTERS) * Math.cos((Math.PI * coefficient * (2 * filter + 1)) / (2 * FILTERS));
  });
}
