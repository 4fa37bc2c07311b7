import { UserError } from '../errors.ts';
import { area } from './boxes.ts';
import type { FaceBox } from './face_detector.ts';

/** A face seen before, where it is expected in the coming frame. */
interface Track {
  box: FaceBox;
  /** Pixels per frame. */
  velocityX: number;
  velocityY: number;
  /** Frames since it was last seen. */
  missed: number;
}

/** Frames, about a second, for which a face that cannot be seen is waited for before another one is followed. */
const patience = 25;

/** Least `affinity` of one face in successive frames: with equal sizes, centres closer than 0.8 of the size. */
const leastAffinity = 0.2;

/**
 * Follows one person through the faces of successive frames. It starts with the largest face, or the one with
 * the given index counted from 0 from left to right. All faces are tracked, so that one that passes in front
 * of the person or stays when the person is hidden is not taken for them. When nothing of the last frame
 * is found again (a cut), or the person has been gone for 25 frames, it chooses anew in the same way; if there
 * are then too few faces for the index it follows none.
 */
export class FaceFollower {
  readonly #faceIndex: number | undefined;
  #tracks: Track[] = [];
  #person: Track | undefined;
  #started = false;

  constructor(faceIndex?: number) {
    this.#faceIndex = faceIndex;
  }

  /**
   * The person's box among the faces of the next frame, and whether it continues that of the frame before.
   * Throws a `UserError` when the first frame with faces has too few for the index.
   */
  next(faces: readonly FaceBox[]): { box: FaceBox | undefined; continues: boolean } {
    const continuing = this.#person?.missed === 0 ? this.#person : undefined;
    this.#match(faces);
    const gone = this.#person !== undefined && this.#person.missed > patience;
    const cut = faces.length > 0 && this.#tracks.every((track) => track.missed > 0);
    if (gone || cut) this.#person = undefined;
    if (cut) this.#tracks = [];
    const known = new Set(this.#tracks.map((track) => track.box));
    const arrivals = faces.filter((face) => !known.has(face));
    this.#tracks.push(...arrivals.map((box) => ({ box, velocityX: 0, velocityY: 0, missed: 0 })));
    this.#person ??= this.#choose(faces);
    const box = this.#person?.missed === 0 ? this.#person.box : undefined;
    return { box, continues: box !== undefined && this.#person === continuing };
  }

  /** Moves every track to its face, the closest pairs first, or to where it should be by now. */
  #match(faces: readonly FaceBox[]): void {
    const pairs = this.#tracks
      .flatMap((track) => faces.map((face) => ({ track, face, affinity: affinity(expected(track), face) })))
      .filter((pair) => pair.affinity >= leastAffinity)
      .sort((a, b) => b.affinity - a.affinity);
    const lost = new Set(this.#tracks);
    const free = new Set(faces);
    for (const { track, face } of pairs) {
      if (!lost.has(track) || !free.has(face)) continue;
      lost.delete(track);
      free.delete(face);
      see(track, face);
    }
    for (const track of lost) miss(track);
    this.#tracks = this.#tracks.filter((track) => track.missed <= patience);
  }

  #choose(faces: readonly FaceBox[]): Track | undefined {
    if (faces.length === 0) return undefined;
    const index = this.#faceIndex;
    if (index !== undefined && index >= faces.length && !this.#started) {
      throw new UserError(
        `Face ${index} was asked for, counted from 0 from left to right, but the first frame with faces shows ${faces.length}.`,
      );
    }
    this.#started = true;
    const chosen =
      index === undefined
        ? faces.reduce((largest, face) => (area(face) > area(largest) ? face : largest))
        : faces.toSorted((a, b) => centre(a).x - centre(b).x)[index];
    return this.#tracks.find((track) => track.box === chosen);
  }
}

function see(track: Track, face: FaceBox): void {
  const from = centre(track.box);
  const to = centre(face);
  // After a gap the box has been moved along, so this difference says little about the speed.
  if (track.missed === 0) {
    track.velocityX = (track.velocityX + to.x - from.x) / 2;
    track.velocityY = (track.velocityY + to.y - from.y) / 2;
  }
  track.box = face;
  track.missed = 0;
}

function miss(track: Track): void {
  track.box = expected(track);
  track.velocityX *= 0.8;
  track.velocityY *= 0.8;
  track.missed++;
}

function expected({ box, velocityX, velocityY }: Track): FaceBox {
  return {
    left: box.left + velocityX,
    top: box.top + velocityY,
    right: box.right + velocityX,
    bottom: box.bottom + velocityY,
    score: box.score,
  };
}

/** 1 for the same place and size, less the distance in face sizes and the logarithm of the ratio of sizes. */
function affinity(a: FaceBox, b: FaceBox): number {
  const from = centre(a);
  const to = centre(b);
  const size = Math.sqrt(area(a));
  return 1 - Math.hypot(to.x - from.x, to.y - from.y) / size - Math.abs(Math.log(Math.sqrt(area(b)) / size));
}

function centre({ left, top, right, bottom }: FaceBox): { x: number; y: number } {
  return { x: (left + right) / 2, y: (top + bottom) / 2 };
}
