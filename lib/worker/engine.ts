import { type StartedBackend, startBackend } from '../backend/backend.ts';
import * as tf from '../backend/tf.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { createBrowserMedia } from '../media/browser/browser_media.ts';
import type { FfmpegFiles } from '../media/browser/ffmpeg.ts';
import type { MediaPlatform } from '../media/media_platform.ts';
import { VOICE_SAMPLE_RATE } from '../model/face_animator.ts';
import type { Precision } from '../nn/index.ts';
import { UserError } from '../utils/errors.ts';
import { assetUrl, wasmAssets } from './assets.ts';
import { convertInThread } from './converter.ts';
import { type LoadedModels, loadModels } from './load_models.ts';
import { mayStartThreads } from './may_start_threads.ts';
import type { BackendInfo, LoadProgress, ModelInfo, Notice, PageBackend, TalkingFaceOptions } from './types.ts';

/** What an engine is started with: the part of the page's options that can be sent. */
export interface EngineOptions extends Pick<TalkingFaceOptions, 'backend' | 'threads'> {
  /** Folder with the assets, ending in `/`; by default beside the worker's script. */
  readonly assets?: string;
  readonly ffmpeg?: FfmpegFiles;
}

/** Weights that can be opened again: after the graphics card was lost they are read anew. */
export interface Weights {
  /** For what is said about them. */
  readonly name: string;
  readonly dtype: Precision;
  use<T>(read: (checkpoint: Checkpoint) => Promise<T>, control: LoadControl): Promise<T>;
}

/** How loading is watched and stopped. */
export interface LoadControl {
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly signal?: AbortSignal;
}

/** A graphics card that keeps being lost is left alone after this many times. */
const MOST_LOSSES = 3;

/** The graphics device behind the running backend, if there is one. */
interface Device {
  /** Rejects when it is lost. */
  readonly lost: Promise<never>;
  isLost: boolean;
}

