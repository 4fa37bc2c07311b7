import * as tf from '../../backend/tf.ts';
import { averageFace, moveOnto, nearestFace } from '../../data/dataset/aligned_faces.ts';
import { lastFrameWithSound } from '../../data/dataset/clip_windows.ts';
import type { Part } from '../../data/dataset/dataset.ts';
import { readMelWindows } from '../../data/dataset/mel_window.ts';
import { type NumberedFace, numberedFaces, splitFaces } from '../../data/dataset/numbered_faces.ts';
import { writeBgr } from '../../data/dataset/pictures.ts';
import { FACE_SIZE, type StoredClip } from '../../data/dataset/stored_clip.ts';
import type { MetricValue } from '../../evaluate/metric.ts';
import { centred, pointDistance } from '../../evaluate/metrics/lmd.ts';
import { framePsnr } from '../../evaluate/metrics/psnr.ts';
import { frameSsim } from '../../evaluate/metrics/ssim.ts';
import type { MouthLandmarks } from '../../evaluate/mouth_landmarks.ts';
import { RunningMean } from '../../evaluate/running_mean.ts';
import { cropFrame, type Rectangle } from '../../media/crop.ts';
import type { Frame } from '../../media/frame.ts';
import { bytesFromBgr } from '../../model/audio_driven_talkingface/wav2lip/animator.ts';
import type { Wav2LipGenerator } from '../../model/audio_driven_talkingface/wav2lip/generator.ts';
import { UserError } from '../../utils/errors.ts';

/** The part of a stored face that is compared: mouth and chin, wherever the head turns. */
const MOUTH: Rectangle = { left: 16, top: 52, right: 80, bottom: 92 };

/** How near mouths are to the true ones, as means over all frames. */
export interface MouthScore {
  /** Of mouth and chin, in dB. */
  readonly psnr: number;
  /** Of mouth and chin. */
  readonly ssim: number;
  /** Of the lips' outline, in pixels of the stored face; the mouth's shape alone counts. */
  readonly lmd: number;
}

/** The numbers of a {@link MouthScore} for tables. */
export const mouthValues = [
  { key: 'psnr', name: 'PSNR', unit: 'dB', better: 'higher' },
  { key: 'ssim', name: 'SSIM', unit: '', better: 'higher' },
  { key: 'lmd', name: 'LMD', unit: 'px', better: 'lower' },
] as const satisfies readonly (MetricValue & { key: keyof MouthScore })[];

/** What the mouths that are scored come from. */
export interface MouthScores {
  /** Frames that were kept from training. */
  readonly frames: number;
  /** The network before and after fine-tuning. */
  readonly before: MouthScore;
  readonly after: MouthScore;
  /** After fine-tuning, with the voice of another moment: how much of the rest is due to the voice. */
  readonly otherVoice: MouthScore;
  /** The face that the network is shown as an example. */
  readonly example: MouthScore;
  /** The most closed mouth of the training part in every frame, moved to where the face is. */
  readonly closed: MouthScore;
  /** The average of all faces of the training part, in the same way. */
  readonly average: MouthScore;
}

const FACE_BYTES = FACE_SIZE * FACE_SIZE * 3;
const BATCH = 16;

/**
 * Scores a generator on the part of a recording that was kept from its training. Each face is drawn from its upper half,
 * the voice, and the face of the training part that is most like it in the upper half, moved to where it is: the true
 * mouth is never shown.
 */
export class MouthTest {
  readonly #generator: Wav2LipGenerator;
  readonly #recording: Record<Part, StoredClip>;
  readonly #known: readonly Frame[];
  readonly #true: readonly Frame[];
  /** Number of each test frame in the recording. */
  readonly #numbers: readonly number[];
  /** For each test frame, the known one that is like it, in its place. */
  readonly #references: readonly Frame[];

  private constructor(
    generator: Wav2LipGenerator,
    recording: Record<Part, StoredClip>,
    known: readonly NumberedFace[],
    test: readonly NumberedFace[],
  ) {
    this.#generator = generator;
    this.#recording = recording;
    this.#known = known.map(({ face }) => face);
    this.#numbers = test.map(({ number }) => number);
    this.#true = test.map(({ face }) => face);
    this.#references = this.#true.map((face) => moveOnto(nearestFace(face, this.#known), face));
  }

  /** Throws a `UserError` when no second is left for the test. */
  static async open(generator: Wav2LipGenerator, recording: Record<Part, StoredClip>): Promise<MouthTest> {
    const known = await readFaces(recording.train);
    const test = await readFaces(recording.test);
    if (test.length >= recording.test.info.fps) return new MouthTest(generator, recording, known, test);
    throw new UserError(
      `Only ${test.length} frames with a face and sound are left for the test; hold out a larger part.`,
    );
  }

