import * as tf from '../backend/tf.ts';
import { LiveSession } from '../live/live_session.ts';
import type { MediaPlatform } from '../media/media_platform.ts';
import { type LipsyncOptions, lipsync, lipsyncDefaults } from '../quick_start/lipsync.ts';
import { UserError } from '../utils/errors.ts';
import { Engine, type EngineOptions } from './engine.ts';
import { type FinetuneNews, finetuneHere, type SentFinetuneOptions } from './finetune.ts';
import { FrameSender } from './frame_port.ts';
import type { LiveSetup } from './live_contract.ts';
import { type Callback, Reports } from './reports.ts';
import type {
  AnimatedFile,
  AnimateOptions,
  BackendInfo,
  FinetuneResult,
  FrameFormat,
  LiveStats,
  LoadProgress,
  ModelInfo,
  Notice,
  PretrainedOptions,
  WorkerMemory,
} from './types.ts';
import { type WeightsSource, weightsFrom } from './weights.ts';

/** A clip as the page sends it: files, or absolute addresses. */
export interface SentClip {
  readonly face: Blob | string;
  readonly audio: Blob | string;
}

/** Settings of an animation that can be sent. */
export type SentAnimateOptions = Omit<AnimateOptions, 'onProgress' | 'signal'>;

/** Pictures redrawn, and searched for faces, at a time: a graphics card gains by more of them, the processor does not. */
const BATCH = { webgpu: 16, wasm: 4 } as const;

/** What the page calls in the worker. Signals and functions are arguments of their own, because only so do they cross. */
export class Host {
  #engine: Engine | undefined;
  #assets: string | undefined;
  #jobs = 0;

  /** Starts a backend. Throws a `UserError` when none works here. */
  async start(options: EngineOptions, onNotice: Callback<[Notice, BackendInfo, ModelInfo?]>): Promise<BackendInfo> {
    this.#assets = options.assets;
    const engine = new Engine(options, (notice) => onNotice(notice, engine.backend, engine.model));
    await engine.start();
    this.#engine = engine;
    return engine.backend;
  }

  /** See `TalkingFace.fromPretrained`. */
  async load(
    source: WeightsSource,
    options: Pick<PretrainedOptions, 'dtype' | 'sha256'>,
    signal: AbortSignal,
    onProgress: Callback<[LoadProgress]> | undefined,
  ): Promise<ModelInfo> {
    if (this.#jobs > 0) throw new UserError('The model is at work; stop that before loading other weights.');
    return this.#job(onProgress, (report) =>
      this.#running.load(weightsFrom(source, options, this.#assets), { onProgress: report, signal }),
    );
  }

  /** Makes frames and sends them over the port. */
  async animate(
    clip: SentClip,
    options: SentAnimateOptions,
    format: FrameFormat,
    port: MessagePort,
    signal: AbortSignal,
    onProgress: Callback<[number, number]> | undefined,
  ): Promise<void> {
    const createVideo: MediaPlatform['createVideo'] = async (_, { frameRate }) =>
      new FrameSender(port, format, frameRate, signal);
    await this.#lipsync(clip, options, { ...this.#running.media(signal), createVideo }, signal, onProgress);
  }

  /** See `TalkingFace.animateToFile`. */
  async animateToFile(
    clip: SentClip,
    options: SentAnimateOptions,
    signal: AbortSignal,
    onProgress: Callback<[number, number]> | undefined,
  ): Promise<AnimatedFile> {
    const { output, ...result } = await this.#lipsync(clip, options, this.#running.media(signal), signal, onProgress);
    return { ...result, file: output as Blob };
  }

  /** Animates a live track until that ends or is to stop; tells when frames can come, and from then on how it goes. */
  async animateTrack(setup: LiveSetup, signal: AbortSignal, onNews: Callback<[LiveStats | 'ready']>): Promise<void> {
    await this.#job(onNews, async (tell) => {
      const session = new LiveSession(setup, { ...this.#running.models, onStats: tell });
      await session.start();
      const stop = (): void => void session.stop();
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
      tell('ready');
      await session.ended;
    });
  }

  /** See `TalkingFace.finetune`; also tells what is animated with from now on. */
  async finetune(
    clip: Blob | string,
    options: SentFinetuneOptions,
    signal: AbortSignal,
    onNews: Callback<[FinetuneNews]>,
  ): Promise<{ result: FinetuneResult; model: ModelInfo }> {
    return this.#job(onNews, async (tell) => {
      const result = await finetuneHere(this.#running, clip, options, signal, tell);
      const dtype = this.#running.weights?.dtype;
      const model = await this.#running.load(weightsFrom(result.weights, { dtype }, this.#assets), {});
      return { result, model };
    });
  }

  /** See `TalkingFace.memory`. */
  memory(): WorkerMemory {
    const { numTensors, numBytes, ...rest } = tf.memory();
    const { numBytesAllocatedInGPU } = rest as { numBytesAllocatedInGPU?: number };
    return { tensors: numTensors, bytes: numBytes, gpuBytes: numBytesAllocatedInGPU, jobs: this.#jobs };
  }

  get #running(): Engine {
    if (!this.#engine) throw new Error('The worker was called before it was started.');
    return this.#engine;
  }

  #lipsync(
    clip: SentClip,
    options: SentAnimateOptions,
    media: MediaPlatform,
    signal: AbortSignal,
    onProgress: Callback<[number, number]> | undefined,
  ) {
    return this.#job(onProgress, (report) => {
      const { models, backend } = this.#running;
      const batchSize = BATCH[backend.name];
      const defaults = { ...lipsyncDefaults, batchSize, detectionBatchSize: batchSize };
      const all: LipsyncOptions = { ...defaults, ...options, ...clip, output: 'talking_face.mp4' };
      return lipsync(all, { media, loadModels: async () => models }, { signal, onProgress: report });
    });
  }

  /** Counts the work; what it has reported has arrived before its result does. */
  async #job<T, Args extends unknown[]>(
    callback: Callback<Args> | undefined,
    work: (report: (...args: Args) => void) => Promise<T>,
  ): Promise<T> {
    const reports = new Reports(callback);
    this.#jobs++;
    try {
      return await work(reports.send);
    } finally {
      this.#jobs--;
      await reports.finish();
    }
  }
}
