import type { Frame } from '../../media/frame.ts';
import { FACE_SIZE, type StoredClip } from './stored_clip.ts';

/** A stored face and its frame's number. */
export interface NumberedFace {
  readonly number: number;
  readonly face: Frame;
}

const FACE_BYTES = FACE_SIZE * FACE_SIZE * 3;

/** Faces read at a time. */
const BLOCK = 64;

/** The faces of a clip in order; a part of it is held at a time. */
export async function* numberedFaces(clip: StoredClip): AsyncGenerator<NumberedFace, void, undefined> {
  for (const [from, to] of clip.info.runs) {
    for (let first = from; first < to; first += BLOCK) {
      const faces = splitFaces(await clip.faces(first, Math.min(BLOCK, to - first)));
      for (const [i, face] of faces.entries()) yield { number: first + i, face };
    }
  }
}

/** Faces that lie one after the other in one array, without a copy. */
export function splitFaces(faces: Uint8Array): Frame[] {
  return Array.from({ length: faces.length / FACE_BYTES }, (_, i) => {
    const data = faces.subarray(i * FACE_BYTES, (i + 1) * FACE_BYTES);
    return { data, width: FACE_SIZE, height: FACE_SIZE };
  });
}
