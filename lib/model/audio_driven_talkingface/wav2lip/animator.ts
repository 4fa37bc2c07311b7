import {
  MEL_WINDOW_FRAMES,
  type MelSpectrogram,
  melSpectrogram,
  melWindow,
  melWindowCount,
} from '../../../audio/mel_spectrogram.ts';
import * as tf from '../../../backend/tf.ts';
import type { Sound } from '../../../media/media_platform.ts';
import type { HeardVoice, LiveFaceAnimator, LiveVoice } from '../../face_animator.ts';
import type { Wav2LipGenerator } from './generator.ts';
import { Wav2LipLiveVoice } from './live_voice.ts';

/** Pixels along a side of Wav2Lip's faces. */
const SIZE = 96;

/** What Wav2Lip hears: the mel spectrogram, and the video's frame rate to find windows in it. */
export interface Wav2LipVoice extends HeardVoice {
  readonly mel: MelSpectrogram;
  readonly frameRate: number;
}

/**
 * Feeds a Wav2Lip generator as its inference does: each face is shown twice, once with its lower half black
 * and once whole. The published weights were trained on BGR pictures, so channels are swapped both ways.
 */
export class Wav2LipAnimator implements LiveFaceAnimator<Wav2LipVoice> {
  readonly faceSize = SIZE;
  readonly #generator: Wav2LipGenerator;

  /** @param generator prepared for inference; `dispose()` disposes of it */
  constructor(generator: Wav2LipGenerator) {
    this.#generator = generator;
  }

  /** Throws a `UserError` when the voice is shorter than one window of 0.2 s. */
  hear(voice: Sound, frameRate: number): Wav2LipVoice {
    const mel = melSpectrogram(voice.samples);
    return { mel, frameRate, frameCount: melWindowCount(mel, frameRate) };
  }

  listen(): LiveVoice<Wav2LipVoice> {
    return new Wav2LipLiveVoice();
  }

  async animate(faces: Uint8Array, { mel, frameRate }: Wav2LipVoice, frames: readonly number[]): Promise<Uint8Array> {
    const count = frames.length;
    const windowLength = mel.bands * MEL_WINDOW_FRAMES;
    const windows = new Float32Array(count * windowLength);
    for (const [i, frame] of frames.entries()) windows.set(melWindow(mel, frame, frameRate), i * windowLength);
    const output = tf.tidy(() =>
      this.#generator.forward(
        tf.tensor4d(windows, [count, mel.bands, MEL_WINDOW_FRAMES, 1]),
        tf.tensor4d(maskedAndWhole(faces), [count, SIZE, SIZE, 6]),
      ),
    );
    try {
      return bytesFromBgr((await output.data()) as Float32Array);
    } finally {
      output.dispose();
    }
  }

  dispose(): void {
    this.#generator.dispose();
  }
}

/** RGB bytes `[n, 96, 96, 3]` as BGR in [0, 1], `[n, 96, 96, 6]`: with the lower half black, then whole. */
function maskedAndWhole(rgb: Uint8Array): Float32Array {
  const input = new Float32Array(rgb.length * 2);
  const faceLength = SIZE * SIZE * 3;
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 6) {
    const shown = from % faceLength < faceLength / 2 ? 1 / 255 : 0;
    for (let c = 0; c < 3; c++) {
      const value = rgb[from + 2 - c];
      input[to + c] = value * shown;
      input[to + 3 + c] = value / 255;
    }
  }
  return input;
}

/** BGR in [0, 1] as RGB bytes, cut off rather than rounded, as the reference does. */
export function bytesFromBgr(values: Float32Array): Uint8Array {
  const rgb = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i += 3) {
    for (let c = 0; c < 3; c++) rgb[i + c] = values[i + 2 - c] * 255;
  }
  return rgb;
}
