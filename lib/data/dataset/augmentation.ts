import type { Random } from '../../utils/random.ts';
import { FACE_SIZE } from './stored_clip.ts';

/** A face found a little differently, in another light. */
export interface FaceChange {
  /** Pixels. */
  readonly right: number;
  readonly down: number;
  readonly scale: number;
  /** Radians. */
  readonly angle: number;
  /** Factor of each of R, G and B. */
  readonly gains: readonly number[];
  /** Added to bytes. */
  readonly offset: number;
}

/** @param strength 0 to 1 */
export function randomChange(strength: number, random: Random): FaceChange {
  const upTo = (most: number): number => (2 * random.next() - 1) * most * strength;
  return {
    right: upTo(3),
    down: upTo(3),
    scale: 1 + upTo(0.06),
    angle: upTo(0.06),
    gains: Array.from({ length: 3 }, () => 1 + upTo(0.16)),
    offset: upTo(8),
  };
}

/** Stored faces, RGB bytes one after the other, changed alike. What comes in at an edge repeats it. */
export function changeFaces(faces: Uint8Array, { right, down, scale, angle, gains, offset }: FaceChange): Uint8Array {
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const middle = (FACE_SIZE - 1) / 2;
  const row = FACE_SIZE * 3;
  const changed = new Uint8Array(faces.length);
  for (let y = 0; y < FACE_SIZE; y++) {
    for (let x = 0; x < FACE_SIZE; x++) {
      const [fromX, fromY] = [x - middle - right, y - middle - down];
      const u = inside(cos * fromX + sin * fromY + middle);
      const v = inside(cos * fromY - sin * fromX + middle);
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const [a, b] = [u - left, v - top];
      const corner = (top * FACE_SIZE + left) * 3;
      for (let face = 0; face < faces.length; face += FACE_SIZE * row) {
        const to = face + (y * FACE_SIZE + x) * 3;
        for (let c = 0; c < 3; c++) {
          const i = face + corner + c;
          const upper = faces[i] * (1 - a) + faces[i + 3] * a;
          const lower = faces[i + row] * (1 - a) + faces[i + row + 3] * a;
          const value = (upper * (1 - b) + lower * b) * gains[c] + offset;
          changed[to + c] = Math.min(255, Math.max(0, value + 0.5));
        }
      }
    }
  }
  return changed;
}

/** So that the next pixel is there too. */
const inside = (place: number): number => Math.min(FACE_SIZE - 1.001, Math.max(0, place));
