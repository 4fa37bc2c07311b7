import type { Frame } from '../../media/frame.ts';
import { moveOnto } from './aligned_faces.ts';
import type { DrawnWindow } from './clip_windows.ts';
import { numberedFaces, splitFaces } from './numbered_faces.ts';
import { FACE_SIZE, type StoredClip } from './stored_clip.ts';
import { Wav2LipDataset, type Wav2LipDatasetOptions } from './wav2lip_dataset.ts';

/** Frames that an example is away from what is drawn, 0.2 s: nearer ones would show its mouth. */
const LEAST_DISTANCE = 5;
/** Examples are chosen among the most similar frames, so many. */
const CHOICES = 12;

/**
 * Wav2Lip's items from one recording. In use, a generator is shown the very face that it changes, in place, with
 * another mouth. So is it here, as far as a recording has it: the example of a frame is another one in which the head is
 * held alike, moved to where the face is.
 */
export class RecordingDataset extends Wav2LipDataset {
  readonly #examples: StoredClip;
  /** By the first frame of what is drawn. */
  readonly #similar: ReadonlyMap<number, readonly number[]>;

  /**
   * @param clip what is drawn
   * @param examples a part of the same recording
   * @throws {UserError} when it is not long enough
   */
  static async open(
    clip: StoredClip,
    examples: StoredClip,
    options: Wav2LipDatasetOptions & { readonly length: number },
  ): Promise<RecordingDataset> {
    const known = (await readPoses(examples)).filter(({ left }) => left >= options.length);
    const similar = new Map<number, readonly number[]>();
    for (const { number, values } of await readPoses(clip)) {
      const ranked = known
        .filter((pose) => Math.abs(pose.number - number) >= LEAST_DISTANCE)
        .map((pose) => ({ number: pose.number, distance: difference(pose.values, values) }))
        .sort((a, b) => a.distance - b.distance);
      const chosen = ranked.slice(0, CHOICES).map((pose) => pose.number);
      similar.set(number, chosen);
    }
    return new RecordingDataset(clip, examples, similar, options);
  }

  private constructor(
    clip: StoredClip,
    examples: StoredClip,
    similar: ReadonlyMap<number, readonly number[]>,
    options: Wav2LipDatasetOptions,
  ) {
    super([clip], options);
    this.#examples = examples;
    this.#similar = similar;
  }

  protected override async example({ start, random }: DrawnWindow, window: Uint8Array): Promise<Uint8Array> {
    const shown = splitFaces(window);
    const similar = this.#similar.get(start) ?? [];
    const first = similar[Math.floor(random.next() * similar.length)];
    const others = splitFaces(await this.#examples.faces(first, shown.length));
    const aligned = new Uint8Array(window.length);
    for (const [i, other] of others.entries()) aligned.set(moveOnto(other, shown[i]).data, i * other.data.length);
    return aligned;
  }
}

/** How a head is held. */
interface Pose {
  readonly number: number;
  /** Frames with a face from this one on. */
  readonly left: number;
  readonly values: Float32Array;
}

async function readPoses(clip: StoredClip): Promise<Pose[]> {
  const poses: Pose[] = [];
  for await (const { number, face } of numberedFaces(clip)) {
    const end = clip.info.runs.find(([, to]) => number < to)![1];
    poses.push({ number, left: end - number, values: brightness(face) });
  }
  return poses;
}

/** Side of the squares whose brightness stands for a pose. */
const CELL = 8;

/** The mean brightness of the squares of the upper half. */
function brightness({ data }: Frame): Float32Array {
  const columns = FACE_SIZE / CELL;
  const values = new Float32Array((columns * columns) / 2);
  for (let y = 0; y < FACE_SIZE / 2; y++) {
    for (let x = 0; x < FACE_SIZE; x++) {
      const i = (y * FACE_SIZE + x) * 3;
      const cell = Math.floor(y / CELL) * columns + Math.floor(x / CELL);
      values[cell] += (data[i] + data[i + 1] + data[i + 2]) / (3 * CELL * CELL);
    }
  }
  return values;
}

function difference(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum;
}
