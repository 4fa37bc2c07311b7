import { openDevices } from './devices.ts';
import { element } from './dom.ts';
import { t } from './i18n.ts';
import { Recorder } from './recorder.ts';

/** s of a recording: at least, and at most. */
export const SHORTEST_CLIP = 20;
export const LONGEST_CLIP = 60;

/** Records the person at the page, who sees themselves meanwhile. */
export class ClipRecorder {
  readonly #stream: MediaStream;
  readonly #recorder: Recorder;
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(stream: MediaStream, onFull: () => void) {
    this.#stream = stream;
    this.#recorder = new Recorder(stream);
    const preview = element<HTMLVideoElement>('clip-preview');
    preview.srcObject = stream;
    preview.hidden = false;
    void preview.play().catch(() => {});
    const progress = element<HTMLProgressElement>('clip-progress');
    progress.hidden = false;
    const tick = () => {
      const { duration } = this.#recorder;
      progress.value = duration;
      element('clip-note').textContent = t('recordedFor', { s: Math.floor(duration) });
      if (duration >= LONGEST_CLIP) onFull();
    };
    tick();
    this.#timer = setInterval(tick, 500);
  }

  /** @param onFull called when the recording is as long as it may become */
  static async start(onFull: () => void): Promise<ClipRecorder> {
    return new ClipRecorder(await openDevices(true, true), onFull);
  }

  /** Ends the recording and lets go of the camera. */
  async finish(): Promise<{ blob: Blob; seconds: number }> {
    clearInterval(this.#timer);
    const seconds = this.#recorder.duration;
    const blob = await this.#recorder.finish();
    for (const track of this.#stream.getTracks()) track.stop();
    element<HTMLVideoElement>('clip-preview').srcObject = null;
    for (const id of ['clip-preview', 'clip-progress']) element(id).hidden = true;
    return { blob, seconds };
  }
}
