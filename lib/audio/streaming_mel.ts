import { MelColumns, type MelSettings, type MelSpectrogram, WAV2LIP_MEL } from './mel_spectrogram.ts';

/**
 * The mel spectrogram of a sound that is still coming in: column for column that of the whole sound. A column is
 * complete once half a transform of sound after its middle is there (25 ms with Wav2Lip's settings). Only the last
 * columns are kept, so memory does not grow.
 */
export class StreamingMel {
  readonly #settings: MelSettings;
  readonly #columns: MelColumns;
  readonly #kept: number;
  /** Row-major `[bands, 2 * kept]`: the last `kept` columns are moved to the front when it is full. */
  readonly #data: Float32Array;
  #used = 0;
  #count = 0;
  /** The sound that coming columns need; its middle is that of the next column. */
  #samples: Float32Array;

  /** @param kept columns that are kept */
  constructor(kept: number, settings: MelSettings = WAV2LIP_MEL) {
    this.#settings = settings;
    this.#columns = new MelColumns(settings);
    this.#kept = kept;
    this.#data = new Float32Array(settings.bands * 2 * kept);
    // The silence before the start that the first column sees, with one more sample for the preemphasis.
    this.#samples = new Float32Array(this.#before);
  }

  /** Columns that were complete so far; those before `count - kept` are gone. */
  get count(): number {
    return this.#count;
  }

  /** Takes the next mono samples, in [-1, 1]. */
  push(samples: Float32Array): void {
    const all = new Float32Array(this.#samples.length + samples.length);
    all.set(this.#samples);
    all.set(samples, this.#samples.length);
    const { fftSize, hopSize } = this.#settings;
    let centre = this.#before;
    for (; centre + (fftSize >> 1) <= all.length; centre += hopSize) {
      if (this.#used === 2 * this.#kept) this.#discard();
      this.#columns.write(all, centre, this.#data, this.#used++, 2 * this.#kept);
      this.#count++;
    }
    this.#samples = all.slice(centre - this.#before);
  }

  /** Columns `from` to `to` (exclusive), which must be among the kept ones. */
  slice(from: number, to: number): MelSpectrogram {
    if (from < this.#count - Math.min(this.#used, this.#kept) || to > this.#count || from > to) {
      throw new RangeError(
        `Columns ${from} to ${to} are not kept: there are ${this.#count}, the last ${this.#kept} kept.`,
      );
    }
    const { bands } = this.#settings;
    const frames = to - from;
    const data = new Float32Array(bands * frames);
    const start = this.#used - (this.#count - from);
    for (let band = 0; band < bands; band++) {
      const row = band * 2 * this.#kept + start;
      data.set(this.#data.subarray(row, row + frames), band * frames);
    }
    return { data, bands, frames };
  }

  get #before(): number {
    return (this.#settings.fftSize >> 1) + 1;
  }

  #discard(): void {
    for (let band = 0; band < this.#settings.bands; band++) {
      const row = band * 2 * this.#kept;
      this.#data.copyWithin(row, row + this.#kept, row + 2 * this.#kept);
    }
    this.#used = this.#kept;
  }
}
