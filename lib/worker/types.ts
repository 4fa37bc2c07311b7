import type { FfmpegFiles } from '../media/browser/ffmpeg.ts';
import type { LipsyncOptions, LipsyncResult } from '../quick_start/lipsync.ts';

/** A file: picked by a person, or at an address, which is taken relative to the page. */
export type FileInput = Blob | string | URL;

/** What computes: the graphics card or the processor; `auto` takes the first that works. */
export type PageBackend = 'webgpu' | 'wasm';

/** What a talking face computes on. */
export interface BackendInfo {
  readonly name: PageBackend;
  /** What that runs on, such as `webgpu on NVIDIA L4` or `wasm on 4 threads`. */
  readonly description: string;
  /** The faster backends that were tried first, and why each could not be used, as one sentence. */
  readonly attempts: readonly { readonly name: PageBackend; readonly error: string }[];
}

/** Something the person at the page should know although the work goes on. */
export interface Notice {
  /**
   * - `backend`: `auto` could not use WebGPU; told once, at the start.
   * - `device-lost`: the browser took the graphics card away, and the work has been started again on it, or on
   *   WebAssembly. `TalkingFace.backend` says on which.
   * - `threads`: WebAssembly works on one thread although the page is cross-origin isolated, because the
   *   Content-Security-Policy forbids more.
   * - `media`: a file needs the slower decoder, or something was left out of the result.
   */
  readonly kind: 'backend' | 'device-lost' | 'threads' | 'media';
  /** One sentence. */
  readonly message: string;
}

