import { AudioSample, AudioSampleSource, type Quality } from 'mediabunny';
import { Resampler } from '../audio/resample.ts';
import { fromTimeZero, mixToMono, type SoundReader } from './sound.ts';

/** Sample rates that AAC can carry and all players know. */
const AAC_RATES = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000];
const FALLBACK_RATE = 48000;

/**
 * Feeds a sound to the audio track of a file as the video advances: cut where the video ends, continued with
 * silence where the video is longer. One and two channels stay as they are, more become one.
 */
export class SoundTrack {
  readonly source: AudioSampleSource;
  readonly #reader: SoundReader;
  readonly #rate: number;
  readonly #channelCount: number;
  readonly #pieces: AsyncIterator<readonly Float32Array[]>;
  #piece: readonly Float32Array[] | undefined;
  #ended = false;
  #written = 0;

  constructor(reader: SoundReader, codec: 'aac' | 'opus', quality: Quality) {
    this.#reader = reader;
    this.#rate = AAC_RATES.includes(reader.sampleRate) && codec === 'aac' ? reader.sampleRate : FALLBACK_RATE;
    this.#channelCount = reader.channelCount === 2 ? 2 : 1;
    this.#pieces = this.#convert()[Symbol.asyncIterator]();
    this.source = new AudioSampleSource({ codec, quality });
  }

  /** Upper bound of the number of encoded packets for a video of `seconds`. */
  maximumPacketCount(seconds: number): number {
    return Math.ceil((seconds * this.#rate) / 512) + 16;
  }

  /** Adds sound until the track is `seconds` long. */
  async advance(seconds: number): Promise<void> {
    const end = Math.round(seconds * this.#rate);
    while (this.#written < end) {
      const piece = await this.#take(Math.min(end - this.#written, this.#rate));
      const length = piece[0].length;
      const data = new Float32Array(length * piece.length);
      piece.forEach((samples, c) => data.set(samples, c * length));
      const sample = new AudioSample({
        data,
        format: 'f32-planar',
        numberOfChannels: piece.length,
        sampleRate: this.#rate,
        timestamp: this.#written / this.#rate,
      });
      this.#written += length;
      await this.source.add(sample);
      sample.close();
    }
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
    await this.#reader.close();
  }

  /** The next samples, at most `count` of them; silence after the end. */
  async #take(count: number): Promise<readonly Float32Array[]> {
    while (!this.#ended && !this.#piece?.[0].length) {
      const next = await this.#pieces.next();
      this.#ended = next.done === true;
      this.#piece = next.done ? undefined : next.value;
    }
    const piece = this.#piece;
    if (!piece) return Array.from({ length: this.#channelCount }, () => new Float32Array(count));
    this.#piece = piece.map((samples) => samples.subarray(count));
    return piece.map((samples) => samples.subarray(0, count));
  }

  async *#convert(): AsyncGenerator<readonly Float32Array[]> {
    const make = () => new Resampler(this.#reader.sampleRate, this.#rate);
    const resamplers = Array.from({ length: this.#channelCount }, make);
    for await (const channels of fromTimeZero(this.#reader)) {
      const mixed = this.#channelCount === 1 ? [mixToMono(channels)] : channels;
      yield resamplers.map((resampler, c) => resampler.push(mixed[c]));
    }
    yield resamplers.map((resampler) => resampler.finish());
  }
}
