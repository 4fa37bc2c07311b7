import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as av from 'node-av';
import type { Frame } from '../../lib/media/frame.ts';
import { imageSequenceName } from '../../lib/media/image_sequence.ts';
import type { VideoWriter, VideoWriterOptions } from '../../lib/media/media_platform.ts';
import { preparePartial, requireSize, writeError } from './media_files.ts';

/** Writes frames as lossless PNG pictures, numbered from 0. They take their names when `finish()` is called. */
export async function createImageSequence(pattern: string, options: VideoWriterOptions): Promise<VideoWriter> {
  const nameOf = imageSequenceName(pattern);
  const partial = await preparePartial(join(dirname(pattern), 'pictures'));
  await mkdir(partial).catch((error) => {
    throw writeError(pattern, error);
  });
  const encoder = await PngEncoder.open(options.width, options.height);
  let received = 0;
  let sent = 0;
  let open = true;

  const partialName = (index: number) => join(partial, basename(nameOf(index)));
  const save = async (pictures: AsyncIterable<Buffer>) => {
    for await (const picture of pictures) await writeFile(partialName(received++), picture);
  };
  const abort = async () => {
    if (!open) return;
    open = false;
    encoder.close();
    await rm(partial, { recursive: true, force: true });
  };
  const guarded = async (action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      await abort();
      throw writeError(pattern, error);
    }
  };

  return {
    write: (frame) =>
      guarded(async () => {
        requireSize(frame, options, sent++);
        await save(encoder.encode(frame));
      }),
    finish: async () => {
      await guarded(async () => {
        await save(encoder.encode(null));
        for (let index = 0; index < received; index++) await rename(partialName(index), nameOf(index));
      });
      await abort();
      return dirname(pattern);
    },
    abort,
  };
}

/** FFmpeg's PNG encoder on all cores: pictures come out in order, some calls later. */
class PngEncoder {
  readonly #codec: av.CodecContext;
  readonly #packet = new av.Packet();

  private constructor(codec: av.CodecContext) {
    this.#codec = codec;
    this.#packet.alloc();
  }

  static async open(width: number, height: number): Promise<PngEncoder> {
    const encoder = av.Codec.findEncoder(av.AV_CODEC_ID_PNG);
    if (!encoder) throw new Error('This build of FFmpeg has no PNG encoder.');
    const codec = new av.CodecContext();
    codec.allocContext3(encoder);
    codec.width = width;
    codec.height = height;
    codec.pixelFormat = av.AV_PIX_FMT_RGB24;
    codec.timeBase = new av.Rational(1, 25);
    codec.threadCount = 0;
    codec.setOption('compression_level', '1');
    codec.setOption('pred', 'up');
    av.FFmpegError.throwIfError(await codec.open2(encoder), 'open the PNG encoder');
    return new PngEncoder(codec);
  }

  /** Takes a frame, or null at the end; gives the pictures that are ready. */
  async *encode(picture: Frame | null): AsyncGenerator<Buffer> {
    const frame = picture && toAv(picture);
    try {
      av.FFmpegError.throwIfError(await this.#codec.sendFrame(frame), 'encode a picture');
    } finally {
      frame?.free();
    }
    while ((await this.#codec.receivePacket(this.#packet)) >= 0) {
      if (this.#packet.data) yield this.#packet.data;
      this.#packet.unref();
    }
  }

  close(): void {
    this.#packet.free();
    this.#codec.freeContext();
  }
}

function toAv({ data, width, height }: Frame): av.Frame {
  const pixels = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return av.Frame.fromVideoBuffer(pixels, {
    width,
    height,
    format: av.AV_PIX_FMT_RGB24,
    timeBase: { num: 1, den: 25 },
  });
}
