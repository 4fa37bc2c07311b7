import { resizeFrame } from '../../media/crop.ts';
import { FACE_SIZE } from './stored_clip.ts';

/** Stored faces, RGB bytes one after the other, at another size; at their own size as they are. */
export function resizeFaces(faces: Uint8Array, size: number): Uint8Array {
  if (size === FACE_SIZE) return faces;
  const from = FACE_SIZE * FACE_SIZE * 3;
  const to = size * size * 3;
  const resized = new Uint8Array((faces.length / from) * to);
  for (let i = 0; i * from < faces.length; i++) {
    const data = faces.subarray(i * from, (i + 1) * from);
    resized.set(resizeFrame({ data, width: FACE_SIZE, height: FACE_SIZE }, size, size).data, i * to);
  }
  return resized;
}

/** Bytes as parts of 255. */
const unit = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/**
 * Writes the rows from `firstRow` on of square RGB pictures as BGR in [0, 1], the order that the published weights
 * were trained on: pixel p of picture i goes to `target[i * pictureStep + p * pixelStep + offset]`.
 */
export function writeBgr(
  rgb: Uint8Array,
  size: number,
  firstRow: number,
  endRow: number,
  target: Float32Array,
  place: { readonly pictureStep: number; readonly pixelStep: number; readonly offset: number },
): void {
  const length = size * size * 3;
  const { pictureStep, pixelStep, offset } = place;
  for (let i = 0; i * length < rgb.length; i++) {
    let to = i * pictureStep + offset;
    const end = i * length + endRow * size * 3;
    for (let from = i * length + firstRow * size * 3; from < end; from += 3, to += pixelStep) {
      target[to] = unit[rgb[from + 2]];
      target[to + 1] = unit[rgb[from + 1]];
      target[to + 2] = unit[rgb[from]];
    }
  }
}
