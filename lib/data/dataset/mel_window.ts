import { MEL_WINDOW_FRAMES, WAV2LIP_MEL } from '../../audio/mel_spectrogram.ts';
import { melColumn } from './clip_windows.ts';
import type { StoredClip } from './stored_clip.ts';

/** The sound that begins with each of some frames in a row: `[count, 80, 16, 1]`, as the audio encoders take it. */
export async function readMelWindows(clip: StoredClip, firstFrame: number, count: number): Promise<Float32Array> {
  const { bands } = WAV2LIP_MEL;
  const starts = Array.from({ length: count }, (_, i) => melColumn(firstFrame + i, clip.info.fps));
  const first = starts[0];
  const columns = await clip.mel(first, starts[count - 1] + MEL_WINDOW_FRAMES - first);
  const windows = new Float32Array(count * bands * MEL_WINDOW_FRAMES);
  let to = 0;
  for (const start of starts) {
    for (let band = 0; band < bands; band++) {
      for (let column = 0; column < MEL_WINDOW_FRAMES; column++) {
        windows[to++] = columns[(start - first + column) * bands + band];
      }
    }
  }
  return windows;
}