/**
 * A backend with a model on it. The animator and the detector it gives out outlive the graphics card: when the browser
 * takes that away, their calls wait until both are on a new device, or on WebAssembly, and are then repeated.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #onNotice: (notice: Notice) => void;
  #backend!: BackendInfo;
  #device!: Device;
  #losses = 0;
  #restarting: Promise<void> | undefined;
  #weights: Weights | undefined;
  #models: LoadedModels | undefined;

  constructor(options: EngineOptions, onNotice: (notice: Notice) => void) {
    this.#options = options;
    this.#onNotice = onNotice;
  }

  /** Reads and writes the page's files, for a work that the signal ends. */
  media(signal: AbortSignal | undefined): MediaPlatform {
    const onConvert = (message: string): void => this.#onNotice({ kind: 'media', message });
    return createBrowserMedia({ ffmpeg: this.#options.ffmpeg, onConvert, convertFile: convertInThread(signal) });
  }

  get backend(): BackendInfo {
    return this.#backend;
  }

  /** Throws a `UserError` when no backend that is asked for works here. */
  async start(): Promise<void> {
    const { backend = 'auto' } = this.#options;
    await this.#startFirst(backend === 'auto' ? ['webgpu', 'wasm'] : [backend]);
    for (const { error } of this.#backend.attempts)
      this.#onNotice({ kind: 'backend', message: `The processor does the work, which is slower: ${error}` });
  }

  /** Loads the models, replaces those that are there, and runs each once. Throws a `UserError` when the weights do not serve. */
  async load(weights: Weights, control: LoadControl): Promise<ModelInfo> {
    const models = await loadModels(weights, this.#options.assets, control);
    disposeOf(this.#models);
    this.#models = models;
    this.#weights = weights;
    await this.#warmUp(control);
    return models.info;
  }

  /** The models, as they survive the loss of the graphics card. Throws a `UserError` when none are loaded. */
  get models(): Pick<LoadedModels, 'animator' | 'detector'> {
    if (!this.#models) throw new UserError('No weights are loaded; call fromPretrained first.');
    const { faceSize } = this.#models.animator;
    const now = (): LoadedModels => this.#models as LoadedModels;
    return {
      animator: {
        faceSize,
        hear: (voice, frameRate) => now().animator.hear(voice, frameRate),
        listen: () => now().animator.listen(),
        animate: (faces, voice, frames) => this.survive(() => now().animator.animate(faces, voice, frames)),
        dispose() {},
      },
      detector: {
        name: this.#models.detector.name,
        detect: (frames) => this.survive(() => now().detector.detect(frames)),
        dispose() {},
      },
    };
  }

  /** The weights as they were loaded last: after a loss on another backend, perhaps. */
  get model(): ModelInfo | undefined {
    return this.#models?.info;
  }

  /** The weights in use. */
  get weights(): Weights | undefined {
    return this.#weights;
  }

  /** Does work that can be repeated, and repeats it when the graphics card was lost meanwhile. */
  async survive<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      await this.#restarting;
      const device = this.#device;
      try {
        return await Promise.race([work(), device.lost]);
      } catch (error) {
        // The news of the loss may come a little later than the error that it caused.
        if (!device.isLost) await Promise.race([device.lost.catch(() => {}), pause(50)]);
        if (!device.isLost) throw error;
        // Another call may have seen to it already.
        if (device === this.#device)
          this.#restarting ??= this.#restart().finally(() => {
            this.#restarting = undefined;
          });
      }
    }
  }

  async #restart(): Promise<void> {
    this.#losses++;
    disposeOf(this.#models);
    await this.#startFirst(this.#losses > MOST_LOSSES ? ['wasm'] : ['webgpu', 'wasm']);
    if (this.#weights) this.#models = await loadModels(this.#weights, this.#options.assets, {});
    const { description } = this.#backend;
    this.#onNotice({
      kind: 'device-lost',
      message: `The browser took the graphics card away; the work goes on with ${description}.`,
    });
  }

  async #startFirst(names: readonly PageBackend[]): Promise<void> {
    const { assets, backend } = this.#options;
    const wasmPaths = Object.fromEntries(wasmAssets.map((name) => [name, assetUrl(name, assets)]));
    const attempts: { name: PageBackend; error: string }[] = [];
    for (const name of names) {
      try {
        // A graphics card that is emulated is slower than WebAssembly: only for who asks for it.
        const threads = name === 'wasm' ? await this.#threads() : undefined;
        const options = { wasmPaths, threads, softwareAdapter: backend === 'webgpu' };
        const { description }: StartedBackend = await startBackend(name, options);
        this.#backend = { name, description, attempts };
        this.#device = watchDevice();
        return;
      } catch (error) {
        if (names.length === 1) throw error;
        attempts.push({ name, error: (error as Error).message });
      }
    }
    throw new UserError(`This browser can run no model: ${attempts.map(({ error }) => error).join(' ')}`);
  }

  /** Threads for WebAssembly; undefined for as many as there are. */
  async #threads(): Promise<number | undefined> {
    const { threads } = this.#options;
    if (threads === 1 || !globalThis.crossOriginIsolated || (await mayStartThreads())) return threads;
    const message =
      "WebAssembly works on one thread: the Content-Security-Policy of the worker's script forbids its threads (they need blob: in script-src and worker-src).";
    this.#onNotice({ kind: 'threads', message });
    return 1;
  }

  /** Compiles the graphics card's programs before the first frame is waited for. */
  async #warmUp({ onProgress }: LoadControl): Promise<void> {
    const { animator, detector } = this.models;
    const { faceSize } = animator;
    onProgress?.({ stage: 'warm-up', done: 0, total: 2 });
    const voice = animator.hear({ samples: new Float32Array(VOICE_SAMPLE_RATE), sampleRate: VOICE_SAMPLE_RATE }, 25);
    await animator.animate(new Uint8Array(faceSize * faceSize * 3), voice, [0]);
    onProgress?.({ stage: 'warm-up', done: 1, total: 2 });
    await detector.detect([{ data: new Uint8Array(256 * 256 * 3), width: 256, height: 256 }]);
    onProgress?.({ stage: 'warm-up', done: 2, total: 2 });
  }
}

function watchDevice(): Device {
  const { device } = tf.backend() as { device?: GPUDevice };
  const watched = { isLost: false, lost: new Promise<never>(() => {}) };
  if (device) {
    watched.lost = device.lost.then(({ message }) => {
      watched.isLost = true;
      throw new Error(`The graphics device was lost: ${message}`);
    });
    // Whoever works at that time hears of it; when nobody does, the next one will.
    watched.lost.catch(() => {});
  }
  return watched;
}

function disposeOf(models: LoadedModels | undefined): void {
  models?.animator.dispose();
  models?.detector.dispose();
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
