import { relative } from 'node:path';
import { type StartedBackend, startBackend } from '../lib/backend/backend.ts';
import { openCheckpoint } from '../lib/checkpoint/open_checkpoint.ts';
import { Wav2LipAnimator } from '../lib/model/audio_driven_talkingface/wav2lip/animator.ts';
import { Wav2LipGenerator } from '../lib/model/audio_driven_talkingface/wav2lip/generator.ts';
import { hasBox, type Sides } from '../lib/quick_start/lipsync/options.ts';
import { type LipsyncOptions, type LipsyncResult, lipsync } from '../lib/quick_start/lipsync.ts';
import { BuiltInDetector } from '../lib/utils/face_detection/built_in_detector.ts';
import type { FaceDetector } from '../lib/utils/face_detection/face_detector.ts';
import { Random } from '../lib/utils/random.ts';
import type { LipsyncCommandOptions } from './commands/lipsync.ts';
import { interruptSignal } from './interrupt.ts';
import { registerNodeBackends } from './platform/backends.ts';
import { readFaceModel } from './platform/face_models.ts';
import { openFile } from './platform/file_source.ts';
import { nodeMedia } from './platform/media.ts';
import { requireFile } from './platform/media_files.ts';
import { progressBar } from './progress_bar.ts';

/** Seed of the untrained network that is used when no weights are given. */
const UNTRAINED_SEED = 1;

type FourSides = Readonly<Record<'pads' | 'box' | 'crop', Sides>>;

/** The `lipsync` command, after its options have been checked. */
export async function runLipsync(command: LipsyncCommandOptions, sides: FourSides): Promise<void> {
  const started = performance.now();
  const say = (line: string) => {
    if (!command.quiet) console.error(line);
  };
  const signal = interruptSignal();
  // Wrong names are told before the backend and the network take their time to start.
  for (const path of [command.face, command.audio, command.weights, command.s3fdWeights]) {
    if (path !== undefined) await requireFile(path);
  }
  const options = toLipsyncOptions(command, sides);
  registerNodeBackends();
  const backend = await startBackend(command.backend, { threads: command.threads });
  sayBackend(backend, say);
  const animator = new Wav2LipAnimator(await loadGenerator(command.weights));
  if (command.weights === undefined) {
    say('No --weights: the network is untrained, so the mouth area shows what an untrained network paints, not lips.');
  }
  const detector = hasBox(options) ? undefined : await loadDetector();
  const prepared = performance.now();
  signal.throwIfAborted();

  const bar = progressBar('frames', command.quiet);
  let result: LipsyncResult;
  try {
    const parts = { media: nodeMedia, animator, detector };
    result = await lipsync(options, parts, { signal, onProgress: (done, total) => bar.update(done, total) });
  } finally {
    bar.stop();
    animator.dispose();
    detector?.dispose();
  }
  const summary = {
    ...result,
    missingFaces: result.missingFaces,
    seconds: (performance.now() - started) / 1000,
    framesPerSecond: (result.frames * 1000) / (performance.now() - prepared),
    backend: backend.name,
    weights: command.weights ?? null,
    detector: detector?.name ?? null,
    stages: { 'start up': prepared - started, ...result.stages },
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

async function loadGenerator(path: string | undefined): Promise<Wav2LipGenerator> {
  const generator = new Wav2LipGenerator();
  if (path === undefined) {
    generator.initialize(new Random(UNTRAINED_SEED));
  } else {
    const file = await openFile(path);
    try {
      await generator.loadStateDict(await openCheckpoint(file));
    } finally {
      await file.close();
    }
  }
  return generator.prepare({ release: true });
}

async function loadDetector(): Promise<FaceDetector> {
  return BuiltInDetector.load(readFaceModel);
}

function sayBackend({ name, description, attempts }: StartedBackend, say: (line: string) => void): void {
  say(`Backend: ${description}.`);
  if (name === 'cpu') say('The cpu backend is about a hundred times slower than the others; see node-harness doctor.');
  else if (attempts.length > 0)
    say(`Not used: ${attempts.map(({ name }) => name).join(', ')}; node-harness doctor says why.`);
}

function sayResult(
  result: LipsyncResult & { seconds: number; framesPerSecond: number },
  say: (line: string) => void,
): void {
  for (const { firstFrame, lastFrame, from, to } of result.missingFaces) {
    const frames = firstFrame === lastFrame ? `frame ${firstFrame}` : `frames ${firstFrame} to ${lastFrame}`;
    say(`No face from ${from.toFixed(2)} s to ${to.toFixed(2)} s: ${frames} copied unchanged.`);
  }
  const { frames, frameRate, seconds, framesPerSecond } = result;
  const output = relative('.', String(result.output));
  const length = (frames / frameRate).toFixed(2);
  say(
    `${output}: ${frames} frames, ${length} s, made in ${seconds.toFixed(1)} s (${framesPerSecond.toFixed(1)} frames/s).`,
  );
}

function sayStages(stages: Readonly<Record<string, number>>): void {
  for (const [name, ms] of Object.entries(stages))
    console.error(`${name.padEnd(12)} ${(ms / 1000).toFixed(2).padStart(8)} s`);
}
