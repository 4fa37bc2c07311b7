import { cropResized } from '../media/crop.ts';
import type { MediaPlatform, Sound, VideoReader, VideoWriter } from '../media/media_platform.ts';
import { pasteResized } from '../media/paste.ts';
import { type FaceAnimator, type HeardVoice, VOICE_SAMPLE_RATE } from '../model/face_animator.ts';
import { ahead, inBatches } from '../utils/ahead.ts';
import type { FaceDetector } from '../utils/face_detection/face_detector.ts';
import { StageClock } from '../utils/stage_clock.ts';
import { boxedFaces, type FramedFace, foundFaces } from './lipsync/framed_faces.ts';
import { MissingFaceRanges, type MissingFaces } from './lipsync/missing_faces.ts';
import { hasBox, type LipsyncOptions, rectangleFromSides } from './lipsync/options.ts';
import { arrangedSize, sourceFrames } from './lipsync/source_frames.ts';

export type { MissingFaces } from './lipsync/missing_faces.ts';
export { type LipsyncOptions, lipsyncDefaults, type Sides } from './lipsync/options.ts';

/** Frames decoded before they are asked for: enough for the decoder to work while the network does. */
const DECODED_AHEAD = 4;

/** The networks of a run. */
export interface LipsyncModels {
  readonly animator: FaceAnimator;
  /** Not needed when the box is given. */
  readonly detector?: FaceDetector;
}

/** What a run works with. */
export interface LipsyncParts {
  readonly media: MediaPlatform;
  /** Called once the inputs have proved usable, so that nobody waits for weights only to hear of a wrong name. What it gives stays the caller's. */
  loadModels(): Promise<LipsyncModels>;
}

/** How a run is watched and stopped. */
export interface LipsyncControl {
  /** Called at the start and after each frame with the number written and, as far as it is known, the number there will be. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the run with the signal's reason; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/** What a run made. */
export interface LipsyncResult {
  /** The finished file: a path in Node, a Blob in a page. */
  readonly output: string | Blob;
  readonly frames: number;
  /** Frames per second of the result. */
  readonly frameRate: number;
  readonly width: number;
  readonly height: number;
  /** Frames that were copied unchanged because they have no face. */
  readonly missingFaces: readonly MissingFaces[];
  /** ms that each stage took. */
  readonly stages: Readonly<Record<string, number>>;
}

/**
 * Makes the face of a video or picture speak with a voice. Works frame by frame in constant memory; the
 * result has a frame for each mel window of the voice, as the reference's has: it is as long as the voice
 * to within 0.2 s. Throws a `UserError` for input that cannot be used, and then leaves no output.
 */
export async function lipsync(
  options: LipsyncOptions,
  parts: LipsyncParts,
  control: LipsyncControl = {},
): Promise<LipsyncResult> {
  const { signal, onProgress } = control;
  const clock = new StageClock();
  const { media } = parts;
  const reader = await media.openVideo(options.face);
  let writer: VideoWriter | undefined;
  try {
    const size = arrangedSize(reader, options);
    if (hasBox(options)) rectangleFromSides(options.box, size.width, size.height, '--box');
    const frameRate = reader.still ? options.frameRate : reader.frameRate;
    let sound: Sound | undefined = await clock.time('read sound', () =>
      media.readSound(options.audio, VOICE_SAMPLE_RATE),
    );
    const models = await clock.time('load models', () => parts.loadModels());
    const voice = await clock.time('hear', () => models.animator.hear(sound as Sound, frameRate));
    sound = undefined; // The frames are made without it: its memory is free for them.
    signal?.throwIfAborted();

    const { frameCount } = voice;
    const stopsWithVideo = options.loop === 'stop' && !reader.still && !options.static;
    const expected = stopsWithVideo ? Math.min(frameCount, reader.frameCount) : frameCount;
    writer = await media.createVideo(options.output, { ...size, frameRate, frameCount, audio: options.audio });
    const missing = new MissingFaceRanges();
    let frames = 0;
    onProgress?.(0, expected);
    for await (const { frame, index, box } of redrawnFrames(reader, voice, options, models, clock)) {
      signal?.throwIfAborted();
      await clock.time('encode', () => writer?.write(frame));
      if (box === undefined) missing.add(index);
      frames++;
      onProgress?.(frames, expected);
    }
    signal?.throwIfAborted();
    const output = await clock.time('finish', () => (writer as VideoWriter).finish());
    return { output, frames, frameRate, ...size, missingFaces: missing.ranges(frameRate), stages: clock.times() };
  } finally {
    await writer?.abort();
    await reader.close();
  }
}

/** The frames of the result in order. */
async function* redrawnFrames(
  reader: VideoReader,
  voice: HeardVoice,
  options: LipsyncOptions,
  { animator, detector }: LipsyncModels,
  clock: StageClock,
): AsyncGenerator<FramedFace, void, undefined> {
  const source = ahead(sourceFrames(reader, options, voice.frameCount), DECODED_AHEAD);
  const frames = clock.each('decode', source);
  const faces = hasBox(options) ? boxedFaces(frames, options) : foundFaces(frames, options, detector, clock);
  for await (const batch of inBatches(faces, options.batchSize)) {
    await redraw(batch, animator, voice, options, clock);
    yield* batch;
  }
}

/** Paints the speaking face into those frames of a batch that have one. */
async function redraw(
  batch: readonly FramedFace[],
  animator: FaceAnimator,
  voice: HeardVoice,
  options: LipsyncOptions,
  clock: StageClock,
): Promise<void> {
  const { faceSize } = animator;
  const pictureLength = faceSize * faceSize * 3;
  const found = batch.flatMap(({ frame, index, box }) => (box === undefined ? [] : { frame, index, box }));
  if (found.length === 0) return;
  const crops = new Uint8Array(found.length * pictureLength);
  await clock.time('crop', () => {
    found.forEach(({ frame, box }, i) => {
      cropResized(frame, box, faceSize, crops, i * pictureLength);
    });
  });
  const indices = found.map(({ index }) => index);
  const redrawn = await clock.time('network', () => animator.animate(crops, voice, indices));
  await clock.time('paste', () => {
    found.forEach(({ frame, box }, i) => {
      const picture = redrawn.subarray(i * pictureLength, (i + 1) * pictureLength);
      pasteResized(frame, box, picture, faceSize, options.paste);
    });
  });
}
