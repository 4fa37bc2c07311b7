/** Settings of a bank of mel filters. */
export interface MelFilterSettings {
  /** Hz. */
  readonly sampleRate: number;
  readonly fftSize: number;
  /** Number of filters. */
  readonly bands: number;
  /** Lower edge of the first filter, Hz. */
  readonly minFrequency: number;
  /** Upper edge of the last filter, Hz. */
  readonly maxFrequency: number;
}

/** One triangular filter: weights for the bins from `firstBin` on; bins outside have weight 0. */
export interface MelFilter {
  readonly firstBin: number;
  readonly weights: Float64Array;
}

// Slaney's Auditory Toolbox scale: linear up to 1 kHz (15 mel), then 27 mel for each factor of 6.4.
const HZ_PER_MEL = 200 / 3;
const LOG_START_HZ = 1000;
const LOG_START_MEL = LOG_START_HZ / HZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

/** Hz to mel on Slaney's scale. */
export function hzToMel(hz: number): number {
  return hz < LOG_START_HZ ? hz / HZ_PER_MEL : LOG_START_MEL + Math.log(hz / LOG_START_HZ) / LOG_STEP;
}

/** Mel on Slaney's scale to Hz. */
export function melToHz(mel: number): number {
  return mel < LOG_START_MEL ? mel * HZ_PER_MEL : LOG_START_HZ * Math.exp(LOG_STEP * (mel - LOG_START_MEL));
}

/**
 * Triangular filters evenly spaced on Slaney's mel scale, each scaled to the same area (`2 / bandwidth in Hz`):
 * the defaults of `librosa.filters.mel`.
 */
export function melFilters(settings: MelFilterSettings): MelFilter[] {
  const { sampleRate, fftSize, bands, minFrequency, maxFrequency } = settings;
  const low = hzToMel(minFrequency);
  const step = (hzToMel(maxFrequency) - low) / (bands + 1);
  const edge = (i: number) => melToHz(low + step * i);
  const binWidth = sampleRate / fftSize;
  const lastBin = fftSize >> 1;
  return Array.from({ length: bands }, (_, band) => {
    const [left, centre, right] = [edge(band), edge(band + 1), edge(band + 2)];
    const firstBin = Math.max(0, Math.ceil(left / binWidth));
    const endBin = Math.min(lastBin, Math.floor(right / binWidth)) + 1;
    const weights = Float64Array.from({ length: Math.max(0, endBin - firstBin) }, (_, i) => {
      const hz = (firstBin + i) * binWidth;
      const triangle = Math.min((hz - left) / (centre - left), (right - hz) / (right - centre));
      return (Math.max(0, triangle) * 2) / (right - left);
    });
    return { firstBin, weights };
  });
}
