import * as av from 'node-av';
import type { Frame } from '../../lib/media/frame.ts';

/** Colour of a transparent picture's background. */
const BACKGROUND = 255;

/**
 * Converts decoded pictures to RGB with FFmpeg's scaler as its own command line program does: matrix and range as
 * tagged, BT.601 limited range where nothing is said. Transparent pictures are shown on white.
 */
export class ToRgb {
  readonly #scaler = new av.SoftwareScaleContext();
  readonly #rgb = new av.Frame();
  #key = '';

  constructor() {
    this.#scaler.allocContext();
    this.#rgb.alloc();
  }

  convert(source: av.Frame): Frame {
    const { width, height } = source;
    const alpha = hasAlpha(source.format as av.AVPixelFormat);
    const key = `${width}x${height}:${alpha}`;
    if (key !== this.#key) {
      allocate(this.#rgb, width, height, alpha ? av.AV_PIX_FMT_RGBA : av.AV_PIX_FMT_RGB24);
      this.#key = key;
    }
    av.FFmpegError.throwIfError(this.#scaler.scaleFrameSync(this.#rgb, source), 'convert colours');
    const pixels = this.#rgb.data?.[0];
    if (!pixels) throw new Error('The scaler gave no pixels.');
    const stride = this.#rgb.linesize[0];
    if (alpha) return { data: onBackground(pixels, width, height, stride), width, height };
    const row = width * 3;
    const data = new Uint8Array(row * height);
    if (stride === row) data.set(pixels.subarray(0, data.length));
    else for (let y = 0; y < height; y++) data.set(pixels.subarray(y * stride, y * stride + row), y * row);
    return { data, width, height };
  }

  close(): void {
    this.#rgb.free();
    this.#scaler.freeContext();
  }
}

/** Converts RGB to the encoder's limited-range BT.601 YUV 4:2:0; `frame` is overwritten by the next call. */
export class FromRgb {
  /** The converted picture. */
  readonly frame = new av.Frame();
  readonly #scaler = new av.SoftwareScaleContext();
  readonly #rgb = new av.Frame();
  readonly #width: number;
  readonly #height: number;

  /** Even sizes: chroma is halved. */
  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#scaler.allocContext();
    this.#rgb.alloc();
    allocate(this.#rgb, width, height, av.AV_PIX_FMT_RGB24);
    this.frame.alloc();
  }

  convert({ data, width, height }: Frame): void {
    const pixels = this.#rgb.data?.[0];
    if (!pixels) throw new Error('A frame without pixels.');
    const stride = this.#rgb.linesize[0];
    for (let y = 0; y < this.#height; y++) {
      // An odd size is made even by repeating the last row and column.
      const from = Math.min(y, height - 1) * width * 3;
      pixels.set(data.subarray(from, from + width * 3), y * stride);
      if (width < this.#width)
        pixels.copyWithin(y * stride + width * 3, y * stride + width * 3 - 3, y * stride + width * 3);
    }
    // The encoder may still hold the picture before: a fresh buffer each time, from FFmpeg's own allocator.
    this.frame.unref();
    allocate(this.frame, this.#width, this.#height, av.AV_PIX_FMT_YUV420P);
    this.frame.colorSpace = av.AVCOL_SPC_SMPTE170M;
    this.frame.colorRange = av.AVCOL_RANGE_MPEG;
    av.FFmpegError.throwIfError(this.#scaler.scaleFrameSync(this.frame, this.#rgb), 'convert colours');
  }

  close(): void {
    this.frame.free();
    this.#rgb.free();
    this.#scaler.freeContext();
  }
}

function allocate(frame: av.Frame, width: number, height: number, format: av.AVPixelFormat): void {
  frame.unref();
  frame.width = width;
  frame.height = height;
  frame.format = format;
  av.FFmpegError.throwIfError(frame.getBuffer(), 'allocate a frame');
}

function hasAlpha(format: av.AVPixelFormat): boolean {
  return format === av.AV_PIX_FMT_PAL8 || /^(rgba|bgra|argb|abgr|yuva|gbrap|ya)/.test(av.avGetPixFmtName(format) ?? '');
}

function onBackground(rgba: Buffer, width: number, height: number, stride: number): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let from = y * stride; from < y * stride + width * 4; from += 4) {
      const alpha = rgba[from + 3] / 255;
      for (let c = 0; c < 3; c++) data[to++] = Math.round(BACKGROUND + alpha * (rgba[from + c] - BACKGROUND));
    }
  }
  return data;
}
