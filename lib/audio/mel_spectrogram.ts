import { UserError } from '../utils/errors.ts';
import { type MelFilter, type MelFilterSettings, melFilters } from './mel_filters.ts';
import { Stft, type StftSettings, stftFrameCount } from './stft.ts';

/** Settings of a normalised mel spectrogram in decibels. */
export interface MelSettings extends StftSettings, MelFilterSettings {
  /** dB that maps to `-maxAbsValue`. */
  readonly minLevelDb: number;
  /** dB subtracted from all levels. */
  readonly refLevelDb: number;
  /** Values are scaled and clipped to `[-maxAbsValue, maxAbsValue]`. */
  readonly maxAbsValue: number;
}

/** The settings of Wav2Lip (Prajwal et al., 2020): 80 bands, 80 columns a second of 16 kHz sound. */
export const WAV2LIP_MEL: MelSettings = {
  sampleRate: 16000,
  fftSize: 800,
  hopSize: 200,
  windowSize: 800,
  bands: 80,
  minFrequency: 55,
  maxFrequency: 7600,
  preemphasis: 0.97,
  minLevelDb: -100,
  refLevelDb: 20,
  maxAbsValue: 4,
};

/** A mel spectrogram. */
export interface MelSpectrogram {
  /** Row-major `[bands, frames]`. */
  readonly data: Float32Array;
  readonly bands: number;
  /** Columns: one per hop. */
  readonly frames: number;
}

/** Columns of the mel spectrogram that Wav2Lip sees for one picture: 0.2 s. */
export const MEL_WINDOW_FRAMES = 16;

/** Computes one column of a mel spectrogram at a time; keep the object for many. */
export class MelColumns {
  readonly #settings: MelSettings;
  readonly #stft: Stft;
  readonly #filters: readonly MelFilter[];

  constructor(settings: MelSettings = WAV2LIP_MEL) {
    this.#settings = settings;
    this.#stft = new Stft(settings);
    this.#filters = melFilters(settings);
  }

  /** Writes the column centred on sample `centre` to `target[offset]`, `target[offset + stride]`, ..., one value a band. */
  write(samples: Float32Array, centre: number, target: Float32Array, offset: number, stride: number): void {
    const { minLevelDb, refLevelDb, maxAbsValue } = this.#settings;
    const floor = 10 ** (minLevelDb / 20);
    const magnitudes = this.#stft.magnitudes(samples, centre);
    for (const [band, { firstBin, weights }] of this.#filters.entries()) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * magnitudes[firstBin + k];
      const db = 20 * Math.log10(Math.max(floor, sum)) - refLevelDb;
      const value = maxAbsValue * (2 * ((db - minLevelDb) / -minLevelDb) - 1);
      target[offset + band * stride] = Math.max(-maxAbsValue, Math.min(maxAbsValue, value));
    }
  }
}

/** Mel spectrogram of mono samples in [-1, 1] at `settings.sampleRate`; `1 + floor(samples / hopSize)` columns. */
export function melSpectrogram(samples: Float32Array, settings: MelSettings = WAV2LIP_MEL): MelSpectrogram {
  const { bands, hopSize } = settings;
  const columns = new MelColumns(settings);
  const frames = stftFrameCount(samples.length, settings);
  const data = new Float32Array(bands * frames);
  for (let t = 0; t < frames; t++) columns.write(samples, t * hopSize, data, t, frames);
  return { data, bands, frames };
}

/** How many pictures at `fps` the sound lasts for: the first window that reaches past the end is the last. */
export function melWindowCount(mel: MelSpectrogram, fps: number, settings: MelSettings = WAV2LIP_MEL): number {
  requireOneWindow(mel, settings);
  const lastStart = mel.frames - MEL_WINDOW_FRAMES;
  const perPicture = columnsPerPicture(fps, settings);
  let count = Math.max(0, Math.floor(lastStart / perPicture) - 1);
  while (Math.floor(count * perPicture) <= lastStart) count++;
  return count + 1;
}

/**
 * The part of the spectrogram for picture `frameIndex` of a video at `fps`: row-major
 * `[bands, MEL_WINDOW_FRAMES]`, from column `floor(frameIndex * 80 / fps)`. Where it would reach past the end
 * it is the last window there is. Throws a `UserError` when the whole sound is shorter than one window.
 */
export function melWindow(
  mel: MelSpectrogram,
  frameIndex: number,
  fps: number,
  settings: MelSettings = WAV2LIP_MEL,
): Float32Array {
  requireOneWindow(mel, settings);
  const wanted = Math.floor(frameIndex * columnsPerPicture(fps, settings));
  const start = Math.min(wanted, mel.frames - MEL_WINDOW_FRAMES);
  const window = new Float32Array(mel.bands * MEL_WINDOW_FRAMES);
  for (let band = 0; band < mel.bands; band++) {
    const from = band * mel.frames + start;
    window.set(mel.data.subarray(from, from + MEL_WINDOW_FRAMES), band * MEL_WINDOW_FRAMES);
  }
  return window;
}

function columnsPerPicture(fps: number, { sampleRate, hopSize }: MelSettings): number {
  return sampleRate / hopSize / fps;
}

function requireOneWindow(mel: MelSpectrogram, { sampleRate, hopSize }: MelSettings): void {
  if (mel.frames >= MEL_WINDOW_FRAMES) return;
  const seconds = ((MEL_WINDOW_FRAMES - 1) * hopSize) / sampleRate;
  const has = (((mel.frames - 1) * hopSize) / sampleRate).toFixed(2);
  throw new UserError(`The sound is too short: it lasts ${has} s, and at least ${seconds.toFixed(2)} s are needed.`);
}
