import type { Settings } from '../../config/schema.ts';
import { decisiveSettings, isComplete, preprocessClip } from '../../data/dataprocess/preprocess_clip.ts';
import type { DataSettings, OpenedClip, RawDataset } from '../../data/dataprocess/raw_dataset.ts';
import { lastFrameWithSound } from '../../data/dataset/clip_windows.ts';
import type { Part } from '../../data/dataset/dataset.ts';
import { openClips, type StoredClip } from '../../data/dataset/stored_clip.ts';
import type { FileStore } from '../../data/file_store.ts';
import type { VideoFrame } from '../../media/frame.ts';
import type { MediaInput, MediaPlatform, Sound } from '../../media/media_platform.ts';
import { UserError } from '../../utils/errors.ts';
import type { FaceDetector } from '../../utils/face_detection/face_detector.ts';

/** The settings that decide how a recording is stored and divided. */
export type RecordingSettings = Pick<
  Settings,
  'fps' | 'pads' | 'preprocess_batch_size' | 'val_fraction' | 'test_fraction'
>;

export interface RecordingParts {
  readonly media: MediaPlatform;
  readonly files: FileStore;
  /** Called when a recording is not stored yet; what it gives stays the caller's. */
  loadDetector(): Promise<FaceDetector>;
}

export interface RecordingControl {
  /** Frames in which the face has been looked for, and about how many there are. */
  readonly onPrepare?: (done: number, total: number) => void;
  readonly onMessage?: (sentence: string) => void;
  readonly signal?: AbortSignal;
}

/** s of a face with sound that are needed. */
const LEAST_SECONDS = 4;
/** s that are used of a longer recording. */
const MOST_SECONDS = 120;
/** Root mean square of samples below which nobody speaks. */
const SILENCE = 1e-3;

/** Name of the folder of a stored recording. */
const ID = 'recording';

/** Whether this very recording is stored in the folder of a run. */
export function isStored(video: MediaInput, folder: string, settings: RecordingSettings, files: FileStore) {
  return isComplete(
    files,
    `${folder}/${ID}`,
    decisiveSettings(rawRecording(video, settings), dataSettings(settings, folder)),
  );
}

/**
 * Finds the face and the sound in a recording and stores them in the folder of a run.
 *
 * @throws {UserError} when it cannot be learned from
 */
export async function storeRecording(
  video: MediaInput,
  folder: string,
  settings: RecordingSettings,
  parts: RecordingParts,
  control: RecordingControl,
): Promise<void> {
  const raw = { ...rawRecording(video, settings), open: () => readRecording(video, parts.media, control) };
  const detector = await parts.loadDetector();
  const clip = { id: ID, source: nameOf(video) };
  const outcome = await preprocessClip(raw, clip, dataSettings(settings, folder), { ...parts, detector });
  control.signal?.throwIfAborted();
  if (outcome.state !== 'skipped') return;
  throw new UserError(`${nameOf(video)} cannot be learned from: ${outcome.detail}`);
}

/** Opens what {@link storeRecording} stored. Throws a `UserError` when there is too little to learn from. */
export async function openRecording(video: MediaInput, folder: string, files: FileStore): Promise<StoredClip> {
  const [clip] = await openClips(files, folder, [ID]);
  const seconds = usableFrames(clip) / clip.info.fps;
  if (seconds >= LEAST_SECONDS) return clip;
  throw new UserError(
    `${nameOf(video)} shows a face with sound for ${seconds.toFixed(1)} s, and at least ${LEAST_SECONDS} s are needed; record 20 to 60 s.`,
  );
}

/** Divides a recording in time: what is learned, then what chooses the best weights, then what is kept for a test. */
export function splitRecording(clip: StoredClip, settings: RecordingSettings): Record<Part, StoredClip> {
  const { frames } = clip.info;
  const test = Math.round(frames * (1 - settings.test_fraction));
  const val = Math.round(test * (1 - settings.val_fraction));
  return { train: clip.between(0, val), val: clip.between(val, test), test: clip.between(test, frames) };
}

async function readRecording(
  video: MediaInput,
  media: MediaPlatform,
  { onPrepare, onMessage, signal }: RecordingControl,
): Promise<OpenedClip> {
  const name = nameOf(video);
  const reader = await media.openVideo(video);
  if (reader.still) throw new UserError(`${name} is a picture; choose a video of a person who speaks.`);
  const total = Math.min(reader.frameCount, Math.ceil(MOST_SECONDS * reader.frameRate));
  return {
    width: reader.width,
    height: reader.height,
    async *frames(): AsyncGenerator<VideoFrame> {
      for await (const frame of reader.frames()) {
        signal?.throwIfAborted();
        if (frame.timestamp >= MOST_SECONDS) {
          onMessage?.(`${name} is longer than ${MOST_SECONDS} s; the rest is left out.`);
          return;
        }
        onPrepare?.(Math.min(frame.index, total), total);
        yield frame;
      }
    },
    async sound(sampleRate) {
      const sound = await media.readSound(video, sampleRate);
      if (loudness(sound) < SILENCE) throw new UserError('It is silent; check the microphone and record again.');
      return sound;
    },
    close: () => reader.close(),
  };
}

/** Frames with a face whose sound is there. */
export function usableFrames({ info }: StoredClip): number {
  const end = lastFrameWithSound(info) + 1;
  return info.runs.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, end) - from), 0);
}

function loudness({ samples }: Sound): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

function nameOf(video: MediaInput): string {
  if (typeof video === 'string') return video;
  return (video as Partial<File>).name ?? 'The recording';
}

/**
 * Of a recording in memory nothing but its size is the same after a reload. How it is divided counts too: what a run
 * goes on from must not have learned what is kept for its test.
 */
function rawRecording(video: MediaInput, settings: RecordingSettings): Pick<RawDataset, 'decisive'> {
  const { val_fraction, test_fraction } = settings;
  return { decisive: () => ({ video: typeof video === 'string' ? video : video.size, val_fraction, test_fraction }) };
}

/** Settings as data sets ask for them. */
function dataSettings(settings: RecordingSettings, folder: string): DataSettings {
  const values: Partial<Settings> = { ...settings, preprocessed_root: folder };
  return { get: (key) => values[key] as never, has: (key) => key in values };
}
