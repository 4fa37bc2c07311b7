import { describe, expect, it } from 'vitest';
import type { Frame } from '../../lib/media/frame.ts';
import type { MediaPlatform, VideoReader } from '../../lib/media/media_platform.ts';
import type { FaceAnimator } from '../../lib/model/face_animator.ts';
import { type LipsyncOptions, type LipsyncResult, lipsync, lipsyncDefaults } from '../../lib/quick_start/lipsync.ts';
import type { FaceDetector } from '../../lib/utils/face_detection/face_detector.ts';

const WIDTH = 40;
const HEIGHT = 30;
const FACE = { left: 8, top: 6, right: 28, bottom: 20, score: 1 };

/** A frame of one grey level, so that it can be told which one it was. */
function grey(level: number, width = WIDTH, height = HEIGHT): Frame {
  return { data: new Uint8Array(width * height * 3).fill(level), width, height };
}

/** Paints white faces and notes for which frames. */
class WhiteAnimator implements FaceAnimator {
  readonly faceSize = 4;
  readonly asked: number[][] = [];
  readonly #frameCount: number;

  constructor(frameCount: number) {
    this.#frameCount = frameCount;
  }

  hear() {
    return { frameCount: this.#frameCount };
  }

  async animate(faces: Uint8Array, _voice: unknown, frames: readonly number[]) {
    this.asked.push([...frames]);
    return new Uint8Array(faces.length).fill(255);
  }

  dispose() {}
}

/** Sees a face in frames whose grey level is not in `blind`; notes the levels it was shown. */
class LevelDetector implements FaceDetector {
  readonly name = 'levels';
  readonly shown: number[] = [];
  readonly #blind: readonly number[];

  constructor(blind: readonly number[]) {
    this.#blind = blind;
  }

  async detect(frames: readonly Frame[]) {
    return frames.map(({ data }) => {
      this.shown.push(data[0]);
      return this.#blind.includes(data[0]) ? [] : [FACE];
    });
  }

  dispose() {}
}

interface Setting extends Partial<LipsyncOptions> {
  /** Frames of the face video, of grey levels 1, 2, ...; a still image if 0. */
  video?: number;
  /** Frames that the voice lasts for. */
  voice?: number;
  blind?: number[];
  signal?: AbortSignal;
  failAt?: number;
}

async function run({ video = 5, voice = 5, blind = [], signal, failAt, ...options }: Setting) {
  const animator = new WhiteAnimator(voice);
  const detector = new LevelDetector(blind);
  const written: Frame[] = [];
  const state = { finished: false, aborted: false, closed: false, frameRate: 0 };
  const reader: VideoReader = {
    width: WIDTH,
    height: HEIGHT,
    frameRate: video === 0 ? 0 : 10,
    duration: video / 10,
    frameCount: Math.max(1, video),
    still: video === 0,
    async *frames() {
      for (let index = 0; index < Math.max(1, video); index++)
        yield { ...grey(index + 1), index, timestamp: index / 10 };
    },
    close: async () => {
      state.closed = true;
    },
  };
  const media: MediaPlatform = {
    openVideo: async () => reader,
    readSound: async (_input, sampleRate) => ({ samples: new Float32Array(sampleRate), sampleRate }),
    createVideo: async (output, { frameRate }) => ({
      write: async (frame) => {
        if (written.length === failAt) throw new Error('The disk is full.');
        written.push(frame);
        state.frameRate = frameRate;
      },
      finish: async () => {
        state.finished = true;
        return output;
      },
      abort: async () => {
        state.aborted = true;
      },
    }),
  };
  const progress: [number, number][] = [];
  let result: LipsyncResult | undefined;
  let error: unknown;
  try {
    result = await lipsync(
      {
        ...lipsyncDefaults,
        pads: [0, 0, 0, 0],
        paste: 'box',
        face: 'me.mp4',
        audio: 'voice.wav',
        output: 'out.mp4',
        ...options,
      },
      { media, loadModels: async () => ({ animator, detector }) },
      { signal, onProgress: (done, total) => progress.push([done, total]) },
    );
  } catch (thrown) {
    error = thrown;
  }
  return { result, error, written, progress, animator, detector, ...state };
}

/** The grey level of each frame's first pixel, which no face covers. */
const levels = (frames: readonly Frame[]) => frames.map(({ data }) => data[0]);

/** Colour in a frame's middle of the face. */
const atFace = ({ data, width }: Frame) => data[(13 * width + 18) * 3];

describe('length', () => {
  it('is the voice’s: a longer video is cut', async () => {
    const { result, written, frameRate } = await run({ video: 9, voice: 4 });
    expect(levels(written)).toEqual([1, 2, 3, 4]);
    expect(result).toMatchObject({ frames: 4, frameRate: 10, width: WIDTH, height: HEIGHT, output: 'out.mp4' });
    expect(frameRate).toBe(10);
  });

  it('is the voice’s: a shorter video is played again, its faces searched for once', async () => {
    const { written, detector, animator } = await run({ video: 3, voice: 8, batchSize: 3 });
    expect(levels(written)).toEqual([1, 2, 3, 1, 2, 3, 1, 2]);
    expect(written.map(atFace)).toEqual(Array(8).fill(255));
    expect(detector.shown).toEqual([1, 2, 3]);
    expect(animator.asked).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7],
    ]);
  });

  it('is the video’s with loop stop', async () => {
    const { written } = await run({ video: 3, voice: 8, loop: 'stop' });
    expect(levels(written)).toEqual([1, 2, 3]);
  });

  it('is the voice’s for a still image, at the frame rate asked for', async () => {
    const { written, frameRate, detector } = await run({ video: 0, voice: 12, frameRate: 30, loop: 'stop' });
    expect(levels(written)).toEqual(Array(12).fill(1));
    expect(written.map(atFace)).toEqual(Array(12).fill(255));
    expect(frameRate).toBe(30);
    expect(detector.shown).toEqual([1]);
  });

  it('repeats the first frame with static', async () => {
    const { written } = await run({ video: 5, voice: 7, static: true, detectionBatchSize: 1 });
    expect(levels(written)).toEqual(Array(7).fill(1));
    expect(written.map(atFace)).toEqual(Array(7).fill(255));
  });
});

