import * as av from 'node-av';
import type { Frame } from '../../lib/media/frame.ts';

/** The encoder's finest step but one, about what other programs call quality 95. */
const QUANTISER = 2;

/** A JPEG picture of a frame, 4:2:0. */
export async function encodeJpeg({ data, width, height }: Frame): Promise<Uint8Array> {
  const encoder = av.Codec.findEncoder(av.AV_CODEC_ID_MJPEG);
  if (!encoder) throw new Error('This build of FFmpeg has no JPEG encoder.');
  const codec = new av.CodecContext();
  const scaler = new av.SoftwareScaleContext();
  const packet = new av.Packet();
  const picture = new av.Frame();
  const pixels = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const timeBase = { num: 1, den: 25 };
  const rgb = av.Frame.fromVideoBuffer(pixels, { width, height, format: av.AV_PIX_FMT_RGB24, timeBase });
  try {
    codec.allocContext3(encoder);
    codec.width = width;
    codec.height = height;
    codec.pixelFormat = av.AV_PIX_FMT_YUVJ420P;
    codec.colorRange = av.AVCOL_RANGE_JPEG;
    codec.timeBase = new av.Rational(1, 25);
    codec.threadCount = 1;
    codec.setFlags(av.AV_CODEC_FLAG_QSCALE);
    codec.globalQuality = QUANTISER * av.FF_QP2LAMBDA;
    av.FFmpegError.throwIfError(await codec.open2(encoder), 'open the JPEG encoder');
    packet.alloc();
    picture.alloc();
    picture.width = width;
    picture.height = height;
    picture.format = av.AV_PIX_FMT_YUVJ420P;
    picture.colorRange = av.AVCOL_RANGE_JPEG;
    av.FFmpegError.throwIfError(picture.getBuffer(), 'allocate a frame');
    scaler.allocContext();
    av.FFmpegError.throwIfError(scaler.scaleFrameSync(picture, rgb), 'convert colours');
    picture.quality = QUANTISER * av.FF_QP2LAMBDA;
    picture.pts = 0n;
    av.FFmpegError.throwIfError(await codec.sendFrame(picture), 'encode a picture');
    av.FFmpegError.throwIfError(await codec.sendFrame(null), 'encode a picture');
    av.FFmpegError.throwIfError(await codec.receivePacket(packet), 'encode a picture');
    if (!packet.data) throw new Error('The JPEG encoder gave nothing.');
    return Uint8Array.from(packet.data);
  } finally {
    rgb.free();
    picture.free();
    packet.free();
    scaler.freeContext();
    codec.freeContext();
  }
}
