import { type Remote, transfer } from 'comlink';
import { animateTrack } from '../live/page/animate_track.ts';
import { UserError } from '../utils/errors.ts';
import type { FinetuneNews } from './finetune.ts';
import { FrameReceiver } from './frame_port.ts';
import type { Host } from './host.ts';
import type { ConnectLive } from './live_contract.ts';
import { callback } from './reports.ts';
import type {
  AnimatedFile,
  AnimatedFrame,
  AnimatedTrack,
  AnimateFramesOptions,
  AnimateOptions,
  BackendInfo,
  Clip,
  FileInput,
  FinetuneOptions,
  FinetuneResult,
  FrameFormat,
  LiveStats,
  ModelInfo,
  Notice,
  PretrainedOptions,
  TalkingFace,
  TalkingFaceOptions,
  TrackInput,
  TrackOptions,
  WorkerMemory,
} from './types.ts';

/** The page's half of a talking face: sends every call to the worker. */
export class RemoteTalkingFace implements TalkingFace {
  readonly #worker: Worker;
  readonly #host: Remote<Host>;
  /** What is waited for, to be rejected when the worker ends. */
  readonly #waiting = new Set<(reason: unknown) => void>();
  #ended: { readonly reason: unknown } | undefined;
  #backend!: BackendInfo;
  #model: ModelInfo | undefined;

  constructor(worker: Worker, host: Remote<Host>) {
    this.#worker = worker;
    this.#host = host;
    // The script cannot be loaded, or breaks outside any call; what happens in a call is its own answer.
    worker.addEventListener('error', (event) => {
      const what = event.message ? `broke: ${event.message}` : 'cannot be loaded; see the option `worker`';
      this.end(new UserError(`The worker's script ${what}.`));
    });
  }

  get backend(): BackendInfo {
    return this.#backend;
  }

  get model(): ModelInfo | undefined {
    return this.#model;
  }

  async start({ backend, threads, assets, ffmpeg, onNotice }: TalkingFaceOptions): Promise<void> {
    const listener = callback((notice: Notice, now: BackendInfo, model?: ModelInfo) => {
      this.#backend = now;
      this.#model = model;
      onNotice?.(notice);
    });
    const options = {
      backend,
      threads,
      assets: assets && address(assets),
      ffmpeg: ffmpeg && { core: address(ffmpeg.core), wasm: ffmpeg.wasm && address(ffmpeg.wasm) },
    };
    this.#backend = await this.#call(() => this.#host.start(options, listener!));
  }

  async fromPretrained(source: 'small' | FileInput, options: PretrainedOptions = {}): Promise<ModelInfo> {
    const { signal, onProgress, ...rest } = options;
    const input = source === 'small' ? source : sendable(source);
    this.#model = await this.#call((stop) => this.#host.load(input, rest, stop, callback(onProgress)), signal);
    return this.#model;
  }

  async *animate<Format extends FrameFormat = 'bitmap'>(
    clip: Clip,
    options: AnimateFramesOptions<Format> = {},
  ): AsyncGenerator<AnimatedFrame<Format>, void, undefined> {
    const { format = 'bitmap', signal, onProgress, ...rest } = options;
    const left = new AbortController();
    const { port1, port2 } = new MessageChannel();
    const frames = new FrameReceiver<Format>(port1);
    const port = transfer(port2, [port2]);
    const work = this.#call(
      (stop) => this.#host.animate(sentClip(clip), defined(rest), format, port, stop, callback(onProgress)),
      signal ? AbortSignal.any([signal, left.signal]) : left.signal,
    );
    work.catch((error) => frames.fail(error));
    try {
      for (let frame = await frames.next(); frame; frame = await frames.next()) yield frame;
      await work;
    } finally {
      left.abort();
      // What the worker holds for this is gone when the loop has been left.
      await work.catch(() => {});
      frames.close();
    }
  }

  async animateToFile(clip: Clip, options: AnimateOptions = {}): Promise<AnimatedFile> {
    const { signal, onProgress, ...rest } = options;
    return this.#call(
      (stop) => this.#host.animateToFile(sentClip(clip), defined(rest), stop, callback(onProgress)),
      signal,
    );
  }

  animateTrack(input: TrackInput, options: TrackOptions = {}): Promise<AnimatedTrack> {
    return animateTrack(input, options, (...connection) => this.#connectLive(...connection));
  }

  async finetune(clip: FileInput, options: FinetuneOptions = {}): Promise<FinetuneResult> {
    const { signal, onPrepare, onStep, onPreview, ...rest } = options;
    const listener = callback((news: FinetuneNews) => {
      if (news.kind === 'prepare') onPrepare?.(news.done, news.total);
      else if (news.kind === 'step') onStep?.(news.step);
      else if (onPreview) onPreview(news);
      else news.picture.close();
    });
    const { result, model } = await this.#call(
      (stop) => this.#host.finetune(sendable(clip), defined(rest), stop, listener!),
      signal,
    );
    this.#model = model;
    return result;
  }

  memory(): Promise<WorkerMemory> {
    return this.#call(() => this.#host.memory());
  }

  async dispose(): Promise<void> {
    this.end(new DOMException('The talking face was disposed of.', 'AbortError'));
  }

  /** Ends the worker with everything in it; what is waited for, and every later call, is rejected with the reason. */
  end(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = { reason };
    this.#worker.terminate();
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
  }

  #connectLive(...[setup, transferred, onStats, onEnd]: Parameters<ConnectLive>): ReturnType<ConnectLive> {
    return new Promise((resolve, reject) => {
      const left = new AbortController();
      let started = false;
      const onNews = (news: LiveStats | 'ready'): void => {
        if (news !== 'ready') onStats(news);
        else resolve({ stop });
        started = true;
      };
      const ended = this.#call(
        (signal) => this.#host.animateTrack(transfer(setup, [...transferred]), signal, callback(onNews)!),
        left.signal,
      );
      const stop = async (): Promise<void> => {
        left.abort();
        await ended.catch(() => {});
      };
      ended.then(
        () => onEnd(),
        (error) => (started ? onEnd(error) : reject(error)),
      );
    });
  }

  /**
   * The answer of the worker, which never comes from one that has ended.
   *
   * @param signal is sent as one for this call alone, so that one that lives long does not keep what every call took
   */
  #call<T>(send: (stop: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const controller = new AbortController();
    const abort = (): void => controller.abort(signal?.reason);
    return new Promise<T>((resolve, reject) => {
      if (this.#ended) throw this.#ended.reason;
      signal?.throwIfAborted();
      signal?.addEventListener('abort', abort);
      this.#waiting.add(reject);
      send(controller.signal)
        .then(resolve, (error) => reject(signal?.aborted ? signal.reason : error))
        .finally(() => {
          signal?.removeEventListener('abort', abort);
          this.#waiting.delete(reject);
        });
    });
  }
}

function sentClip({ face, audio }: Clip) {
  return { face: sendable(face), audio: sendable(audio) };
}

/** The worker knows nothing of the page's address. */
function sendable(input: FileInput): Blob | string {
  return input instanceof Blob ? input : address(input);
}

function address(url: string | URL): string {
  return new URL(url, globalThis.document?.baseURI ?? location.href).href;
}

/** Without the settings that are there but undefined: they would hide the defaults. */
function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
