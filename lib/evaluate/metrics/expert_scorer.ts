import { MEL_WINDOW_FRAMES, type MelSpectrogram, melWindow } from '../../audio/mel_spectrogram.ts';
import * as tf from '../../backend/tf.ts';
import { melColumn } from '../../data/dataset/clip_windows.ts';
import { writeBgr } from '../../data/dataset/pictures.ts';
import { FACE_SIZE } from '../../data/dataset/stored_clip.ts';
import type { SyncNetColor } from '../../model/audio_driven_talkingface/wav2lip/syncnet_color.ts';
import type { FaceCrop } from '../face_crops.ts';
import { ShiftCurve, type ShiftResult } from './shift_curve.ts';

/** Pictures a second. */
export const EXPERT_RATE = 25;
/** Pictures that the expert judges at once. */
const WINDOW = 5;
/** Windows that are described at once. */
const BATCH = 16;
const HALF = FACE_SIZE >> 1;

/** Measures by the toolkit's own expert how faces at 25 a second and sound fit at every shift. */
export class ExpertScorer {
  readonly #expert: SyncNetColor;
  readonly #sound: MelSpectrogram;
  readonly #curve = new ShiftCurve();
  /** The faces of windows that are not yet described; the first belongs to window `#next`. */
  #faces: FaceCrop[] = [];
  #next = 0;

  constructor(expert: SyncNetColor, sound: MelSpectrogram) {
    this.#expert = expert;
    this.#sound = sound;
  }

  /** The next face. */
  async add(face: FaceCrop): Promise<void> {
    this.#faces.push(face);
    if (this.#faces.length === BATCH + WINDOW - 1) await this.#describe();
  }

  /** Undefined when there is too little to compare. */
  async finish(): Promise<ShiftResult | undefined> {
    if (this.#faces.length >= WINDOW) await this.#describe();
    return this.#curve.finish();
  }

  async #describe(): Promise<void> {
    const count = this.#faces.length - WINDOW + 1;
    const [faces, mels] = [this.#faceWindows(count), this.#soundWindows(count)];
    const { audio, face } = tf.tidy(() => this.#expert.forward(mels, faces));
    try {
      const length = audio.shape[1];
      const [sounds, lips] = (await Promise.all([audio.data(), face.data()])) as Float32Array[];
      for (let i = 0; i < count; i++) {
        const row = (values: Float32Array) => values.slice(i * length, (i + 1) * length);
        this.#curve.add({
          lips: this.#faces.slice(i, i + WINDOW).every(Boolean) ? row(lips) : undefined,
          sound: this.#hasSound(this.#next + i) ? row(sounds) : undefined,
        });
      }
    } finally {
      tf.dispose([faces, mels, audio, face]);
    }
    this.#next += count;
    this.#faces = this.#faces.slice(count);
  }

  #hasSound(window: number): boolean {
    return melColumn(window, EXPERT_RATE) + MEL_WINDOW_FRAMES <= this.#sound.frames;
  }

  /** `[count, 48, 96, 15]`: lower halves in BGR, frame after frame in the channels. */
  #faceWindows(count: number): tf.Tensor {
    const channels = 3 * WINDOW;
    const size = HALF * FACE_SIZE * channels;
    const values = new Float32Array(count * size);
    for (let window = 0; window < count; window++) {
      for (let i = 0; i < WINDOW; i++) {
        const face = this.#faces[window + i];
        const place = { pictureStep: 0, pixelStep: channels, offset: window * size + 3 * i };
        if (face) writeBgr(face, FACE_SIZE, HALF, FACE_SIZE, values, place);
      }
    }
    return tf.tensor(values, [count, HALF, FACE_SIZE, channels]);
  }

  /** `[count, 80, 16, 1]`; where the sound has ended, its end. */
  #soundWindows(count: number): tf.Tensor {
    const { bands } = this.#sound;
    const values = new Float32Array(count * bands * MEL_WINDOW_FRAMES);
    for (let i = 0; i < count; i++) {
      values.set(melWindow(this.#sound, this.#next + i, EXPERT_RATE), i * bands * MEL_WINDOW_FRAMES);
    }
    return tf.tensor(values, [count, bands, MEL_WINDOW_FRAMES, 1]);
  }
}