describe('faces', () => {
  it('are painted inside the box alone', async () => {
    const { written } = await run({ box: [2, 12, 4, 14], voice: 1 });
    const painted: string[] = [];
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) if (written[0].data[(y * WIDTH + x) * 3] === 255) painted.push(`${x},${y}`);
    }
    expect(painted).toHaveLength(100);
    expect([painted[0], painted.at(-1)]).toEqual(['4,2', '13,11']);
  });

  it('leave the upper half and the border of the box alone with a soft paste', async () => {
    const { written } = await run({ box: [0, 20, 0, 20], paste: 'soft', voice: 1 });
    const at = (x: number, y: number) => written[0].data[(y * WIDTH + x) * 3];
    expect([at(10, 4), at(0, 15), at(19, 15), at(0, 19), at(10, 20)]).toEqual([1, 1, 1, 1, 1]);
    expect(at(10, 13)).toBe(255);
    expect(at(10, 10)).toBeGreaterThan(1);
    expect(at(10, 10)).toBeLessThan(255);
  });

  it('that are missing leave their frames unchanged and are listed with their times', async () => {
    const { result, written, animator } = await run({ video: 9, voice: 9, blind: [3, 4, 5, 8], batchSize: 4 });
    expect(written.map(atFace)).toEqual([255, 255, 3, 4, 5, 255, 255, 8, 255]);
    expect(result?.missingFaces).toEqual([
      { firstFrame: 2, lastFrame: 4, from: 0.2, to: 0.5 },
      { firstFrame: 7, lastFrame: 7, from: 0.7, to: 0.8 },
    ]);
    expect(animator.asked.flat()).toEqual([0, 1, 5, 6, 8]);
  });

  it('that are missing again when the video is played again are listed again', async () => {
    const { result } = await run({ video: 3, voice: 6, blind: [2] });
    expect(result?.missingFaces.map(({ firstFrame }) => firstFrame)).toEqual([1, 4]);
  });

  it('that are missing end the run if asked, and leave nothing', async () => {
    const { error, aborted, finished, closed } = await run({ video: 9, voice: 9, blind: [4], onMissingFace: 'fail' });
    expect(String(error)).toMatch(/Frame 3 of me\.mp4 has no face; pass --on-missing-face=keep/);
    expect({ aborted, finished, closed }).toEqual({ aborted: true, finished: false, closed: true });
  });
});

describe('geometry', () => {
  it('is made smaller, then turned, then cropped', async () => {
    const { result } = await run({ resizeFactor: 2, rotate: true, crop: [3, -1, 2, 9], box: [0, 4, 0, 4], voice: 1 });
    // 40x30 -> 20x15 -> 15x20 -> rows 3 to 20, columns 2 to 9.
    expect(result).toMatchObject({ width: 7, height: 17 });
  });

  it('names a box or crop outside of the picture, before anything is loaded', async () => {
    const { error, animator } = await run({ box: [0, 31, 0, 4] });
    expect(String(error)).toMatch(/--box 0,31,0,4 .* is not a rectangle inside the 40x30 picture/);
    expect(animator.asked).toEqual([]);
    expect(String((await run({ crop: [5, 5, 0, -1] })).error)).toMatch(/--crop 5,5,0,-1/);
  });
});

describe('progress', () => {
  it('is told from 0 to the number of frames, with the total from the start', async () => {
    const { progress } = await run({ video: 3, voice: 8, loop: 'stop', batchSize: 2 });
    expect(progress).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });
});

describe('ending early', () => {
  it('throws the signal’s reason and leaves nothing', async () => {
    const reason = new Error('Stopped.');
    const { error, aborted, finished, closed } = await run({ signal: AbortSignal.abort(reason) });
    expect(error).toBe(reason);
    expect({ finished, closed }).toEqual({ finished: false, closed: true });
    expect(aborted).toBe(false);
  });

  it('gives up when a frame cannot be written', async () => {
    const { error, aborted, finished, closed } = await run({ failAt: 2 });
    expect(String(error)).toMatch(/The disk is full/);
    expect({ aborted, finished, closed }).toEqual({ aborted: true, finished: false, closed: true });
  });
});
