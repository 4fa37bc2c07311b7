import { EncodedPacket, EncodedVideoPacketSource } from 'mediabunny';
import * as av from 'node-av';
import type { Frame } from '../../lib/media/frame.ts';
import type { FrameEncoder } from '../../lib/media/mp4_writer.ts';
import { FromRgb } from './media_scale.ts';

/** Constant rate factor of x264: visually lossless. */
const QUALITY = '18';
const SEQUENCE_PARAMETER_SET = Buffer.from([0, 0, 1, 0x67]);

/** H.264 by x264: yuv420p, tagged BT.601, key frame at least every 250 frames. An odd size becomes one pixel larger. */
export class H264Encoder implements FrameEncoder {
  readonly source = new EncodedVideoPacketSource('avc');
  readonly #codec: av.CodecContext;
  readonly #converter: FromRgb;
  readonly #packet = new av.Packet();
  readonly #frameRate: number;
  #sent = 0;
  #received = 0;

  private constructor(codec: av.CodecContext, frameRate: number) {
    this.#codec = codec;
    this.#frameRate = frameRate;
    this.#converter = new FromRgb(codec.width, codec.height);
    this.#packet.alloc();
  }

  static async open(width: number, height: number, frameRate: number, bitrate?: number): Promise<H264Encoder> {
    const encoder = av.Codec.findEncoderByName('libx264' as av.FFVideoEncoder);
    if (!encoder) throw new Error('This build of FFmpeg has no H.264 encoder.');
    const codec = new av.CodecContext();
    codec.allocContext3(encoder);
    codec.width = width + (width % 2);
    codec.height = height + (height % 2);
    codec.pixelFormat = av.AV_PIX_FMT_YUV420P;
    // One tick a frame: packets are put back on the exact frame rate below.
    codec.timeBase = new av.Rational(1, Math.max(1, Math.round(frameRate)));
    codec.framerate = new av.Rational(Math.max(1, Math.round(frameRate)), 1);
    codec.colorSpace = av.AVCOL_SPC_SMPTE170M;
    codec.colorRange = av.AVCOL_RANGE_MPEG;
    codec.colorPrimaries = av.AVCOL_PRI_BT709;
    codec.colorTrc = av.AVCOL_TRC_BT709;
    codec.threadCount = 0;
    // A fifth larger than the next slower preset at half its time.
    codec.setOption('preset', 'superfast');
    if (bitrate === undefined) codec.setOption('crf', QUALITY);
    else codec.bitRate = BigInt(Math.round(bitrate));
    av.FFmpegError.throwIfError(await codec.open2(encoder), 'open the H.264 encoder');
    return new H264Encoder(codec, frameRate);
  }

  async add(frame: Frame): Promise<void> {
    this.#converter.convert(frame);
    this.#converter.frame.pts = BigInt(this.#sent++);
    av.FFmpegError.throwIfError(await this.#codec.sendFrame(this.#converter.frame), 'encode a frame');
    await this.#receive();
  }

  async finish(): Promise<void> {
    av.FFmpegError.throwIfError(await this.#codec.sendFrame(null), 'finish the video');
    await this.#receive();
  }

  close(): void {
    this.#packet.free();
    this.#converter.close();
    this.#codec.freeContext();
  }

  async #receive(): Promise<void> {
    while ((await this.#codec.receivePacket(this.#packet)) >= 0) {
      const { data, pts, isKeyframe } = this.#packet;
      if (data) {
        const timestamp = Number(pts) / this.#frameRate;
        const type = isKeyframe ? 'key' : 'delta';
        const packet = new EncodedPacket(Uint8Array.from(data), type, timestamp, 1 / this.#frameRate);
        await this.source.add(packet, this.#received++ === 0 ? { decoderConfig: this.#config(data) } : undefined);
      }
      this.#packet.unref();
    }
  }

  /** Profile, constraints and level are the three bytes after the header of the sequence parameter set. */
  #config(firstPacket: Buffer): VideoDecoderConfig {
    const at = firstPacket.indexOf(SEQUENCE_PARAMETER_SET) + SEQUENCE_PARAMETER_SET.length;
    return {
      codec: `avc1.${firstPacket.toString('hex', at, at + 3)}`,
      codedWidth: this.#codec.width,
      codedHeight: this.#codec.height,
      colorSpace: { matrix: 'smpte170m', primaries: 'bt709', transfer: 'bt709', fullRange: false },
    };
  }
}