/** Settings of {@link createTalkingFace}. */
export interface TalkingFaceOptions {
  /** By default `auto`: WebGPU where there is a graphics card, else WebAssembly. */
  readonly backend?: PageBackend | 'auto';
  /**
   * Makes the worker, where the bundler does not find it by itself: for instance with Vite
   * `import FaceWorker from 'talkingface/worker?worker'` and `() => new FaceWorker()`. It must be a module worker
   * whose script is `talkingface/worker`, or one of yours that imports that statically, at its top: calls that come
   * before it has been loaded, as during a dynamic import, would be lost. It is terminated by `dispose()`.
   */
  readonly worker?: () => Worker;
  /**
   * Folder, as an address ending in `/`, with the files that the worker loads: the package's `dist/worker/assets/`.
   * By default they are found beside the worker's script, where bundlers put them.
   */
  readonly assets?: string | URL;
  /** FFmpeg on the page's own server, for files that the browser cannot decode, such as AVI, MPEG and WMV. */
  readonly ffmpeg?: FfmpegFiles;
  /**
   * Threads of WebAssembly; by default as many as the processor has. More than one needs a cross-origin isolated page,
   * and a Content-Security-Policy of the worker's script that allows `blob:` in `script-src` and `worker-src`.
   */
  readonly threads?: number;
  readonly onNotice?: (notice: Notice) => void;
  /** Gives up starting, with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How far loading has come; both numbers are bytes while downloading, and steps else. */
export interface LoadProgress {
  /** `warm-up` runs the networks once, so that the graphics card's programs are compiled before the first frame. */
  readonly stage: 'download' | 'load' | 'warm-up';
  readonly done: number;
  /** Missing where the server does not tell the size. The first report of a download comes before it starts. */
  readonly total?: number;
}

/** Settings of {@link TalkingFace.fromPretrained}. */
export interface PretrainedOptions {
  /**
   * Precision in which the weights are held while animating; by default `float32`. `float16` takes half the memory on
   * the graphics card, and half the reading of it, for pictures that differ by less than 1 in 255; WebAssembly holds
   * `float32` all the same, and {@link ModelInfo.dtype} says which it is. The file itself may hold either.
   */
  readonly dtype?: 'float32' | 'float16';
  /** SHA-256 that the file at an address must have, in hexadecimal digits. */
  readonly sha256?: string;
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly signal?: AbortSignal;
}

/** The weights that were loaded. */
export interface ModelInfo {
  /** Name of the file, or `small`. */
  readonly name: string;
  /** Channels as a part of the paper's: 1 for the original weights, 0.25 for the bundled ones. */
  readonly width: number;
  /** Numbers in the weights. */
  readonly parameters: number;
  /** What they take in the file, in bytes. */
  readonly bytes: number;
  /** Precision in which the backend holds them while animating: `float16` only on WebGPU, where it was asked for. */
  readonly dtype: 'float32' | 'float16';
  /** What a person should know about the file: names that were shortened, tensors that were left out. */
  readonly warnings: readonly string[];
}

/** A face and the voice it is to speak with. */
export interface Clip {
  /** Video or picture with a face. */
  readonly face: FileInput;
  /** Sound file, or a video for its sound. */
  readonly audio: FileInput;
}

/**
 * Settings of an animation: those of the command line under the same names, with the same defaults but for `batchSize`,
 * which is 16 on WebGPU and 4 on WebAssembly.
 */
export interface AnimateOptions
  extends Partial<Omit<LipsyncOptions, 'face' | 'audio' | 'output' | 'detectionBatchSize'>> {
  /** Called at the start and after each frame with the number made and, as far as it is known, the number there will be. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the animation with the signal's reason; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/** How frames are handed over. */
export type FrameFormat = 'bitmap' | 'videoframe' | 'imagedata';

/** The picture of a frame in each format. Bitmaps and video frames hold memory until their `close()`. */
export interface FramePicture {
  bitmap: ImageBitmap;
  videoframe: VideoFrame;
  imagedata: ImageData;
}

/** A frame of an animation. */
export interface AnimatedFrame<Format extends FrameFormat = FrameFormat> {
  readonly picture: FramePicture[Format];
  /** Counts from 0. */
  readonly index: number;
  /** When it is to be shown, in s from the start of the voice. */
  readonly timestamp: number;
  /** How long it is to be shown, in s. */
  readonly duration: number;
}

/** Settings of {@link TalkingFace.animate}. */
export interface AnimateFramesOptions<Format extends FrameFormat = FrameFormat> extends AnimateOptions {
  /** By default `bitmap`. */
  readonly format?: Format;
}

/** A finished clip: what is known of it beside the file. */
export interface AnimatedFile extends Omit<LipsyncResult, 'output'> {
  /** MP4 with H.264 and AAC, or Opus where the browser has no encoder for AAC. */
  readonly file: Blob;
}

/** A live face, and perhaps a voice. */
export interface TrackInput {
  /** Of a webcam, a `<video>`'s `captureStream()`, or anything else that moves. The caller stops it. */
  readonly video: MediaStreamTrack;
  /** The voice: a live track, or a file that is played from its start. Without one the face stays as it is. */
  readonly audio?: MediaStreamTrack | FileInput;
}

/** What a live animation measures of itself, over about the last second. */
export interface LiveStats {
  /** Frames given out per second. */
  readonly frameRate: number;
  /** Frames that came in and were left out, since the start. */
  readonly dropped: number;
  /** From a frame's capture to its being given out, in ms: median and 95th percentile. */
  readonly latency: { readonly median: number; readonly p95: number };
  /** ms by which the picture is behind the sound that is given out with it; negative where it is ahead. */
  readonly offset: number;
  /** Size of the frames given out, in pixels; smaller than the camera's where the machine is too slow for that. */
  readonly width: number;
  readonly height: number;
  /** Whether a face is seen; a frame without one is given out unchanged. */
  readonly face: boolean;
  /** Whether the voice is heard; until then frames are given out unchanged. A browser plays sound only after a click or a key. */
  readonly voice: boolean;
  /** ms by which the voice is held back so that it leaves with its picture. */
  readonly voiceDelay: number;
  /** ms that each stage takes for a frame. */
  readonly stages: Readonly<Record<string, number>>;
}

/** Settings of {@link TalkingFace.animateTrack}. */
export interface TrackOptions extends Pick<AnimateOptions, 'pads' | 'paste' | 'faceIndex'> {
  /** Called about once a second. */
  readonly onStats?: (stats: LiveStats) => void;
  /** Told of an error that ended the animation; the track has ended then. */
  readonly onError?: (error: Error) => void;
  /** Does what `stop()` does. */
  readonly signal?: AbortSignal;
}

/** A live animation that runs. */
export interface AnimatedTrack {
  /** The talking face: for a `<video>` through `new MediaStream([track])`, a recorder, or an `RTCPeerConnection`. */
  readonly track: MediaStreamTrack;
  /** The voice, delayed so that it fits the picture; missing without a voice. */
  readonly audioTrack?: MediaStreamTrack;
  /** Ends both tracks and frees what they held. Safe to call again. */
  stop(): Promise<void>;
}

/** A step of fine-tuning that has been taken. */
export interface FinetuneStep {
  /** Steps taken, those of earlier starts under the same id included. */
  readonly step: number;
  readonly steps: number;
  /** Of the step's batch. */
  readonly loss: number;
  /** The parts that the loss is the weighted sum of. */
  readonly parts: Readonly<Record<string, number>>;
  /** s of work left, estimated. */
  readonly remaining: number;
}

/** Settings of {@link TalkingFace.finetune}. */
export interface FinetuneOptions {
  /** Steps to train in all; by default one for each frame that is learned, from 200 to 1000. */
  readonly steps?: number;
  /**
   * Names the run in the browser's storage. A run that was aborted, or whose page was closed, goes on from
   * its last checkpoint when it is started again under its id. By default `default`.
   */
  readonly id?: string;
  /** Forgets what an earlier run of this id left. */
  readonly restart?: boolean;
  /** What happens before the first step: finding the face, reading the sound. */
  readonly onPrepare?: (done: number, total: number) => void;
  readonly onStep?: (step: FinetuneStep) => void;
  /** From time to time, the same faces as drawn by now, side by side; close the bitmap when it is no longer needed. */
  readonly onPreview?: (preview: { readonly step: number; readonly picture: ImageBitmap }) => void;
  /** Pauses: a checkpoint is written, and the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What fine-tuning made. */
export interface FinetuneResult {
  /** The tuned generator as `.safetensors` in float32; give it to `fromPretrained`, or to the person as a download. */
  readonly weights: Blob;
  readonly steps: number;
  /** Mean loss on faces kept back from training, before and after. */
  readonly loss: { readonly before: number; readonly after: number };
}

/** What the worker holds at this moment. */
export interface WorkerMemory {
  readonly tensors: number;
  /** Of all tensors. */
  readonly bytes: number;
  /** Bytes on the graphics card, buffers kept for reuse included; missing with WebAssembly. */
  readonly gpuBytes?: number;
  /** Animations, live or not, and fine-tuning that are running. */
  readonly jobs: number;
}

/**
 * A model in a worker of its own that makes faces talk. Every method that does work takes an `AbortSignal`; an error
 * of the worker is thrown here as it was there: a `UserError`'s message is one sentence meant for the person at the
 * page. Made by {@link createTalkingFace}.
 */
export interface TalkingFace {
  /** What computes; changes when the graphics card is lost. */
  readonly backend: BackendInfo;
  /** The weights in use. */
  readonly model: ModelInfo | undefined;

  /**
   * Loads the weights of a Wav2Lip generator of any width, whose content and shapes are checked first: `small` for
   * those that come with the package (about 4.5 MB), a `.pth` or `.safetensors` file, or its address (downloaded
   * with progress and kept in the browser's cache). Replaces the weights in use once they are loaded.
   *
   * @throws {UserError} when the file cannot be had, is damaged or hostile, or is of another network
   */
  fromPretrained(source: 'small' | FileInput, options?: PretrainedOptions): Promise<ModelInfo>;

  /**
   * Makes the face of a video or picture speak with a voice, frame after frame: at the video's rate, as long as the
   * voice to within 0.2 s. Only a few frames are made ahead of the loop that takes them; leaving the loop ends the work.
   *
   * ```ts
   * for await (const { picture, timestamp } of face.animate({ face: file, audio: voice })) {
   *   context.drawImage(picture, 0, 0);
   *   picture.close();
   * }
   * ```
   *
   * @throws {UserError} when no weights are loaded, or the input cannot be used
   */
  animate<Format extends FrameFormat = 'bitmap'>(
    clip: Clip,
    options?: AnimateFramesOptions<Format>,
  ): AsyncIterableIterator<AnimatedFrame<Format>>;

  /**
   * The same, to an MP4 with the voice.
   *
   * @throws {UserError} when no weights are loaded, the input cannot be used, or the browser cannot encode video
   */
  animateToFile(clip: Clip, options?: AnimateOptions): Promise<AnimatedFile>;

  /**
   * Animates a live track into another one.
   *
   * @throws {UserError} when no weights are loaded, or the browser lacks what it takes
   */
  animateTrack(input: TrackInput, options?: TrackOptions): Promise<AnimatedTrack>;

  /**
   * Trains the loaded weights further on 20 to 60 s of one person speaking, and animates with the result from then
   * on. Nothing leaves the machine.
   *
   * @throws {UserError} when no weights are loaded, or the clip has too few frames with a face and sound
   */
  finetune(clip: FileInput, options?: FinetuneOptions): Promise<FinetuneResult>;

  /** What the worker holds: for tests and for the curious. */
  memory(): Promise<WorkerMemory>;

  /**
   * Ends all work (what is waited for is rejected with an `AbortError`) and the worker, and with it everything it
   * holds. Safe to call again; every other method throws from then on.
   */
  dispose(): Promise<void>;
}
