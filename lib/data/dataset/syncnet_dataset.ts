import { MEL_WINDOW_FRAMES, WAV2LIP_MEL } from '../../audio/mel_spectrogram.ts';
import { ClipWindows, type ClipWindowsOptions } from './clip_windows.ts';
import type { Dataset, Part } from './dataset.ts';
import { readMelWindows } from './mel_window.ts';
import { resizeFaces, writeBgr } from './pictures.ts';
import { FACE_SIZE, type StoredClip } from './stored_clip.ts';

export interface SyncNetDatasetOptions extends Omit<ClipWindowsOptions, 'lead'> {
  /** Pixels along a side of the faces; 96 by default. */
  readonly size?: number;
}

/**
 * Items for the expert (Prajwal et al. 2020, section 3.2), with T = 5 frames, faces of S = 96 pixels in BGR and
 * [0, 1]:
 * - `faces` `[S / 2, S, 3 T]`: the lower halves of a window's frames, one after the other in the channels;
 * - `mel` `[80, 16, 1]`: 0.2 s of sound;
 * - `label` `[1]`: 1 where the sound begins with the window's first frame, 0 where it belongs to another window of
 *   the clip. Half of the items each: by chance in training, in turn otherwise.
 */
export class SyncNetDataset implements Dataset {
  readonly part: Part;
  readonly length: number;
  readonly shapes: Dataset['shapes'];
  readonly #windows: ClipWindows;
  readonly #time: number;
  readonly #size: number;

  /** Throws a `UserError` when no clip is long enough. */
  constructor(clips: readonly StoredClip[], options: SyncNetDatasetOptions) {
    const { part, length: time = 5, size = FACE_SIZE } = options;
    this.part = part;
    this.shapes = {
      faces: [size - (size >> 1), size, 3 * time],
      mel: [WAV2LIP_MEL.bands, MEL_WINDOW_FRAMES, 1],
      label: [1],
    };
    this.#windows = new ClipWindows(clips, { ...options, length: time });
    this.length = this.#windows.count;
    this.#time = time;
    this.#size = size;
  }

  async item(index: number, epoch: number): Promise<Record<'faces' | 'mel' | 'label', Float32Array>> {
    const { clip, start, otherStart, random } = this.#windows.draw(index, epoch);
    const inSync = this.part === 'train' ? random.next() < 0.5 : index % 2 === 0;
    const [window, mel] = await Promise.all([
      clip.faces(inSync ? start : otherStart, this.#time),
      readMelWindows(clip, start, 1),
    ]);
    const size = this.#size;
    const channels = 3 * this.#time;
    const top = size >> 1;
    const faces = new Float32Array((size - top) * size * channels);
    const place = { pictureStep: 3, pixelStep: channels, offset: 0 };
    writeBgr(resizeFaces(window, size), size, top, size, faces, place);
    return { faces, mel, label: Float32Array.of(inSync ? 1 : 0) };
  }
}
