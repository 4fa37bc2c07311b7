import { EncodedAudioPacketSource, EncodedPacket } from 'mediabunny';
import * as av from 'node-av';
import type { SoundEncoder } from '../../lib/media/sound_track.ts';

/**
 * AAC-LC by FFmpeg. The encoder's lead-in lies before time 0 and its last packet is cut, so that the track starts and
 * ends on the sample.
 */
export class AacEncoder implements SoundEncoder {
  readonly source = new EncodedAudioPacketSource('aac');
  readonly sampleRate: number;
  readonly channelCount: number;
  readonly #codec: av.CodecContext;
  readonly #packet = new av.Packet();
  /** Samples of a frame that is not full yet, channel after channel. */
  readonly #pending: Float32Array;
  #pendingLength = 0;
  #sent = 0;
  #first = true;

  private constructor(codec: av.CodecContext) {
    this.#codec = codec;
    this.sampleRate = codec.sampleRate;
    this.channelCount = codec.channelLayout.nbChannels;
    this.#pending = new Float32Array(codec.frameSize * this.channelCount);
    this.#packet.alloc();
  }

  static async open({ sampleRate, channelCount }: { sampleRate: number; channelCount: number }): Promise<AacEncoder> {
    const encoder = av.Codec.findEncoder(av.AV_CODEC_ID_AAC);
    if (!encoder) throw new Error('This build of FFmpeg has no AAC encoder.');
    const codec = new av.CodecContext();
    codec.allocContext3(encoder);
    codec.sampleRate = sampleRate;
    codec.sampleFormat = av.AV_SAMPLE_FMT_FLTP;
    codec.channelLayout = channelCount === 2 ? av.AV_CHANNEL_LAYOUT_STEREO : av.AV_CHANNEL_LAYOUT_MONO;
    codec.timeBase = new av.Rational(1, sampleRate);
    // Transparent for speech, and below the most that AAC allows at low sample rates.
    codec.bitRate = BigInt(Math.min(96000, 5 * sampleRate) * channelCount);
    codec.setOption('aac_coder', 'fast');
    codec.setFlags(av.AV_CODEC_FLAG_GLOBAL_HEADER);
    av.FFmpegError.throwIfError(await codec.open2(encoder), 'open the AAC encoder');
    return new AacEncoder(codec);
  }

  async add(channels: readonly Float32Array[]): Promise<void> {
    const { frameSize } = this.#codec;
    for (let from = 0; from < channels[0].length; ) {
      const count = Math.min(frameSize - this.#pendingLength, channels[0].length - from);
      channels.forEach((samples, c) => {
        this.#pending.set(samples.subarray(from, from + count), c * frameSize + this.#pendingLength);
      });
      this.#pendingLength += count;
      from += count;
      if (this.#pendingLength === frameSize) await this.#encode();
    }
  }

  async finish(): Promise<void> {
    if (this.#pendingLength > 0) await this.#encode();
    av.FFmpegError.throwIfError(await this.#codec.sendFrame(null), 'finish the sound');
    await this.#receive();
  }

  close(): void {
    this.#packet.free();
    this.#codec.freeContext();
  }

  async #encode(): Promise<void> {
    const { frameSize, sampleFormat, channelLayout } = this.#codec;
    const nbSamples = this.#pendingLength;
    const planes = Array.from({ length: this.channelCount }, (_, c) =>
      this.#pending.slice(c * frameSize, c * frameSize + nbSamples),
    );
    const frame = av.Frame.fromAudioBuffer(Buffer.concat(planes.map((plane) => Buffer.from(plane.buffer))), {
      nbSamples,
      format: sampleFormat,
      sampleRate: this.sampleRate,
      channelLayout,
      timeBase: { num: 1, den: this.sampleRate },
    });
    frame.pts = BigInt(this.#sent);
    this.#sent += nbSamples;
    this.#pendingLength = 0;
    try {
      av.FFmpegError.throwIfError(await this.#codec.sendFrame(frame), 'encode sound');
    } finally {
      frame.free();
    }
    await this.#receive();
  }

  async #receive(): Promise<void> {
    while ((await this.#codec.receivePacket(this.#packet)) >= 0) {
      const { data, pts, duration } = this.#packet;
      if (data) {
        const [start, seconds] = [Number(pts) / this.sampleRate, Number(duration) / this.sampleRate];
        const packet = new EncodedPacket(Uint8Array.from(data), 'key', start, seconds);
        await this.source.add(packet, this.#first ? { decoderConfig: this.#config() } : undefined);
        this.#first = false;
      }
      this.#packet.unref();
    }
  }

  #config(): AudioDecoderConfig {
    const description = this.#codec.extraData ?? undefined;
    return {
      codec: 'mp4a.40.2',
      sampleRate: this.sampleRate,
      numberOfChannels: this.channelCount,
      description: description && Uint8Array.from(description),
    };
  }
}
