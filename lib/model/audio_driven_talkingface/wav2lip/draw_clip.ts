import * as tf from '../../../backend/tf.ts';
import { readMelWindows } from '../../../data/dataset/mel_window.ts';
import { writeBgr } from '../../../data/dataset/pictures.ts';
import { FACE_SIZE, type StoredClip } from '../../../data/dataset/stored_clip.ts';
import type { Frame } from '../../../media/frame.ts';
import type { GeneratedClip } from '../../abstract_talkingface.ts';
import { bytesFromBgr } from './animator.ts';
import type { Wav2LipGenerator } from './generator.ts';

const FACE_BYTES = FACE_SIZE * FACE_SIZE * 3;

/**
 * Draws frames `from` to `to` (exclusive) of a preprocessed clip. The reference picture of a frame is the one half
 * of the range away, as in training another moment of the clip: the frame itself would give its mouth away.
 */
export function drawClip(
  generator: Wav2LipGenerator,
  clip: StoredClip,
  { from, to, batchSize }: { readonly from: number; readonly to: number; readonly batchSize: number },
): GeneratedClip {
  const length = to - from;
  const half = length >> 1;
  /** Faces of `count` frames from the `index`-th of the range on, each `shift` frames later, around its end. */
  const faces = async (index: number, count: number, shift: number): Promise<Uint8Array> => {
    const start = (index + shift) % length;
    const first = await clip.faces(from + start, Math.min(count, length - start));
    const rest = count - first.length / FACE_BYTES;
    if (rest === 0) return first;
    const all = new Uint8Array(count * FACE_BYTES);
    all.set(first);
    all.set(await clip.faces(from, rest), first.length);
    return all;
  };
  const draw = async (index: number, count: number): Promise<Uint8Array> => {
    const [shown, reference, mels] = await Promise.all([
      faces(index, count, 0),
      faces(index, count, half),
      readMelWindows(clip, from + index, count),
    ]);
    const input = new Float32Array(count * FACE_SIZE * FACE_SIZE * 6);
    const place = { pictureStep: FACE_SIZE * FACE_SIZE * 6, pixelStep: 6 };
    writeBgr(shown, FACE_SIZE, 0, FACE_SIZE >> 1, input, { ...place, offset: 0 });
    writeBgr(reference, FACE_SIZE, 0, FACE_SIZE, input, { ...place, offset: 3 });
    const mel = tf.tensor4d(mels, [count, mels.length / count / 16, 16, 1]);
    const face = tf.tensor4d(input, [count, FACE_SIZE, FACE_SIZE, 6]);
    const drawn = generator.forward(mel, face);
    tf.dispose([mel, face]);
    try {
      return bytesFromBgr((await drawn.data()) as Float32Array);
    } finally {
      drawn.dispose();
    }
  };
  async function* frames(read: (index: number, count: number) => Promise<Uint8Array>): AsyncGenerator<Frame> {
    for (let index = 0; index < length; index += batchSize) {
      const count = Math.min(batchSize, length - index);
      const pictures = await read(index, count);
      for (let i = 0; i < count; i++) {
        const data = pictures.subarray(i * FACE_BYTES, (i + 1) * FACE_BYTES);
        yield { data, width: FACE_SIZE, height: FACE_SIZE };
      }
    }
  }
  return {
    generated: frames(draw),
    real: frames((index, count) => faces(index, count, 0)),
    copied: frames((index, count) => faces(index, count, half)),
  };
}
