import * as av from 'node-av';
import { expect, it } from 'vitest';
import { rgbToYuv, yuvToRgb } from '../../lib/media/yuv.ts';
import { meanDifference, picture } from './pictures.ts';

const COLOURS = [
  { matrix: 'bt709', fullRange: false, space: av.AVCOL_SPC_BT709, range: av.AVCOL_RANGE_MPEG },
  { matrix: 'smpte170m', fullRange: false, space: av.AVCOL_SPC_SMPTE170M, range: av.AVCOL_RANGE_MPEG },
  { matrix: null, fullRange: null, space: av.AVCOL_SPC_UNSPECIFIED, range: av.AVCOL_RANGE_UNSPECIFIED },
  { matrix: 'bt709', fullRange: true, space: av.AVCOL_SPC_BT709, range: av.AVCOL_RANGE_JPEG },
];

it.each(COLOURS)('$matrix, full range $fullRange, becomes RGB as in FFmpeg', ({ matrix, fullRange, space, range }) => {
  const [width, height] = [64, 48];
  const yuv = rgbToYuv(picture(width, height)).data;
  const timeBase = { num: 1, den: 25 };
  const source = av.Frame.fromVideoBuffer(Buffer.from(yuv), { width, height, format: av.AV_PIX_FMT_YUV420P, timeBase });
  source.colorSpace = space;
  source.colorRange = range;
  const target = new av.Frame();
  target.alloc();
  Object.assign(target, { width, height, format: av.AV_PIX_FMT_RGB24 });
  target.getBuffer(1);
  const scaler = new av.SoftwareScaleContext();
  scaler.allocContext();
  scaler.setOption('sws_flags', 'bicubic+accurate_rnd+full_chroma_int');
  av.FFmpegError.throwIfError(scaler.scaleFrameSync(target, source), 'convert');
  const expected = { width, height, data: Uint8Array.from(target.data![0].subarray(0, width * height * 3)) };

  const planes = [
    { offset: 0, stride: width },
    { offset: width * height, stride: width / 2 },
    { offset: (width * height * 5) / 4, stride: width / 2 },
  ];
  const frame = yuvToRgb(yuv, planes, width, height, { matrix, fullRange });
  expect(meanDifference(frame, expected)).toBeLessThan(1);

  const interleaved = yuv.slice();
  for (let i = 0; i < (width * height) / 4; i++) {
    interleaved[width * height + 2 * i] = yuv[planes[1].offset + i];
    interleaved[width * height + 2 * i + 1] = yuv[planes[2].offset + i];
  }
  const nv12 = [planes[0], { offset: width * height, stride: width }];
  expect(yuvToRgb(interleaved, nv12, width, height, { matrix, fullRange })).toEqual(frame);
});

it('RGB to YUV and back is the same picture', () => {
  const source = picture(65, 47);
  const { data, width, height } = rgbToYuv(source);
  expect([width, height]).toEqual([66, 48]);
  const planes = [
    { offset: 0, stride: 66 },
    { offset: 66 * 48, stride: 33 },
    { offset: (66 * 48 * 5) / 4, stride: 33 },
  ];
  expect(meanDifference(yuvToRgb(data, planes, 65, 47, { matrix: null, fullRange: false }), source)).toBeLessThan(1);
});
