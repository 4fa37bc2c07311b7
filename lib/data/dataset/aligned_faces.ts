import type { Frame } from '../../media/frame.ts';
import { FACE_SIZE } from './stored_clip.ts';

/** Pixels that a face is moved at most in each direction. */
const REACH = 6;
/** The part of a face that is compared: eyes and nose, which a generator is shown of the face that it draws. */
const SHOWN = { left: 16, top: 16, right: 80, bottom: 48 };

/** Right and down, in pixels. */
interface Move {
  readonly x: number;
  readonly y: number;
}

/** A face moved to where its eyes and nose are most like those of another. */
export function moveOnto(face: Frame, target: Frame): Frame {
  let best: Move & { distance: number } = { x: 0, y: 0, distance: Number.POSITIVE_INFINITY };
  for (let y = -REACH; y <= REACH; y++) {
    for (let x = -REACH; x <= REACH; x++) {
      const distance = distanceAfter({ x, y }, face, target, best.distance);
      if (distance < best.distance) best = { x, y, distance };
    }
  }
  return moved(face, best);
}

/** The average of faces, each moved onto a target. */
export function averageFace(faces: readonly Frame[], target: Frame): Frame {
  const sum = new Float64Array(target.data.length);
  for (const face of faces) {
    const { data } = moveOnto(face, target);
    for (let i = 0; i < data.length; i++) sum[i] += data[i];
  }
  return { ...target, data: Uint8Array.from(sum, (value) => Math.round(value / faces.length)) };
}

/** The face whose eyes and nose are most like those of another where they are. */
export function nearestFace(face: Frame, faces: readonly Frame[]): Frame {
  let best = { face: faces[0], distance: Number.POSITIVE_INFINITY };
  for (const candidate of faces) {
    const distance = distanceAfter({ x: 0, y: 0 }, candidate, face, best.distance);
    if (distance < best.distance) best = { face: candidate, distance };
  }
  return best.face;
}

/** What comes in at an edge repeats it. */
function moved({ data, width, height }: Frame, { x: right, y: down }: Move): Frame {
  const result = new Uint8Array(data.length);
  const inside = (value: number, size: number): number => Math.min(size - 1, Math.max(0, value));
  for (let y = 0, to = 0; y < height; y++) {
    const row = inside(y - down, height) * width;
    for (let x = 0; x < width; x++, to += 3) {
      const from = (row + inside(x - right, width)) * 3;
      result[to] = data[from];
      result[to + 1] = data[from + 1];
      result[to + 2] = data[from + 2];
    }
  }
  return { data: result, width, height };
}

/** Sum of absolute differences of the shown parts; above `limit` it need not be exact. */
function distanceAfter({ x, y: down }: Move, face: Frame, target: Frame, limit: number): number {
  const { left, top, right, bottom } = SHOWN;
  let distance = 0;
  for (let y = top; y < bottom && distance < limit; y++) {
    const to = (y * FACE_SIZE + left) * 3;
    const from = ((y - down) * FACE_SIZE + left - x) * 3;
    for (let i = 0; i < (right - left) * 3; i++) distance += Math.abs(face.data[from + i] - target.data[to + i]);
  }
  return distance;
}
