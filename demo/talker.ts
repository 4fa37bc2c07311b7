import {
  createTalkingFace,
  type FileInput,
  type LoadProgress,
  type ModelInfo,
  type Notice,
  type PageBackend,
  type TalkingFace,
} from '../lib/index.ts';

/** Where weights come from: the bundled ones, a file, or an address. */
export type WeightsSource = Exclude<FileInput, URL>;

/** For videos that browsers do not decode. It is large, so it is loaded only when one is chosen. */
const ffmpeg = {
  core: new URL('../node_modules/@ffmpeg/core/dist/esm/ffmpeg-core.js', import.meta.url),
  wasm: new URL('../node_modules/@ffmpeg/core/dist/esm/ffmpeg-core.wasm', import.meta.url),
};

/** The page's one talking face: started again when another backend is chosen, with the weights that were in use. */
export class Talker {
  #face: Promise<TalkingFace> | undefined;
  #weights: WeightsSource = 'small';
  readonly #onNotice: (notice: Notice) => void;

  constructor(onNotice: (notice: Notice) => void) {
    this.#onNotice = onNotice;
  }

  /** Where the weights in use come from. */
  get weights(): WeightsSource {
    return this.#weights;
  }

  /** What computes, once it was started. */
  get started(): Promise<TalkingFace> | undefined {
    return this.#face;
  }

  /** Starts, or starts anew, on a backend and loads the weights that were last in use. */
  async start(backend: PageBackend | 'auto', onProgress: (progress: LoadProgress) => void): Promise<TalkingFace> {
    await this.#end();
    const starting = createTalkingFace({ backend, ffmpeg, onNotice: this.#onNotice });
    this.#face = starting;
    try {
      const face = await starting;
      await face.fromPretrained(this.#weights, { onProgress });
      return face;
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  /** Loads other weights; those in use stay where that fails. */
  async load(
    weights: WeightsSource,
    control: { onProgress?: (progress: LoadProgress) => void; signal?: AbortSignal } = {},
  ): Promise<ModelInfo> {
    if (!this.#face) throw new Error('Nothing was started.');
    const info = await (await this.#face).fromPretrained(weights, control);
    this.#weights = weights;
    return info;
  }

  /** Bytes of the weights at an address, if its server tells; they are asked for, and nothing of them is fetched. */
  async sizeOf(address: string): Promise<number | undefined> {
    const asking = new AbortController();
    let size: number | undefined;
    const onProgress = ({ total }: LoadProgress): void => {
      size = total;
      asking.abort();
    };
    await this.load(address, { onProgress, signal: asking.signal }).catch((error) => {
      if (!asking.signal.aborted) throw error;
    });
    return size;
  }

  /** Takes note of weights that the talking face has made, and uses, by itself. */
  tuned(weights: Blob): void {
    this.#weights = weights;
  }

  /** Makes the next start use other weights than those that failed. */
  forgetWeights(): void {
    this.#weights = 'small';
  }

  async #end(): Promise<void> {
    const face = this.#face;
    this.#face = undefined;
    await face?.then(
      (started) => started.dispose(),
      () => {},
    );
  }
}
