import { MFCC_COEFFICIENTS, type Mfcc } from '../../audio/mfcc.ts';
import * as tf from '../../backend/tf.ts';
import { cropResized } from '../../media/crop.ts';
import type { Frame } from '../../media/frame.ts';
import { UserError } from '../../utils/errors.ts';
import { SyncCurve } from './sync_curve.ts';

/** Pictures a second. */
export const SYNC_RATE = 25;
/** Side of a picture in pixels. */
const SIDE = 224;
const PICTURE = SIDE * SIDE * 3;
/** Pictures of one window, and columns of the MFCC. */
const [WINDOW, COLUMNS] = [5, 20];
const COLUMNS_PER_PICTURE = 4;
/** Windows that are embedded at once. */
const BATCH = 16;

/** Embeds pictures and sound so that what belongs together is close. */
export interface SyncNetwork {
  /** `[batch, time, 224, 224, 3]`, BGR, 0 to 255, to one row for every five pictures that follow each other. */
  forwardLip(faces: tf.Tensor): tf.Tensor2D;
  /** `[batch, 13, 20, 1]` to one row each. */
  forwardAudio(mfcc: tf.Tensor): tf.Tensor2D;
}

/** Measures how pictures at 25 a second and sound fit together at every shift, while the pictures pass by. */
export class SyncScorer {
  readonly #network: SyncNetwork;
  readonly #sound: Mfcc;
  readonly #curve: SyncCurve;
  /** The pictures of the next batch, RGB; the first were the last ones of the batch before. */
  readonly #pictures = new Uint8Array((BATCH + WINDOW - 1) * PICTURE);
  #held = 0;
  #count = 0;

  /** `soundPictures`: how many pictures the sound lasts for. */
  constructor(network: SyncNetwork, sound: Mfcc, soundPictures: number) {
    this.#network = network;
    this.#sound = sound;
    this.#curve = new SyncCurve(soundPictures);
  }

  /** The next picture; its whole area counts as the face. */
  async add(frame: Frame): Promise<void> {
    const whole = { left: 0, top: 0, right: frame.width, bottom: frame.height };
    cropResized(frame, whole, SIDE, this.#pictures, this.#held++ * PICTURE);
    this.#count++;
    if (this.#held * PICTURE === this.#pictures.length) await this.#embed();
  }

  /** Throws a `UserError` when there are fewer than six pictures, or sound for fewer. */
  async finish(name: string) {
    if (this.#held >= WINDOW) await this.#embed();
    const result = this.#curve.finish(this.#count);
    if (!result)
      throw new UserError(`${name} is too short for LSE, which needs pictures and sound for 0.24 s; leave it out.`);
    return result;
  }

  async #embed(): Promise<void> {
    const windows = this.#held - WINDOW + 1;
    const from = this.#count - this.#held;
    const lips = tf.tidy(() => {
      const rgb = tf.tensor(
        this.#pictures.subarray(0, this.#held * PICTURE),
        [1, this.#held, SIDE, SIDE, 3],
        'float32',
      );
      return this.#network.forwardLip(tf.reverse(rgb, -1));
    });
    const sounds = tf.tidy(() => this.#network.forwardAudio(this.#soundWindows(from, windows)));
    try {
      this.#curve.add(rows(await lips.data(), windows), rows(await sounds.data(), windows), this.#count);
    } finally {
      tf.dispose([lips, sounds]);
    }
    this.#pictures.copyWithin(0, windows * PICTURE, this.#held * PICTURE);
    this.#held = WINDOW - 1;
  }

  /** The sound of so many windows; silence after its end, which the curve leaves out. */
  #soundWindows(from: number, count: number): tf.Tensor {
    const { data, columns } = this.#sound;
    const values = new Float32Array(count * MFCC_COEFFICIENTS * COLUMNS);
    for (let window = 0, to = 0; window < count; window++) {
      const start = (from + window) * COLUMNS_PER_PICTURE;
      for (let c = 0; c < MFCC_COEFFICIENTS; c++) {
        for (let column = start; column < start + COLUMNS; column++, to++) {
          if (column < columns) values[to] = data[column * MFCC_COEFFICIENTS + c];
        }
      }
    }
    return tf.tensor(values, [count, MFCC_COEFFICIENTS, COLUMNS, 1]);
  }
}

function rows(values: ArrayLike<number>, count: number): Float32Array[] {
  const length = values.length / count;
  return Array.from({ length: count }, (_, i) => (values as Float32Array).slice(i * length, (i + 1) * length));
}
