import type { LiveStats } from '../lib/index.ts';
import { DelayedOriginal, follow } from './compare.ts';
import { chosen, element } from './dom.ts';
import type { LiveRun } from './live.ts';

/** The two panes of the picture: what came in and what came out. */
export class Player {
  readonly #panes = element('panes');
  readonly #original = element<HTMLVideoElement>('original');
  readonly #result = element<HTMLVideoElement>('result');
  readonly #delayed = new DelayedOriginal(this.#original, element<HTMLCanvasElement>('delayed'));
  #live = false;
  #urls: string[] = [];
  #unfollow: (() => void) | undefined;

  constructor() {
    for (const radio of document.querySelectorAll<HTMLInputElement>('input[name="view"]'))
      radio.addEventListener('change', () => this.#applyView());
  }

  /** Shows a face before anything is done with it; none for a camera that is not open. */
  showFace(face: File | string | undefined): void {
    this.#clear();
    this.#setOriginal(face);
  }

  showLive(run: LiveRun, muted: boolean, mirrored: boolean): void {
    this.#clear();
    this.#live = true;
    this.#panes.classList.toggle('mirrored', mirrored);
    this.#original.srcObject = run.original;
    this.#result.srcObject = run.result;
    this.#result.muted = muted;
    for (const video of [this.#original, this.#result]) void video.play().catch(() => {});
    // Until the first picture comes, the original is better than none.
    this.#panes.classList.add('waiting');
    this.#result.requestVideoFrameCallback(() => this.#panes.classList.remove('waiting'));
    this.#applyView();
  }

  /** A live original is shown as late as the result is. */
  follow(stats: LiveStats): void {
    this.#delayed.delay = stats.latency.median;
  }

  /** Plays a finished file beside what it was made of. */
  showFile(file: Blob, face: File | string | undefined): void {
    this.#clear();
    this.#setOriginal(face);
    this.#result.src = this.#url(file);
    Object.assign(this.#result, { controls: true, muted: false, loop: true });
    this.#unfollow = follow(this.#original, this.#result);
    void this.#result.play().catch(() => {});
    this.#applyView();
  }

  #setOriginal(face: File | string | undefined): void {
    if (!face) return;
    const url = typeof face === 'string' ? face : this.#url(face);
    if (face instanceof File && face.type.startsWith('image/')) this.#original.poster = url;
    // The fragment makes Safari show the first frame before it plays.
    else this.#original.src = `${url}#t=0.001`;
  }

  #applyView(): void {
    const view = chosen('view');
    element('stage').dataset.view = view;
    if (this.#live && view !== 'result') this.#delayed.start();
    else this.#delayed.stop();
  }

  #url(file: Blob): string {
    const url = URL.createObjectURL(file);
    this.#urls.push(url);
    return url;
  }

  #clear(): void {
    this.#live = false;
    this.#delayed.stop();
    this.#unfollow?.();
    this.#unfollow = undefined;
    this.#panes.classList.remove('mirrored', 'waiting');
    for (const video of [this.#original, this.#result]) {
      video.srcObject = null;
      video.removeAttribute('src');
      video.removeAttribute('poster');
      video.controls = false;
      video.load();
    }
    for (const url of this.#urls) URL.revokeObjectURL(url);
    this.#urls = [];
  }
}
