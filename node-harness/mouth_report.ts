/**
 * Does the mouth follow the voice? `npm run report:mouth [-- WEIGHTS]` makes the bundled face speak with the bundled
 * voice, whose mouth shapes are known, and with the same sounds in another order, and compares how far the drawn lips
 * are apart with how far they should be. Leaves `out/mouth.png`: every row a clip, every column a moment.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startBackend } from '../lib/backend/backend.ts';
import { drawHead } from '../lib/data/dataprocess/synthetic/head.ts';
import { idlePose } from '../lib/data/dataprocess/synthetic/idle_motion.ts';
import { type Speech, speak } from '../lib/data/dataprocess/synthetic/voice.ts';
import { FaceMeshLandmarks } from '../lib/evaluate/face_mesh_landmarks.ts';
import { cropFrame } from '../lib/media/crop.ts';
import type { Frame } from '../lib/media/frame.ts';
import { encodeWav } from '../lib/media/wav.ts';
import { lipsync, lipsyncDefaults } from '../lib/quick_start/lipsync.ts';
import { BuiltInDetector } from '../lib/utils/face_detection/built_in_detector.ts';
import { Random } from '../lib/utils/random.ts';
import { bundledWeights } from './bundled_weights.ts';
import { demoVoice } from './demo_voice.ts';
import { loadAnimator } from './load_animator.ts';
import { registerNodeBackends } from './platform/backends.ts';
import { readFaceModel } from './platform/face_models.ts';
import { nodeMedia } from './platform/media.ts';
import { makeDirectory } from './platform/media_files.ts';

const FRAME_RATE = 25;
/** Pictures in a row of the strip. */
const COLUMNS = 12;
/** Period of the bundled face's motion in frames. */
const PERIOD = 100;

export interface MouthReport {
  readonly frames: number;
  /** Pearson correlation of the gap between the drawn lips with that of the true mouth: 1 is perfect. */
  readonly correlation: number;
  /** The same for a clip made with the voice's sounds in another order. */
  readonly shuffledCorrelation: number;
}

/** Makes the clips below `folder` and compares them. */
export async function mouthReport(folder: string, weights: string = bundledWeights.generator): Promise<MouthReport> {
  await makeDirectory(folder);
  registerNodeBackends();
  await startBackend('auto');
  const voice = demoVoice();
  const spoken = await speakWith(voice, `${folder}/mouth-voice`, weights);
  const shuffled = await speakWith(reordered(voice), `${folder}/mouth-shuffled`, weights);
  const truth = spoken.map((_, i) => {
    return drawHead(spoken[0].width, { ...idlePose((i % PERIOD) / PERIOD), ...voice.mouthAt((i + 0.5) / FRAME_RATE) });
  });
  await writeStrip(`${folder}/mouth.png`, [truth, spoken, shuffled]);
  const open = spoken.map((_, i) => voice.mouthAt((i + 0.5) / FRAME_RATE).open);
  const landmarks = await FaceMeshLandmarks.load(readFaceModel, await BuiltInDetector.load(readFaceModel));
  try {
    const correlation = correlate(open, await gaps(spoken, landmarks));
    const shuffledCorrelation = correlate(open, await gaps(shuffled, landmarks));
    return { frames: spoken.length, correlation, shuffledCorrelation };
  } finally {
    landmarks.dispose();
  }
}

/** The same sounds at other times. */
function reordered({ segments }: Speech): Speech {
  const random = new Random(7);
  const names = segments.map(({ name }) => ({ name, place: random.next() })).sort((a, b) => a.place - b.place);
  return speak(names.map(({ name }) => name).join(' '));
}

/** The frames of the bundled face with a voice. */
async function speakWith(voice: Speech, name: string, weights: string): Promise<Frame[]> {
  await writeFile(`${name}.wav`, encodeWav(voice));
  const face = fileURLToPath(new URL('../demo/assets/face.mp4', import.meta.url));
  const options = { ...lipsyncDefaults, face, audio: `${name}.wav`, output: `${name}.mp4` };
  const loadModels = async () => ({
    animator: await loadAnimator(weights),
    detector: await BuiltInDetector.load(readFaceModel),
  });
  await lipsync(options, { media: nodeMedia, loadModels });
  const video = await nodeMedia.openVideo(`${name}.mp4`);
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  await video.close();
  return frames;
}

/** How far the lips are apart in each frame, as a part of the mouth's width. */
async function gaps(frames: readonly Frame[], landmarks: FaceMeshLandmarks): Promise<number[]> {
  // Points of FaceMeshLandmarks: the corners of the outer lips, the middles of the inner lips.
  const [left, right, lower, upper] = [0, 10, 25, 35];
  const values: number[] = [];
  for (const frame of frames) {
    const [points] = await landmarks.find([frame]);
    if (!points) throw new Error(`No face in frame ${values.length}.`);
    const distance = (a: number, b: number) =>
      Math.hypot(points[2 * a] - points[2 * b], points[2 * a + 1] - points[2 * b + 1]);
    values.push(distance(lower, upper) / distance(left, right));
  }
  return values;
}

function correlate(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0);
  return product(a, meanA, b, meanB) / Math.sqrt(product(a, meanA, a, meanA) * product(b, meanB, b, meanB));
}

/** Lower halves of frames spread over the clips, a row for each clip. */
async function writeStrip(path: string, rows: readonly (readonly Frame[])[]): Promise<void> {
  const { width, height } = rows[0][0];
  const part = { left: width >> 2, top: height >> 1, right: width - (width >> 2), bottom: (height * 9) >> 3 };
  const bottom = Math.min(part.bottom, height);
  const [w, h] = [part.right - part.left, bottom - part.top];
  const data = new Uint8Array(COLUMNS * w * rows.length * h * 3);
  for (const [row, frames] of rows.entries()) {
    for (let column = 0; column < COLUMNS; column++) {
      const frame = frames[Math.floor(((column + 0.5) / COLUMNS) * rows[0].length) % frames.length];
      const crop = cropFrame(frame, { ...part, bottom });
      for (let y = 0; y < h; y++) {
        const to = ((row * h + y) * COLUMNS + column) * w * 3;
        data.set(crop.data.subarray(y * w * 3, (y + 1) * w * 3), to);
      }
    }
  }
  const size = { width: COLUMNS * w, height: rows.length * h };
  const pattern = `${path}-%d.png`;
  const writer = await nodeMedia.createVideo(pattern, { ...size, frameRate: 1, frameCount: 1 });
  await writer.write({ data, ...size });
  await writer.finish();
  await rm(path, { force: true });
  await rename(`${path}-0.png`, path);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(JSON.stringify(await mouthReport('out', process.argv[2])));
}
