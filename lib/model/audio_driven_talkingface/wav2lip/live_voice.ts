import { MEL_WINDOW_FRAMES, WAV2LIP_MEL } from '../../../audio/mel_spectrogram.ts';
import { StreamingMel } from '../../../audio/streaming_mel.ts';
import type { LiveVoice } from '../../face_animator.ts';
import type { Wav2LipVoice } from './animator.ts';

/** Columns of the mel spectrogram in a second. */
const COLUMN_RATE = WAV2LIP_MEL.sampleRate / WAV2LIP_MEL.hopSize;
/** s of moments for which pictures can be drawn. */
const MEMORY = 2;

/** Hears what Wav2Lip needs while it is being spoken. A picture shows 0.2 s of sound from its moment on, so it can be drawn 0.2 s later. */
export class Wav2LipLiveVoice implements LiveVoice<Wav2LipVoice> {
  readonly #mel = new StreamingMel(MEMORY * COLUMN_RATE + MEL_WINDOW_FRAMES);

  get until(): number {
    return (this.#mel.count - MEL_WINDOW_FRAMES) / COLUMN_RATE;
  }

  push(samples: Float32Array): void {
    this.#mel.push(samples);
  }

  /** Throws a `RangeError` before the first picture can be drawn. */
  at(moments: readonly number[]): { voice: Wav2LipVoice; frames: number[] } {
    const last = this.#mel.count - MEL_WINDOW_FRAMES;
    const first = Math.max(0, last - MEMORY * COLUMN_RATE);
    // A moment computed from a column's number must give that column again.
    const columns = moments.map((moment) => {
      const column = Math.floor(moment * COLUMN_RATE + 1e-6);
      return Math.max(first, Math.min(last, column));
    });
    const start = Math.min(...columns);
    const mel = this.#mel.slice(start, Math.max(...columns) + MEL_WINDOW_FRAMES);
    const voice = { mel, frameRate: COLUMN_RATE, frameCount: mel.frames - MEL_WINDOW_FRAMES + 1 };
    return { voice, frames: columns.map((column) => column - start) };
  }
}
