import type { Config } from '../../config/configurator.ts';
import type { VideoFrame } from '../../media/frame.ts';
import type { MediaPlatform, Sound } from '../../media/media_platform.ts';
import type { Part } from '../dataset/dataset.ts';
import type { FileStore } from '../file_store.ts';

/** The settings of a run, as far as data sets ask for them. */
export type DataSettings = Pick<Config, 'get' | 'has'>;

/** A clip before preprocessing. */
export interface RawClip {
  /** Its folder below the root of the preprocessed clips. */
  readonly id: string;
  /** The file or folder that it comes from, or words for what is drawn. */
  readonly source: string;
}

/** A clip opened for preprocessing. */
export interface OpenedClip {
  /** Upright size in pixels; of crops that are faces already, that of the first. */
  readonly width: number;
  readonly height: number;
  /** In order. */
  frames(): AsyncIterable<VideoFrame>;
  /** Mono at this rate in Hz. */
  sound(sampleRate: number): Promise<Sound>;
  /** Whether the frames are cropped faces, possibly of different sizes. */
  readonly isCropped?: boolean;
  /** Writes more files into the clip's folder, e.g. what is known about a drawn clip. */
  writeMore?(files: FileStore, folder: string): Promise<void>;
  close(): Promise<void>;
}

/** What a data set supplies: its clips, what they are for, and each clip's frames and sound. */
export interface RawDataset {
  /** All clips that there should be, in a fixed order. Throws a `UserError` when the data are not where they should be. */
  clips(settings: DataSettings, files: FileStore): Promise<RawClip[]>;
  /** Which clips are for what. */
  split(ids: readonly string[], settings: DataSettings, files: FileStore): Promise<Record<Part, string[]>>;
  /** What else than its source decides how a clip turns out; clips that were made with other values are made anew. */
  decisive?(settings: DataSettings): Record<string, unknown>;
  /** Throws a `UserError` when the clip cannot be read. */
  open(
    clip: RawClip,
    settings: DataSettings,
    platform: { media: MediaPlatform; files: FileStore },
  ): Promise<OpenedClip>;
}

/** Frames per second that clips are stored at: the model's, or 25. */
export function storedFrameRate(settings: DataSettings): number {
  return settings.has('fps') ? settings.get('fps') : 25;
}
