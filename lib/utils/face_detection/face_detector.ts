import type { Frame } from '../../media/frame.ts';

/** A face in a picture, in its pixels; `right` and `bottom` are exclusive. Follows the WIDER FACE convention (forehead to chin, ear to ear), as S3FD returns it. */
export interface FaceBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Confidence, 0 to 1. */
  readonly score: number;
}

/** Finds faces in pictures. The pictures of one call have one size. */
export interface FaceDetector {
  readonly name: string;
  /** For each picture its faces, the most certain first; an empty list where there is none. */
  detect(frames: readonly Frame[]): Promise<FaceBox[][]>;
  dispose(): void;
}
