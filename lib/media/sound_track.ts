import type { AudioSource } from 'mediabunny';
import { Resampler } from '../audio/resample.ts';
import { fromTimeZero, mixToMono, type SoundReader } from './sound.ts';

/** Turns samples into packets of an audio track: the platform's encoder. */
export interface SoundEncoder {
  readonly source: AudioSource;
  /** Hz. */
  readonly sampleRate: number;
  /** 1 or 2. */
  readonly channelCount: number;
  /** Adds the next samples, any number, one array per channel. Waits when the encoder is behind. */
  add(channels: readonly Float32Array[]): Promise<void>;
  /** Sends what the encoder still holds. */
  finish(): Promise<void>;
  close(): void;
}

/** Sample rates that AAC can carry and all players know. */
const AAC_RATES = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000];

/** How to encode a sound: its own rate where AAC has it, else 48 kHz; stereo stays stereo, all else becomes mono. */
export function aacSettings(reader: SoundReader): { sampleRate: number; channelCount: number } {
  const sampleRate = AAC_RATES.includes(reader.sampleRate) ? reader.sampleRate : 48000;
  return { sampleRate, channelCount: reader.channelCount === 2 ? 2 : 1 };
}

/** Feeds a sound to its encoder as the video advances: cut where the video ends, silence where the video is longer. */
export class SoundTrack {
  readonly #reader: SoundReader;
  readonly #encoder: SoundEncoder;
  readonly #pieces: AsyncIterator<readonly Float32Array[]>;
  #piece: readonly Float32Array[] | undefined;
  #ended = false;
  #written = 0;

  constructor(reader: SoundReader, encoder: SoundEncoder) {
    this.#reader = reader;
    this.#encoder = encoder;
    this.#pieces = this.#convert()[Symbol.asyncIterator]();
  }

  get source(): AudioSource {
    return this.#encoder.source;
  }

  /** Upper bound of the number of encoded packets for a video of `seconds`. */
  maximumPacketCount(seconds: number): number {
    return Math.ceil((seconds * this.#encoder.sampleRate) / 512) + 16;
  }

  /** Adds sound until the track is `seconds` long. */
  async advance(seconds: number): Promise<void> {
    const { sampleRate } = this.#encoder;
    const end = Math.round(seconds * sampleRate);
    while (this.#written < end) {
      const piece = await this.#take(Math.min(end - this.#written, sampleRate));
      this.#written += piece[0].length;
      await this.#encoder.add(piece);
    }
  }

  async finish(): Promise<void> {
    await this.#encoder.finish();
  }

  async close(): Promise<void> {
    this.#encoder.close();
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
    if (!piece) return Array.from({ length: this.#encoder.channelCount }, () => new Float32Array(count));
    this.#piece = piece.map((samples) => samples.subarray(count));
    return piece.map((samples) => samples.subarray(0, count));
  }

  async *#convert(): AsyncGenerator<readonly Float32Array[]> {
    const { sampleRate, channelCount } = this.#encoder;
    const make = () => new Resampler(this.#reader.sampleRate, sampleRate);
    const resamplers = Array.from({ length: channelCount }, make);
    for await (const channels of fromTimeZero(this.#reader)) {
      const mixed = channelCount === 1 ? [mixToMono(channels)] : channels;
      yield resamplers.map((resampler, c) => resampler.push(mixed[c]));
    }
    yield resamplers.map((resampler) => resampler.finish());
  }
}
