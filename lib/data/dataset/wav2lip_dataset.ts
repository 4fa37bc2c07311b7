import { MEL_WINDOW_FRAMES, WAV2LIP_MEL } from '../../audio/mel_spectrogram.ts';
import { changeFaces, randomChange } from './augmentation.ts';
import { ClipWindows, type ClipWindowsOptions, type DrawnWindow } from './clip_windows.ts';
import type { Dataset, Part } from './dataset.ts';
import { readMelWindows } from './mel_window.ts';
import { resizeFaces, writeBgr } from './pictures.ts';
import { FACE_SIZE, type StoredClip } from './stored_clip.ts';

export interface Wav2LipDatasetOptions extends ClipWindowsOptions {
  /** Pixels along a side of the faces; 96 by default. */
  readonly size?: number;
  /** How much faces for training are moved, turned, scaled and lit at random, 0 (the default) to 1. */
  readonly augment?: number;
}

/**
 * Items for Wav2Lip's generator (Prajwal et al. 2020, section 3.4), with T = 5 frames, faces of S = 96 pixels in BGR
 * and [0, 1]:
 * - `faces` `[T, S, S, 6]`: the window with its lower half black, then another window of the same clip;
 * - `target` `[T, S, S, 3]`: the window;
 * - `indiv_mels` `[T, 80, 16, 1]`: the sound for each frame, from `lead` frames before it, by default from its
 *   beginning on, as in inference;
 * - `mel` `[80, 16, 1]`: the sound from the window's first frame on, for the expert.
 */
export class Wav2LipDataset implements Dataset {
  readonly part: Part;
  readonly length: number;
  readonly shapes: Dataset['shapes'];
  readonly #windows: ClipWindows;
  readonly #time: number;
  readonly #size: number;
  readonly #lead: number;
  readonly #augment: number;

  /** Throws a `UserError` when no clip is long enough. */
  constructor(clips: readonly StoredClip[], options: Wav2LipDatasetOptions) {
    const { part, length: time = 5, lead = 0, size = FACE_SIZE } = options;
    const sound = [WAV2LIP_MEL.bands, MEL_WINDOW_FRAMES, 1];
    this.part = part;
    this.shapes = {
      faces: [time, size, size, 6],
      target: [time, size, size, 3],
      indiv_mels: [time, ...sound],
      mel: sound,
    };
    this.#windows = new ClipWindows(clips, { ...options, length: time, lead });
    this.length = this.#windows.count;
    this.#time = time;
    this.#size = size;
    this.#lead = lead;
    this.#augment = part === 'train' ? (options.augment ?? 0) : 0;
  }

  async item(index: number, epoch: number): Promise<Record<'faces' | 'target' | 'indiv_mels' | 'mel', Float32Array>> {
    const drawn = this.#windows.draw(index, epoch);
    const { clip, start, random } = drawn;
    const time = this.#time;
    const size = this.#size;
    const stored = await clip.faces(start, time);
    const [others, indivMels, mel] = await Promise.all([
      this.example(drawn, stored),
      readMelWindows(clip, start - this.#lead, time),
      readMelWindows(clip, start, 1),
    ]);
    const change = this.#augment > 0 ? randomChange(this.#augment, random) : undefined;
    const [window, other] = [stored, others].map((faces) => (change ? changeFaces(faces, change) : faces));
    const pixels = size * size;
    const faces = new Float32Array(time * pixels * 6);
    const target = new Float32Array(time * pixels * 3);
    const shown = resizeFaces(window, size);
    writeBgr(shown, size, 0, size, target, { pictureStep: pixels * 3, pixelStep: 3, offset: 0 });
    writeBgr(shown, size, 0, size >> 1, faces, { pictureStep: pixels * 6, pixelStep: 6, offset: 0 });
    const reference = resizeFaces(other, size);
    writeBgr(reference, size, 0, size, faces, { pictureStep: pixels * 6, pixelStep: 6, offset: 3 });
    return { faces, target, indiv_mels: indivMels, mel };
  }

  /** The faces shown as an example, as many as the window has. @param _window the faces to be drawn */
  protected example({ clip, otherStart }: DrawnWindow, _window: Uint8Array): Promise<Uint8Array> {
    return clip.faces(otherStart, this.#time);
  }
}
