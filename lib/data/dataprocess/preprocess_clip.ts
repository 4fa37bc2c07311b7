import { MEL_WINDOW_FRAMES, melSpectrogram, WAV2LIP_MEL } from '../../audio/mel_spectrogram.ts';
import { atConstantRate } from '../../media/constant_rate.ts';
import type { Frame, VideoFrame } from '../../media/frame.ts';
import type { MediaPlatform, Sound } from '../../media/media_platform.ts';
import { encodeWav } from '../../media/wav.ts';
import { UserError } from '../../utils/errors.ts';
import type { FaceDetector } from '../../utils/face_detection/face_detector.ts';
import { type ClipRecord, clipFiles, FACE_SIZE, readClipRecord } from '../dataset/stored_clip.ts';
import { type FileStore, writeFile } from '../file_store.ts';
import { FaceWriter } from './face_writer.ts';
import { croppedFaces, type FoundFace, foundFaces } from './found_faces.ts';
import { type DataSettings, type OpenedClip, type RawClip, type RawDataset, storedFrameRate } from './raw_dataset.ts';

/** Why a clip was left out. */
export const skipReasons = ['unreadable', 'no sound', 'no face'] as const;
export type SkipReason = (typeof skipReasons)[number];

/** What became of a clip. */
export type ClipOutcome =
  | { readonly state: 'made'; readonly frames: number; readonly facelessFrames: number }
  | { readonly state: 'kept' }
  | { readonly state: 'skipped'; readonly reason: SkipReason; readonly detail: string };

/** What preprocessing works with. */
export interface PreprocessParts {
  readonly media: MediaPlatform;
  readonly files: FileStore;
  readonly detector: FaceDetector;
  /** Without it no pictures are written beside the packed faces. */
  encodeJpeg?(frame: Frame): Promise<Uint8Array>;
}

/** Frames in a row with a face that a clip must have to be of use. */
const LEAST_RUN = 6;

/**
 * Writes the faces, the sound and the mel spectrogram of a clip into its folder, unless a complete one with the same
 * settings is there. Frames stream through; the sound is held whole. What a clip lacks is an outcome, not an error.
 */
export async function preprocessClip(
  dataset: Pick<RawDataset, 'open' | 'decisive'>,
  clip: RawClip,
  settings: DataSettings,
  parts: PreprocessParts,
): Promise<ClipOutcome> {
  const folder = `${settings.get('preprocessed_root')}/${clip.id}`;
  const decided = decisiveSettings(dataset, settings);
  if (await isComplete(parts.files, folder, decided)) return { state: 'kept' };
  let opened: OpenedClip | undefined;
  try {
    opened = await orSkip('unreadable', dataset.open(clip, settings, parts));
    await removeEarlier(parts.files, folder, opened.isCropped);
    const sound = await readSound(opened);
    const melColumns = await writeSound(parts.files, folder, sound, opened.isCropped);
    const frames = await writeFaces(opened, folder, settings, parts);
    await opened.writeMore?.(parts.files, folder);
    const fps = storedFrameRate(settings);
    const record: ClipRecord = { version: 1, source: clip.source, settings: decided, fps, melColumns, ...frames };
    await writeFile(parts.files, `${folder}/${clipFiles.record}`, JSON.stringify(record));
    return {
      state: 'made',
      frames: frames.frames,
      facelessFrames: frames.boxes.filter((box) => box === null).length,
    };
  } catch (error) {
    if (error instanceof Skipped) return { state: 'skipped', reason: error.reason, detail: error.message };
    throw error;
  } finally {
    await opened?.close();
  }
}

/** Whether a clip was made with these settings. */
export async function isComplete(files: FileStore, folder: string, decided: string): Promise<boolean> {
  return (await readClipRecord(files, folder))?.settings === decided;
}

/** What `ClipRecord.settings` says of a clip made now. */
export function decisiveSettings(dataset: Pick<RawDataset, 'decisive'>, settings: DataSettings): string {
  const always = { fps: storedFrameRate(settings), size: FACE_SIZE, pads: settings.get('pads') };
  return JSON.stringify({ ...always, ...dataset.decisive?.(settings) });
}

