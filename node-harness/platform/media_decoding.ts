import { open } from 'node:fs/promises';
import * as av from 'node-av';
import { missingIndex, unknownFormat } from '../../lib/media/damage.ts';
import type { UserError } from '../../lib/utils/errors.ts';

/** A file opened by FFmpeg with one stream and its decoder. */
export class Decoding {
  readonly stream: av.Stream;
  readonly #format: av.FormatContext;
  readonly #codec: av.CodecContext;
  /** Packets read from the stream. */
  packetCount = 0;

  private constructor(format: av.FormatContext, stream: av.Stream, codec: av.CodecContext) {
    this.#format = format;
    this.stream = stream;
    this.#codec = codec;
  }

  /** Returns undefined when the file has no stream of this type. */
  static async open(path: string, type: av.AVMediaType): Promise<Decoding | undefined> {
    const format = new av.FormatContext();
    if ((await format.openInput(path)) < 0) throw await unreadable(path);
    await format.findStreamInfo(null);
    const index = format.findBestStream(type);
    const stream = format.streams[index];
    const decoder = stream && av.Codec.findDecoder(stream.codecpar.codecId);
    if (!decoder) {
      await format.closeInput();
      return undefined;
    }
    const codec = new av.CodecContext();
    codec.allocContext3(decoder);
    codec.parametersToContext(stream.codecpar);
    codec.pktTimebase = stream.timeBase;
    codec.threadCount = 0;
    av.FFmpegError.throwIfError(await codec.open2(decoder), 'open the decoder');
    return new Decoding(format, stream, codec);
  }

  get formatName(): string {
    return this.#format.iformat?.name ?? '';
  }

  /** Start of the file in s. */
  get startTime(): number {
    return this.#format.startTime === av.AV_NOPTS_VALUE ? 0 : Number(this.#format.startTime) / av.AV_TIME_BASE;
  }

  /** Length of the stream in s; 0 when it is not known. */
  get duration(): number {
    const { num, den } = this.stream.timeBase;
    return this.stream.duration > 0n ? (Number(this.stream.duration) * num) / den : 0;
  }

  /** Decodes from the current place; the frame given is overwritten by the next. Damaged packets are skipped. */
  async *frames(): AsyncGenerator<av.Frame> {
    const packet = new av.Packet();
    const frame = new av.Frame();
    packet.alloc();
    frame.alloc();
    try {
      for (let more = true; more; ) {
        more = (await this.#format.readFrame(packet)) >= 0;
        if (more && packet.streamIndex !== this.stream.index) {
          packet.unref();
          continue;
        }
        if (more) this.packetCount++;
        await this.#codec.sendPacket(more ? packet : null);
        packet.unref();
        while ((await this.#codec.receiveFrame(frame)) >= 0) yield frame;
      }
    } finally {
      packet.free();
      frame.free();
    }
  }

  /** Presentation time of a decoded frame in s, counted from the start of the file. */
  time(frame: av.Frame): number | undefined {
    const { num, den } = this.stream.timeBase;
    const pts = frame.bestEffortTimestamp;
    return pts === av.AV_NOPTS_VALUE ? undefined : (Number(pts) * num) / den - this.startTime;
  }

  async close(): Promise<void> {
    this.#codec.freeContext();
    await this.#format.closeInput();
  }
}

/** What to say of a file that FFmpeg cannot open. */
export async function unreadable(path: string): Promise<UserError> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.toString('latin1', 4) === 'ftyp' ? missingIndex(path) : unknownFormat(path);
  } finally {
    await file.close();
  }
}
