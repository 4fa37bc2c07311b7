import { cropFrame, cropResized, type Rectangle } from '../../media/crop.ts';
import type { Frame } from '../../media/frame.ts';
import { clipFiles, FACE_SIZE } from '../dataset/stored_clip.ts';
import { type FileStore, type FileWriter, writeFile } from '../file_store.ts';
import type { FoundFace } from './found_faces.ts';

interface FaceWriterParts {
  readonly files: FileStore;
  encodeJpeg?(frame: Frame): Promise<Uint8Array>;
}

/** A face that moves by more than this part of its size from one frame to the next is another one, or a cut. */
const GREATEST_MOVE = 0.5;

/** Writes the faces of a clip: pictures at their own size, and all of them packed at one size. */
export class FaceWriter {
  /** For each frame written; see `ClipRecord`. */
  readonly boxes: (readonly [number, number, number, number] | null)[] = [];
  readonly runs: [number, number][] = [];
  readonly #packed: FileWriter;
  readonly #folder: string;
  readonly #parts: FaceWriterParts;
  readonly #isCropped: boolean;
  readonly #none = new Uint8Array(FACE_SIZE * FACE_SIZE * 3);
  #last: Rectangle | undefined;

  private constructor(packed: FileWriter, folder: string, parts: FaceWriterParts, isCropped: boolean) {
    this.#packed = packed;
    this.#folder = folder;
    this.#parts = parts;
    this.#isCropped = isCropped;
  }

  /** Begins in a folder. */
  static async create(folder: string, parts: FaceWriterParts, isCropped: boolean): Promise<FaceWriter> {
    return new FaceWriter(await parts.files.create(`${folder}/${clipFiles.faces}`), folder, parts, isCropped);
  }

  async write({ frame, index, box }: FoundFace): Promise<void> {
    if (box === undefined) {
      this.boxes.push(null);
      this.#last = undefined;
      return this.#packed.write(this.#none);
    }
    const face = new Uint8Array(FACE_SIZE * FACE_SIZE * 3);
    cropResized(frame, box, FACE_SIZE, face, 0);
    await this.#packed.write(face);
    if (!this.#isCropped && this.#parts.encodeJpeg) {
      const picture = await this.#parts.encodeJpeg(cropFrame(frame, box));
      await writeFile(this.#parts.files, `${this.#folder}/${index}.jpg`, picture);
    }
    this.boxes.push([box.left, box.top, box.right, box.bottom]);
    if (this.#last && (this.#isCropped || moveBetween(this.#last, box) <= GREATEST_MOVE)) {
      this.runs[this.runs.length - 1][1] = index + 1;
    } else {
      this.runs.push([index, index + 1]);
    }
    this.#last = box;
  }

  finish(): Promise<void> {
    return this.#packed.finish();
  }

  abort(): Promise<void> {
    return this.#packed.abort();
  }
}

/** How far the middle of a box moves, in widths of the box. */
function moveBetween(a: Rectangle, b: Rectangle): number {
  const x = (a.left + a.right - b.left - b.right) / 2;
  const y = (a.top + a.bottom - b.top - b.bottom) / 2;
  return Math.hypot(x, y) / (a.right - a.left);
}
