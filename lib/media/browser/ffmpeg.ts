import { UserError } from '../../utils/errors.ts';

/**
 * Where FFmpeg is, for files that the browser cannot decode: on the page's own server. It is the application's choice
 * to offer it: the package `@ffmpeg/core` is under the GPL and 32 MB large. It is loaded only when a file needs it, and
 * only in a worker, which it keeps busy until the file is converted.
 */
export interface FfmpegFiles {
  /** Address of `@ffmpeg/core`'s `dist/esm/ffmpeg-core.js`. */
  readonly core: string | URL;
  /** Address of its `ffmpeg-core.wasm`; by default it lies beside `core`. */
  readonly wasm?: string | URL;
}

/** What is used of the core. */
interface FfmpegCore {
  readonly FS: {
    readonly filesystems: { readonly WORKERFS: unknown };
    mkdir(path: string): void;
    mount(type: unknown, options: { blobs: { name: string; data: Blob }[] }, path: string): void;
    readFile(path: string): Uint8Array;
  };
  setLogger(log: (line: { message: string }) => void): void;
  /** Returns the exit status. */
  exec(...args: string[]): number;
}

/** Gives what the browser decodes instead of a file that it does not; undefined when there is no way. */
export type Convert = (blob: Blob, name: string) => Promise<Blob | undefined>;

/** Largest file that is converted, bytes: what it becomes is held in memory. */
const MAX_BYTES = 300_000_000;
/** H.264 and plain samples in a QuickTime file, which keeps times exactly: near to lossless, and quick to write. */
const VIDEO = '-c:v libx264 -preset ultrafast -crf 10 -pix_fmt yuv420p -fps_mode passthrough'.split(' ');
/** H.264 with chroma of half size has no odd sizes. */
const EVEN = ['-vf', 'crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0'];
const SOUND = ['-c:a', 'pcm_s16le'];

/** Converts a file, as {@link convertByFfmpeg} does. */
export type ConvertFile = (blob: Blob, name: string, files: FfmpegFiles) => Promise<Blob>;

/** Converts by FFmpeg what may be video or sound; each file once, as long as it is in use. */
export function makeConvert(
  files: FfmpegFiles,
  onConvert?: (message: string) => void,
  convertFile: ConvertFile = convertByFfmpeg,
): Convert {
  const converted = new WeakMap<Blob, Promise<Blob>>();
  return async (blob, name) => {
    if (!('WorkerGlobalScope' in globalThis) || !(await mayBeMedia(blob))) return undefined;
    let result = converted.get(blob);
    if (!result) {
      onConvert?.(`${name} is of a kind that the browser cannot decode: it is converted first.`);
      result = convertFile(blob, name, files);
      converted.set(blob, result);
      result.catch(() => converted.delete(blob));
    }
    return result;
  };
}

/**
 * Converts the first video and sound track of a file to what every browser decodes.
 *
 * @throws {UserError} when the file is too large or FFmpeg cannot read it.
 */
export async function convertByFfmpeg(blob: Blob, name: string, files: FfmpegFiles): Promise<Blob> {
  if (blob.size > MAX_BYTES) {
    const [megabytes, limit] = [blob.size, MAX_BYTES].map((bytes) => Math.round(bytes / 1e6));
    throw new UserError(
      `${name} has to be converted first, which a page can do up to ${limit} MB, and it has ${megabytes} MB; convert it to an MP4 with H.264, or use the command line.`,
    );
  }
  const { FS, exec, setLogger } = await load(files);
  let complaint: string | undefined;
  setLogger(({ message }) => {
    complaint = message;
  });
  FS.mkdir('/in');
  // Read in place, not copied.
  FS.mount(FS.filesystems.WORKERFS, { blobs: [{ name: 'file', data: blob }] }, '/in');
  const input = ['-loglevel', 'error', '-i', '/in/file', '-map', '0:v:0?', '-map', '0:a:0?'];
  if (exec(...input, ...VIDEO, ...EVEN, ...SOUND, '/out.mov') !== 0) throw unreadable(name, complaint);
  return new Blob([FS.readFile('/out.mov') as BlobPart]);
}

async function load({ core, wasm = String(core).replace(/\.js$/, '.wasm') }: FfmpegFiles): Promise<FfmpegCore> {
  try {
    const { default: createCore } = await import(/* @vite-ignore */ /* webpackIgnore: true */ String(core));
    // The core takes the place of its other file from here.
    return await createCore({ mainScriptUrlOrBlob: `#${btoa(JSON.stringify({ wasmURL: String(wasm) }))}` });
  } catch (cause) {
    throw new UserError(`FFmpeg cannot be loaded from ${core}; check that this page's server has it.`, { cause });
  }
}

function unreadable(name: string, complaint = 'no reason given'): UserError {
  return new UserError(`${name} cannot be read by FFmpeg either (${complaint}); it may be damaged: use another file.`);
}

/** How files that may hold video or sound begin, one character a byte. */
const MEDIA = new RegExp(
  `^(?:${[
    'RIFF....(?:AVI |WAVE)', // AVI, WAV
    '....(?:ftyp|moov|mdat|wide|free|skip)', // MP4, QuickTime
    '\\x1a\\x45\\xdf\\xa3', // Matroska, WebM
    '\\0\\0\\x01[\\xb3\\xba]', // MPEG video, MPEG program stream
    'G.{187}G', // MPEG transport stream
    '.{4}G.{191}G', // the same from cameras and discs
    '\\x30\\x26\\xb2\\x75', // Windows Media
    'FLV|OggS|\\.RMF|\\x06\\x0e\\x2b\\x34', // Flash, Ogg, RealMedia, MXF
    'FORM|\\.snd|#!AMR|\\x0b\\x77', // AIFF, AU, AMR, AC-3
  ].join('|')})`,
  's',
);

/** Whether a file may be one for FFmpeg, which is too large to be loaded for a text or a picture. */
async function mayBeMedia(blob: Blob): Promise<boolean> {
  const head = new Uint8Array(await blob.slice(0, 256).arrayBuffer());
  return MEDIA.test(String.fromCharCode(...head));
}
