import { lastFrameWithSound } from '../data/dataset/clip_windows.ts';
import { clipFiles, FACE_SIZE, type StoredClip } from '../data/dataset/stored_clip.ts';
import type { ClipPair } from '../evaluate/evaluator.ts';
import type { Frame } from '../media/frame.ts';
import type { MediaPlatform, VideoReader } from '../media/media_platform.ts';
import type { AbstractTalkingFace, GeneratedClip } from '../model/abstract_talkingface.ts';

/** Where the frames of a clip come from: drawn by the model, what it was shown as an example, or the truth. */
export type ClipKind = keyof GeneratedClip;

/** The part of a clip that is drawn and scored: its longest stretch with a face and sound. */
interface Stretch {
  readonly clip: StoredClip;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/**
 * Preprocessed clips as media, drawn by a model while they are read, so that metrics see its very pixels. Clips
 * without a second of faces in a row are left out.
 */
export class ModelClips {
  readonly #stretches = new Map<string, Stretch>();
  readonly #model: AbstractTalkingFace;
  readonly #batchSize: number;
  readonly #media: MediaPlatform;

  constructor(model: AbstractTalkingFace, clips: readonly StoredClip[], batchSize: number, media: MediaPlatform) {
    this.#model = model;
    this.#batchSize = batchSize;
    this.#media = media;
    for (const clip of clips) {
      const stretch = longestStretch(clip);
      if (stretch.to - stretch.from >= clip.info.fps) this.#stretches.set(clip.id, stretch);
    }
  }

  /** Every clip beside the truth. */
  pairs(kind: Exclude<ClipKind, 'real'>): ClipPair[] {
    return Array.from(this.#stretches.keys(), (id) => ({
      name: id,
      generated: `${kind}:${id}`,
      real: `real:${id}`,
      isFace: true,
    }));
  }

  /** Opens what `pairs` names. */
  get media(): MediaPlatform {
    return {
      openVideo: async (input) => this.#open(String(input)),
      readSound: (input, sampleRate) => this.#sound(String(input), sampleRate),
      createVideo: (output, options) => this.#media.createVideo(output, options),
    };
  }

  #open(name: string): VideoReader {
    const [kind] = name.split(':', 1) as [ClipKind];
    const { clip, from, to } = this.#stretch(name);
    const { fps } = clip.info;
    const generate = (): AsyncIterable<Frame> => this.#model.generateClip!(clip, from, to, this.#batchSize)[kind];
    return {
      width: FACE_SIZE,
      height: FACE_SIZE,
      frameRate: fps,
      duration: (to - from) / fps,
      frameCount: to - from,
      still: false,
      async *frames() {
        let index = 0;
        for await (const frame of generate()) yield { ...frame, index, timestamp: index++ / fps };
      },
      close: async () => {},
    };
  }

  async #sound(name: string, sampleRate: number) {
    const { clip, from, to } = this.#stretch(name);
    const { samples } = await this.#media.readSound(`${clip.folder}/${clipFiles.audio}`, sampleRate);
    const at = (frame: number): number => Math.round((frame / clip.info.fps) * sampleRate);
    return { samples: samples.subarray(at(from), at(to)), sampleRate };
  }

  #stretch(name: string): Stretch {
    return this.#stretches.get(name.slice(name.indexOf(':') + 1))!;
  }
}

function longestStretch(clip: StoredClip): Stretch {
  const end = lastFrameWithSound(clip.info) + 1;
  return clip.info.runs
    .map(([from, to]) => ({ clip, from, to: Math.min(to, end) }))
    .reduce((a, b) => (b.to - b.from > a.to - a.from ? b : a), { clip, from: 0, to: 0 });
}
