import { cropResized } from '../media/crop.ts';
import { type PasteStyle, pasteResized } from '../media/paste.ts';
import type { LiveFaceAnimator, LiveVoice } from '../model/face_animator.ts';
import type { FaceDetector } from '../utils/face_detection/face_detector.ts';
import { StageClock } from '../utils/stage_clock.ts';
import { insidePicture, LiveFace } from './live_face.ts';
import type { LivePicture } from './live_picture.ts';

/** The networks of a live animation. */
export interface LiveModels {
  readonly animator: LiveFaceAnimator;
  readonly detector: FaceDetector;
}

/** Settings of a live animation; those of {@link LipsyncOptions} under the same names. */
export interface LiveOptions {
  /** Pixels added to a detected face at the top, bottom, left and right; by default 0, 10, 0, 0. */
  readonly pads?: readonly [top: number, bottom: number, left: number, right: number];
  /** By default `soft`. */
  readonly paste?: PasteStyle;
  readonly faceIndex?: number;
}

/** A picture, and the moment of the voice that it is to show, in s from its start. */
export interface LiveShot {
  readonly picture: LivePicture;
  readonly moment: number;
}

/**
 * Draws the speaking face into pictures as they come, to a voice as it comes: the pipeline of `lipsync`, without
 * waiting for frames to come. Given the same box and sound it draws the same pixels.
 */
export class LiveAnimator {
  readonly #models: LiveModels;
  readonly #face: LiveFace;
  readonly #voice: LiveVoice;
  readonly #pads: readonly number[];
  readonly #paste: PasteStyle;

  constructor(models: LiveModels, { pads = [0, 10, 0, 0], paste = 'soft', faceIndex }: LiveOptions = {}) {
    this.#models = models;
    this.#face = new LiveFace(models.detector, { faceIndex });
    this.#voice = models.animator.listen();
    this.#pads = pads;
    this.#paste = paste;
  }

  /** The last moment of the voice that can be shown by now, in s; negative while there is none. */
  get heardUntil(): number {
    return this.#voice.until;
  }

  /** Takes the next samples of the voice, `VOICE_SAMPLE_RATE`. */
  hear(samples: Float32Array): void {
    this.#voice.push(samples);
  }

  /**
   * Draws on pictures that came one after the other; says which of them have a face. One without stays as it is, as do
   * all before the voice is heard.
   *
   * @param clock adds up what the stages take
   */
  async draw(shots: readonly LiveShot[], clock = new StageClock()): Promise<boolean[]> {
    const { animator } = this.#models;
    const { faceSize } = animator;
    const pictureLength = faceSize * faceSize * 3;
    const faces = [];
    for (const { picture, moment } of shots) {
      const box = await clock.time('find face', () => this.#face.next(picture));
      faces.push(box && { picture, moment, box: this.#padded(picture, box) });
    }
    const found = faces.filter((face) => face !== undefined);
    if (found.length > 0 && this.heardUntil >= 0) {
      const crops = new Uint8Array(found.length * pictureLength);
      const regions = await clock.time('crop', () =>
        found.map(({ picture, box }, i) => {
          const region = picture.read(box);
          cropResized(region, wholeOf(region), faceSize, crops, i * pictureLength);
          return region;
        }),
      );
      const { voice, frames } = this.#voice.at(found.map(({ moment }) => moment));
      const drawn = await clock.time('network', () => animator.animate(crops, voice, frames));
      await clock.time('paste', () => {
        for (const [i, region] of regions.entries()) {
          const { picture, box } = found[i];
          const face = drawn.subarray(i * pictureLength, (i + 1) * pictureLength);
          pasteResized(region, wholeOf(region), face, faceSize, this.#paste);
          picture.write(region, box.left, box.top);
        }
      });
    }
    return faces.map((face) => face !== undefined);
  }

  #padded(picture: LivePicture, box: { left: number; top: number; right: number; bottom: number }) {
    const [top, bottom, left, right] = this.#pads;
    return insidePicture(picture, {
      left: box.left - left,
      top: box.top - top,
      right: box.right + right,
      bottom: box.bottom + bottom,
    });
  }
}

function wholeOf({ width, height }: { width: number; height: number }) {
  return { left: 0, top: 0, right: width, bottom: height };
}