/** Removes what an earlier attempt left: the record first, and pictures unless they are what is read. */
async function removeEarlier(files: FileStore, folder: string, isCropped = false): Promise<void> {
  await files.remove(`${folder}/${clipFiles.record}`);
  for (const { name } of await files.list(folder)) {
    if (/\.partial-/.test(name) || (!isCropped && /^\d+\.jpg$/.test(name))) await files.remove(`${folder}/${name}`);
  }
}

async function readSound(opened: OpenedClip): Promise<Sound> {
  try {
    return await opened.sound(WAV2LIP_MEL.sampleRate);
  } catch (error) {
    // Where the pictures are damaged too, the file is, and does not just lack sound.
    const frames = opened.frames()[Symbol.asyncIterator]();
    await orSkip('unreadable', frames.next());
    await frames.return?.();
    throw unusable('no sound', error);
  }
}

async function writeSound(files: FileStore, folder: string, sound: Sound, isThere = false): Promise<number> {
  const { data, bands, frames } = melSpectrogram(sound.samples);
  if (frames < MEL_WINDOW_FRAMES) throw new Skipped('no sound', 'The sound is shorter than 0.2 s.');
  const columns = new Float32Array(data.length);
  for (let band = 0; band < bands; band++) {
    for (let t = 0; t < frames; t++) columns[t * bands + band] = data[band * frames + t];
  }
  await writeFile(files, `${folder}/${clipFiles.mel}`, new Uint8Array(columns.buffer));
  if (!isThere) await writeFile(files, `${folder}/${clipFiles.audio}`, encodeWav(sound));
  return frames;
}

async function writeFaces(
  opened: OpenedClip,
  folder: string,
  settings: DataSettings,
  parts: PreprocessParts,
): Promise<Pick<ClipRecord, 'frames' | 'runs' | 'boxes'>> {
  const writer = await FaceWriter.create(folder, parts, opened.isCropped ?? false);
  try {
    const faces = opened.isCropped
      ? croppedFaces(opened.frames())
      : foundFaces(steady(opened.frames(), storedFrameRate(settings)), opened, parts.detector, settings);
    for await (const face of readable(faces)) await writer.write(face);
    const runs = writer.runs.filter(([from, to]) => to - from >= LEAST_RUN);
    if (runs.length === 0) {
      const seen = writer.boxes.filter((box) => box !== null).length;
      throw new Skipped(
        'no face',
        `A face is seen in ${seen} of ${writer.boxes.length} frames, never in ${LEAST_RUN} in a row.`,
      );
    }
    await writer.finish();
    return { frames: writer.boxes.length, runs, boxes: writer.boxes };
  } finally {
    await writer.abort();
  }
}

async function* steady(frames: AsyncIterable<VideoFrame>, frameRate: number): AsyncGenerator<VideoFrame> {
  const timed = (async function* () {
    for await (const frame of frames) yield { frame, timestamp: frame.timestamp };
  })();
  yield* atConstantRate(timed, frameRate);
}

/** Damage that shows while a clip is read makes it unreadable, not the whole run fail. */
async function* readable(faces: AsyncIterable<FoundFace>): AsyncGenerator<FoundFace> {
  try {
    yield* faces;
  } catch (error) {
    throw unusable('unreadable', error);
  }
}

class Skipped extends Error {
  readonly reason: SkipReason;

  constructor(reason: SkipReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

async function orSkip<T>(reason: SkipReason, work: Promise<T>): Promise<T> {
  return work.catch((error) => {
    throw unusable(reason, error);
  });
}

/** Whatever goes wrong on reading is the clip's fault: one odd file must not end a run of hours. */
function unusable(reason: SkipReason, error: unknown): Skipped {
  if (error instanceof UserError) return new Skipped(reason, error.message);
  return new Skipped(reason, `It cannot be read (${error instanceof Error ? error.message : error}).`);
}
