/** Pictures of the original are kept no longer than this, ms. */
const LONGEST_DELAY = 2000;

/**
 * Shows a live original as late as the result is, so that both panes show the same moment. It works only while it is
 * looked at: kept frames cost memory.
 */
export class DelayedOriginal {
  /** ms, as the live animation measures it. */
  delay = 0;
  readonly #video: HTMLVideoElement;
  readonly #canvas: HTMLCanvasElement;
  #frames: { readonly taken: number; readonly bitmap: ImageBitmap }[] = [];
  #going = false;

  constructor(video: HTMLVideoElement, canvas: HTMLCanvasElement) {
    this.#video = video;
    this.#canvas = canvas;
  }

  start(): void {
    if (this.#going) return;
    this.#going = true;
    this.#canvas.hidden = false;
    this.#video.hidden = true;
    this.#video.requestVideoFrameCallback(this.#next);
  }

  stop(): void {
    this.#going = false;
    this.#canvas.hidden = true;
    this.#video.hidden = false;
    for (const { bitmap } of this.#frames) bitmap.close();
    this.#frames = [];
  }

  readonly #next = async (taken: number): Promise<void> => {
    if (!this.#going) return;
    this.#video.requestVideoFrameCallback(this.#next);
    const bitmap = await createImageBitmap(this.#video).catch(() => undefined);
    if (!bitmap) return;
    if (!this.#going) return bitmap.close();
    this.#frames.push({ taken, bitmap });
    const due = taken - Math.min(this.delay, LONGEST_DELAY);
    while (this.#frames.length > 1 && this.#frames[1].taken <= due) this.#frames.shift()?.bitmap.close();
    this.#draw(this.#frames[0].bitmap);
  };

  #draw(bitmap: ImageBitmap): void {
    const { width, height } = bitmap;
    if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
    this.#canvas.getContext('2d', { alpha: false })?.drawImage(bitmap, 0, 0);
  }
}

/** Further apart than this, in s, the original jumps; nearer it plays a little faster or slower. */
const JUMP = 0.25;

/** Keeps a muted original at the moment that a finished result shows; a shorter one starts again. Returns what ends it. */
export function follow(original: HTMLVideoElement, result: HTMLVideoElement): () => void {
  const control = new AbortController();
  const { signal } = control;
  const align = () => {
    if (!(original.duration > 0)) return;
    const wanted = result.currentTime % original.duration;
    const late = wanted - original.currentTime;
    if (result.paused || Math.abs(late) > JUMP) original.currentTime = wanted;
    else original.playbackRate = 1 + 2 * late;
  };
  const each = () => {
    if (signal.aborted) return;
    align();
    result.requestVideoFrameCallback(each);
  };
  result.requestVideoFrameCallback(each);
  original.loop = true;
  result.addEventListener('play', () => void original.play().catch(() => {}), { signal });
  result.addEventListener('pause', () => original.pause(), { signal });
  result.addEventListener('seeked', align, { signal });
  return () => {
    control.abort();
    original.pause();
    Object.assign(original, { loop: false, playbackRate: 1 });
  };
}
