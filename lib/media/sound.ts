import { Resampler } from '../audio/resample.ts';
import { UserError } from '../utils/errors.ts';
import type { Sound } from './media_platform.ts';

/** A piece of decoded sound. */
export interface SoundChunk {
  /** One array of samples in [-1, 1] per channel, all of one length. */
  readonly channels: readonly Float32Array[];
  /** Start of the piece, in s from the start of the file. */
  readonly timestamp: number;
}

/** The sound of a file, opened for reading from start to end. */
export interface SoundReader {
  /** What to call it in messages. */
  readonly name: string;
  /** Hz. */
  readonly sampleRate: number;
  readonly channelCount: number;
  /** s, as far as the container says; 0 when it does not. */
  readonly duration: number;
  /** Decodes in order; only a few pieces are ever held. */
  chunks(): AsyncIterable<SoundChunk>;
  close(): Promise<void>;
}

/**
 * The pieces in one row from time 0: what an encoder put before time 0 is cut, and silence fills the time before a
 * sound that starts later.
 */
export async function* fromTimeZero(reader: SoundReader): AsyncGenerator<readonly Float32Array[]> {
  let started = false;
  for await (const { channels, timestamp } of reader.chunks()) {
    if (started) {
      yield channels;
      continue;
    }
    const offset = Math.round(timestamp * reader.sampleRate);
    if (offset > 0) yield channels.map(() => new Float32Array(offset));
    const cut = Math.max(0, -offset);
    if (cut >= channels[0].length) continue;
    yield channels.map((samples) => samples.subarray(cut));
    started = true;
  }
}

/** Average of the channels. */
export function mixToMono(channels: readonly Float32Array[]): Float32Array {
  if (channels.length === 1) return channels[0];
  const mono = new Float32Array(channels[0].length);
  for (const samples of channels) {
    for (let n = 0; n < mono.length; n++) mono[n] += samples[n];
  }
  for (let n = 0; n < mono.length; n++) mono[n] /= channels.length;
  return mono;
}

/** Reads the whole sound as mono at `sampleRate` Hz. Throws a `UserError` when there is not one sample. */
export async function readMono(reader: SoundReader, sampleRate: number): Promise<Sound> {
  const resampler = new Resampler(reader.sampleRate, sampleRate);
  const samples = new FloatList(Math.ceil((reader.duration + 1) * sampleRate));
  for await (const channels of fromTimeZero(reader)) samples.append(resampler.push(mixToMono(channels)));
  samples.append(resampler.finish());
  if (samples.length === 0) throw new UserError(`${reader.name} has a sound track of length zero; use another file.`);
  return { samples: samples.toArray(), sampleRate };
}

/** A growing list of samples: its pieces can be collected as garbage at once. */
class FloatList {
  length = 0;
  #data: Float32Array;

  constructor(expectedLength: number) {
    this.#data = new Float32Array(expectedLength);
  }

  append(values: Float32Array): void {
    const needed = this.length + values.length;
    if (needed > this.#data.length) {
      const grown = new Float32Array(Math.max(needed, 2 * this.#data.length));
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data.set(values, this.length);
    this.length = needed;
  }

  toArray(): Float32Array {
    return this.#data.subarray(0, this.length);
  }
}
