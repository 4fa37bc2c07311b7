import { Mp4OutputFormat, Output, type Target, type VideoSource } from 'mediabunny';
import { UserError } from '../utils/errors.ts';
import type { Frame } from './frame.ts';
import type { SoundTrack } from './sound_track.ts';

/** Turns pictures into packets of a video track: the platform's H.264 encoder. */
export interface FrameEncoder {
  readonly source: VideoSource;
  /** Times in s. Waits when the encoder is behind. */
  add(frame: Frame, timestamp: number, duration: number): Promise<void>;
  /** Sends what the encoder still holds. */
  finish(): Promise<void>;
  close(): void;
}

/** What an MP4 is made of. */
export interface Mp4WriterOptions {
  readonly frameRate: number;
  /** About how many frames will come, if known: then a file can carry its index in front. */
  readonly frameCount?: number;
}

/** Writes pictures and sound into an MP4 on any target, in step, so that memory does not grow with the length. */
export class Mp4Writer {
  readonly #output: Output;
  readonly #options: Mp4WriterOptions;
  readonly #encoder: FrameEncoder;
  readonly #sound: SoundTrack | undefined;
  #frames = 0;
  #closed = false;

  private constructor(output: Output, options: Mp4WriterOptions, encoder: FrameEncoder, sound?: SoundTrack) {
    this.#output = output;
    this.#options = options;
    this.#encoder = encoder;
    this.#sound = sound;
  }

  /** `inMemory`: the target keeps everything in memory anyway. */
  static async start(
    target: Target,
    inMemory: boolean,
    options: Mp4WriterOptions,
    encoder: FrameEncoder,
    sound?: SoundTrack,
  ): Promise<Mp4Writer> {
    const { frameRate, frameCount } = options;
    // Room for some more than announced: a video without an index would be lost.
    const maximum = frameCount === undefined ? undefined : Math.ceil(1.1 * frameCount) + 100;
    const fastStart = inMemory ? 'in-memory' : maximum !== undefined ? 'reserve' : false;
    const output = new Output({ format: new Mp4OutputFormat({ fastStart }), target });
    output.addVideoTrack(encoder.source, { frameRate, maximumPacketCount: maximum });
    if (sound) {
      const maximumPacketCount = maximum && sound.maximumPacketCount(maximum / frameRate);
      output.addAudioTrack(sound.source, { maximumPacketCount });
    }
    await output.start();
    return new Mp4Writer(output, options, encoder, sound);
  }

  /** Adds the next picture. Waits when the encoder is behind. */
  async write(frame: Frame): Promise<void> {
    const { frameRate } = this.#options;
    await this.#encoder.add(frame, this.#frames / frameRate, 1 / frameRate);
    this.#frames++;
    await this.#sound?.advance(this.#frames / frameRate);
  }

  /** Ends the streams and completes the target. */
  async finish(): Promise<void> {
    if (this.#frames === 0) throw new UserError('There is no frame to write: the video would be empty.');
    await this.#encoder.finish();
    await this.#sound?.finish();
    await this.#output.finalize();
    await this.#close();
  }

  /** Gives up. */
  async abort(): Promise<void> {
    if (this.#closed) return;
    await this.#output.cancel().catch(() => {});
    await this.#close();
  }

  async #close(): Promise<void> {
    this.#closed = true;
    this.#encoder.close();
    await this.#sound?.close();
  }
}