  /** The faces as the generator draws them now, with the voice from `shift` frames later on, around the end. */
  async draw(shift = 0): Promise<Frame[]> {
    const isTraining = this.#generator.training;
    this.#generator.eval();
    const drawn: Frame[] = [];
    for (let from = 0; from < this.#numbers.length; from += BATCH) {
      const count = Math.min(BATCH, this.#numbers.length - from);
      const faces = new Float32Array(count * FACE_BYTES * 2);
      const mels = await Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const place = (offset: number) => ({ pictureStep: 0, pixelStep: 6, offset: i * FACE_BYTES * 2 + offset });
          writeBgr(this.#true[from + i].data, FACE_SIZE, 0, FACE_SIZE >> 1, faces, place(0));
          writeBgr(this.#references[from + i].data, FACE_SIZE, 0, FACE_SIZE, faces, place(3));
          const heard = this.#numbers[(from + i + shift) % this.#numbers.length];
          return readMelWindows(this.#recording.test, heard, 1);
        }),
      );
      const output = tf.tidy(() =>
        this.#generator.forward(
          tf.stack(mels.map((mel) => tf.tensor3d(mel, [mel.length / 16, 16, 1]))),
          tf.tensor4d(faces, [count, FACE_SIZE, FACE_SIZE, 6]),
        ),
      );
      const pictures = bytesFromBgr((await output.data()) as Float32Array);
      output.dispose();
      drawn.push(...splitFaces(pictures));
    }
    if (isTraining) this.#generator.train();
    return drawn;
  }

  /**
   * Scores what {@link draw} gave before training and what it gives now. Rows of the strip: the truth, before, after,
   * example, closed and average.
   */
  async scores(before: readonly Frame[], landmarks: MouthLandmarks): Promise<{ scores: MouthScores; strip: Frame }> {
    const after = await this.draw();
    const otherVoice = await this.draw(this.#numbers.length >> 1);
    const closedFace = await mostClosed(this.#known, landmarks);
    const mean = averageFace(this.#known, closedFace);
    const closed = this.#true.map((face) => moveOnto(closedFace, face));
    const average = this.#true.map((face) => moveOnto(mean, face));
    const outlines = await landmarks.find(this.#true);
    const score = (faces: readonly Frame[]) => this.#score(faces, outlines, landmarks);
    const scores: MouthScores = {
      frames: this.#true.length,
      before: await score(before),
      after: await score(after),
      otherVoice: await score(otherVoice),
      example: await score(this.#references),
      closed: await score(closed),
      average: await score(average),
    };
    return { scores, strip: strip([this.#true, before, after, this.#references, closed, average]) };
  }

  async #score(
    faces: readonly Frame[],
    outlines: readonly (Float32Array | undefined)[],
    landmarks: MouthLandmarks,
  ): Promise<MouthScore> {
    const [psnr, ssim, lmd] = [new RunningMean(), new RunningMean(), new RunningMean()];
    const found = await landmarks.find(faces);
    for (const [i, face] of faces.entries()) {
      const [drawn, real] = [cropFrame(face, MOUTH), cropFrame(this.#true[i], MOUTH)];
      psnr.add(framePsnr(drawn, real));
      ssim.add(frameSsim(drawn, real));
      const [outline, expected] = [found[i], outlines[i]];
      if (outline && expected) lmd.add(pointDistance(centred(outline), centred(expected)));
    }
    return { psnr: psnr.value, ssim: ssim.value, lmd: lmd.value };
  }
}

/** The faces of a part whose sound is there. */
async function readFaces(clip: StoredClip): Promise<NumberedFace[]> {
  const last = lastFrameWithSound(clip.info);
  const faces: NumberedFace[] = [];
  for await (const face of numberedFaces(clip)) if (face.number <= last) faces.push(face);
  return faces;
}

/** The face with the lowest mouth for its width; the first one where no mouth is found. */
async function mostClosed(faces: readonly Frame[], landmarks: MouthLandmarks): Promise<Frame> {
  const openings = (await landmarks.find(faces)).map((outline) => (outline ? opening(outline) : Infinity));
  return faces[openings.indexOf(Math.min(...openings))];
}

/** Height of an outline, pairs x, y, as a part of its width. */
function opening(outline: Float32Array): number {
  const extent = (axis: 0 | 1): number => {
    const values = outline.filter((_, i) => i % 2 === axis);
    return Math.max(...values) - Math.min(...values);
  };
  return extent(1) / extent(0);
}

/** Columns of the strip. */
const SHOWN = 9;

/** Pictures evenly spread over each row. */
function strip(rows: readonly (readonly Frame[])[]): Frame {
  const columns = Math.min(SHOWN, rows[0].length);
  const data = new Uint8Array(rows.length * columns * FACE_BYTES);
  const line = FACE_SIZE * 3;
  for (const [row, faces] of rows.entries()) {
    for (let column = 0; column < columns; column++) {
      const face = faces[Math.floor(((column + 0.5) * faces.length) / columns)].data;
      for (let y = 0; y < FACE_SIZE; y++) {
        data.set(face.subarray(y * line, (y + 1) * line), ((row * FACE_SIZE + y) * columns + column) * line);
      }
    }
  }
  return { data, width: columns * FACE_SIZE, height: rows.length * FACE_SIZE };
}
