import { type BackendName, type StartedBackend, startBackend } from '../lib/backend/backend.ts';
import { withWeights } from '../lib/model/weights_file.ts';
import { hasBox, type Sides } from '../lib/quick_start/lipsync/options.ts';
import { type LipsyncModels, type LipsyncOptions, type LipsyncResult, lipsync } from '../lib/quick_start/lipsync.ts';
import { BuiltInDetector } from '../lib/utils/face_detection/built_in_detector.ts';
import type { FaceDetector } from '../lib/utils/face_detection/face_detector.ts';
import { S3fdDetector } from '../lib/utils/face_detection/s3fd/s3fd_detector.ts';
import { bundledWeights } from './bundled_weights.ts';
import type { LipsyncCommandOptions } from './commands/lipsync.ts';
import { interruptSignal } from './interrupt.ts';
import { loadAnimator } from './load_animator.ts';
import { registerNodeBackends } from './platform/backends.ts';
import { readFaceModel } from './platform/face_models.ts';
import { nodeFiles } from './platform/file_store.ts';
import { nodeMedia } from './platform/media.ts';
import { requireFile } from './platform/media_files.ts';
import { progressBar } from './progress_bar.ts';

const BUNDLED =
  'No --weights: the small bundled network draws, which was trained on drawn speakers; finetune it on a clip of the person, or give the original weights.';

/** The line that `--json` prints: the result, with times in s except `stages`, which are in ms. */
interface LipsyncSummary extends LipsyncResult {
  readonly duration: number;
  /** From start to finished file. */
  readonly seconds: number;
  /** Without the time to load the networks. */
  readonly framesPerSecond: number;
  /** MiB, the most that the process has held. */
  readonly peakMemory: number;
  readonly backend: BackendName | undefined;
  readonly detector: string | null;
  readonly weights: string;
}

type FourSides = Readonly<Record<'pads' | 'box' | 'crop', Sides>>;

/** The `lipsync` command, after its options have been checked. */
export async function runLipsync(command: LipsyncCommandOptions, sides: FourSides): Promise<void> {
  const started = performance.now();
  const say = (line: string) => {
    if (!command.quiet) console.error(line);
  };
  const signal = interruptSignal();
  if (command.s3fdWeights !== undefined) await requireFile(command.s3fdWeights);
  const options = toLipsyncOptions(command, sides);
  let backend: BackendName | undefined;
  let detector: FaceDetector | undefined;
  const loadModels = async (): Promise<LipsyncModels> => {
    registerNodeBackends();
    const chosen = await startBackend(command.backend, { threads: command.threads });
    backend = chosen.name;
    sayBackend(chosen, say);
    const animator = await loadAnimator(command.weights ?? bundledWeights.generator);
    if (command.weights === undefined) say(BUNDLED);
    if (!hasBox(options)) detector = await loadDetector(command);
    return { animator, detector };
  };

  const bar = progressBar('frames', command.quiet);
  let result: LipsyncResult;
  try {
    const onProgress = (done: number, total: number) => bar.update(done, total);
    result = await lipsync(options, { media: nodeMedia, loadModels }, { signal, onProgress });
  } finally {
    bar.stop();
  }
  const seconds = (performance.now() - started) / 1000;
  const summary: LipsyncSummary = {
    ...result,
    duration: result.frames / result.frameRate,
    seconds,
    framesPerSecond: result.frames / (seconds - result.stages['load models'] / 1000),
    // maxRSS is in KiB.
    peakMemory: process.resourceUsage().maxRSS / 1024,
    backend,
    detector: detector?.name ?? null,
    weights: command.weights ?? bundledWeights.generator,
  };
  sayResult(summary, say);
  if (command.profile) sayStages(summary.stages);
  if (command.json) console.log(JSON.stringify(summary));
}

function toLipsyncOptions(command: LipsyncCommandOptions, sides: FourSides): LipsyncOptions {
  return {
    ...sides,
    face: command.face,
    audio: command.audio,
    output: command.out,
    resizeFactor: command.resizeFactor,
    rotate: command.rotate === true,
    smooth: command.nosmooth !== true,
    static: command.static === true,
    frameRate: command.fps,
    batchSize: command.wav2lipBatchSize,
    detectionBatchSize: command.faceDetBatchSize,
    loop: command.loop,
    paste: command.paste,
    onMissingFace: command.onMissingFace,
    faceIndex: command.faceIndex,
  };
}

async function loadDetector({ detector, s3fdWeights }: LipsyncCommandOptions): Promise<FaceDetector> {
  if (detector === 'built-in' || s3fdWeights === undefined) return BuiltInDetector.load(readFaceModel);
  return withWeights(nodeFiles, s3fdWeights, (weights) => S3fdDetector.load(weights));
}

function sayBackend({ name, description, attempts }: StartedBackend, say: (line: string) => void): void {
  say(`Backend: ${description}.`);
  if (name === 'cpu') say('The cpu backend is about a hundred times slower than the others; see node-harness doctor.');
  else if (attempts.length > 0)
    say(`Not used: ${attempts.map(({ name }) => name).join(', ')}; node-harness doctor says why.`);
}

function sayResult(result: LipsyncSummary, say: (line: string) => void): void {
  for (const { firstFrame, lastFrame, from, to } of result.missingFaces) {
    const frames = firstFrame === lastFrame ? `frame ${firstFrame}` : `frames ${firstFrame} to ${lastFrame}`;
    say(`No face from ${from.toFixed(2)} s to ${to.toFixed(2)} s: ${frames} copied unchanged.`);
  }
  const { output, frames, duration, seconds, framesPerSecond } = result;
  const speed = `${seconds.toFixed(1)} s (${framesPerSecond.toFixed(1)} frames/s once the network was loaded)`;
  say(`${output}: ${frames} frames, ${duration.toFixed(2)} s, made in ${speed}.`);
}

function sayStages(stages: Readonly<Record<string, number>>): void {
  for (const [name, ms] of Object.entries(stages))
    console.error(`${name.padEnd(12)} ${(ms / 1000).toFixed(2).padStart(8)} s`);
}
