import { type LiveFaceAnimator, VOICE_SAMPLE_RATE } from '../model/face_animator.ts';

/** Faces that may be drawn at a time: with more the first of them waits too long. */
const LARGEST = 2;

/** ms that an animator takes for 1, 2, ... faces, each tried a second time, when everything has been compiled. */
export async function tryBatches(animator: LiveFaceAnimator): Promise<number[]> {
  const silence = animator.listen();
  silence.push(new Float32Array(VOICE_SAMPLE_RATE / 2));
  const times: number[] = [];
  for (let count = 1; count <= LARGEST; count++) {
    const { voice, frames } = silence.at(Array(count).fill(0));
    const faces = new Uint8Array(count * animator.faceSize ** 2 * 3);
    await animator.animate(faces, voice, frames);
    const start = performance.now();
    await animator.animate(faces, voice, frames);
    times.push(performance.now() - start);
  }
  return times;
}
