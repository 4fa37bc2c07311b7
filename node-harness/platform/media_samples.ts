import * as av from 'node-av';
import { UserError } from '../../lib/utils/errors.ts';

type SampleArray = Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** How FFmpeg's sample types are laid out, and which value stands for 1. */
const SAMPLE_TYPES: Record<string, { view: (bytes: ArrayBuffer) => SampleArray; zero: number; one: number }> = {
  u8: { view: (bytes) => new Uint8Array(bytes), zero: 128, one: 128 },
  s16: { view: (bytes) => new Int16Array(bytes), zero: 0, one: 2 ** 15 },
  s32: { view: (bytes) => new Int32Array(bytes), zero: 0, one: 2 ** 31 },
  flt: { view: (bytes) => new Float32Array(bytes), zero: 0, one: 1 },
  dbl: { view: (bytes) => new Float64Array(bytes), zero: 0, one: 1 },
};

/** The samples of a decoded sound frame as one array per channel, in [-1, 1]. */
export function readSamples(frame: av.Frame): Float32Array[] {
  const { nbSamples, channels } = frame;
  const format = frame.format as av.AVSampleFormat;
  const name = av.avGetSampleFmtName(format) ?? 'unknown';
  const type = SAMPLE_TYPES[name.replace(/p$/, '')];
  if (!type) throw new UserError(`Sound with samples of type ${name} is not supported; convert it to WAV.`);
  const planes = frame.extendedData ?? frame.data ?? [];
  const planar = av.avSampleFmtIsPlanar(format);
  const bytes = nbSamples * av.avGetBytesPerSample(format) * (planar ? 1 : channels);
  const step = planar ? 1 : channels;
  // A copy is aligned for the view; FFmpeg's buffer need not be.
  const views = planes
    .slice(0, planar ? channels : 1)
    .map((plane) => type.view(Uint8Array.from(plane.subarray(0, bytes)).buffer));
  return Array.from({ length: channels }, (_, c) => {
    const view = views[planar ? c : 0];
    const samples = new Float32Array(nbSamples);
    for (let n = 0, from = planar ? 0 : c; n < nbSamples; n++, from += step)
      samples[n] = (view[from] - type.zero) / type.one;
    return samples;
  });
}
