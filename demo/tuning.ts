import type { FinetuneStep } from '../lib/index.ts';
import type { App } from './app.ts';
import { ClipRecorder, SHORTEST_CLIP } from './clip_recorder.ts';
import { LossCurve } from './curve.ts';
import { announce, element, save } from './dom.ts';
import { formatBytes, formatTime, t } from './i18n.ts';
import { forget, type Kept, keep, recall } from './keep.ts';
import { problemOf } from './problems.ts';
import type { WeightsPanel } from './weights_panel.ts';

/** Steps between two notes of how far the training has come. */
const KEEP_EVERY = 10;

/** Fine-tuning on the person at the page: record, train with pauses and reloads, use, export. */
export class Tuning {
  readonly #app: App;
  readonly #weights: WeightsPanel;
  readonly #curve = new LossCurve();
  readonly #start = element<HTMLButtonElement>('tune-start');
  readonly #use = element<HTMLButtonElement>('tune-use');
  #recording: ClipRecorder | undefined;
  #training: AbortController | undefined;
  #clip: Kept['clip'] | undefined;
  #progress: Kept['progress'] | undefined;
  #result: Kept['result'] | undefined;

  constructor(app: App, weights: WeightsPanel) {
    this.#app = app;
    this.#weights = weights;
    element('clip-record').addEventListener('click', () => void this.#record());
    const file = element<HTMLInputElement>('clip-file');
    element('clip-choose').addEventListener('click', () => file.click());
    file.addEventListener('change', () => {
      const [blob] = file.files ?? [];
      if (blob) void this.#take({ blob, name: blob.name });
      file.value = '';
    });
    this.#start.addEventListener('click', () => (this.#training ? this.#pause() : void this.#train()));
    element('tune-forget').addEventListener('click', () => void this.#forget());
    element('tune-export').addEventListener('click', () => {
      if (this.#result) save(this.#result.weights, 'talking-face-tuned.safetensors');
    });
    this.#use.addEventListener('click', () => void this.#useNow());
    this.refresh();
    void this.#recall();
  }

  /** Draws what there is, in the language in use. */
  refresh(): void {
    const { step = 0, steps = 0 } = this.#progress ?? {};
    const [clip, result, training] = [this.#clip, this.#result, this.#training];
    if (!this.#recording)
      element('clip-note').textContent = clip
        ? t('clipReady', { name: clip.name, size: formatBytes(clip.blob.size) })
        : t('clipHint');
    element('clip-record').querySelector('span')!.textContent = t(this.#recording ? 'finishClip' : 'recordClip');
    this.#start.textContent = t(training ? 'pause' : step > 0 && !result ? 'resume' : 'train');
    this.#start.disabled = !clip || this.#recording !== undefined;
    this.#start.classList.toggle('primary', clip !== undefined && !result);
    for (const id of ['clip-record', 'clip-choose', 'tune-steps', 'tune-forget'])
      element<HTMLButtonElement>(id).disabled = training !== undefined;
    element('tune-forget').hidden = step === 0 && !result;
    if (!training) element('tune-note').textContent = restingNote(step, steps, result);
    this.#use.disabled = !result || training !== undefined;
    this.#use.classList.toggle('primary', !this.#use.disabled);
    element('use-note').textContent = t(this.#weights.usesTuned ? 'inUse' : result ? 'notInUse' : 'useHint');
    element<HTMLButtonElement>('tune-export').disabled = !result;
    this.#mark(clip !== undefined, result !== undefined);
    this.#curve.draw();
  }

  async #recall(): Promise<void> {
    try {
      [this.#clip, this.#progress, this.#result] = await Promise.all([
        recall('clip'),
        recall('progress'),
        recall('result'),
      ]);
    } catch {
      return; // A private window keeps nothing: each visit starts afresh.
    }
    if (this.#progress) {
      this.#curve.restore(this.#progress.losses, this.#progress.steps);
      element<HTMLInputElement>('tune-steps').value = String(this.#progress.steps);
    }
    this.#weights.offerTuned(this.#result?.weights);
    this.refresh();
  }

  async #record(): Promise<void> {
    const recording = this.#recording;
    this.#recording = undefined;
    let note: string | undefined;
    try {
      if (recording) {
        const { blob, seconds } = await recording.finish();
        if (seconds >= SHORTEST_CLIP) await this.#take({ blob, name: t('yourRecording') });
        else note = t('clipTooShort', { s: Math.floor(seconds) });
      } else {
        await this.#app.stopLive();
        this.#recording = await ClipRecorder.start(() => void this.#record());
      }
    } catch (error) {
      const { title, text } = problemOf(error);
      note = t('titleAndText', { title, text });
    }
    this.refresh();
    if (note) this.#say('clip-note', note);
  }

  async #take(clip: Kept['clip']): Promise<void> {
    await this.#forget();
    this.#clip = clip;
    await keep('clip', clip).catch(() => {});
    this.refresh();
    this.#start.focus({ preventScroll: true });
  }

  async #train(): Promise<void> {
    const restart = this.#progress === undefined || this.#result !== undefined;
    await this.#app.stopLive();
    if (restart) {
      await this.#forgetTraining();
      await keep('base', this.#app.talker.weights).catch(() => {});
    } else {
      const base = await recall('base').catch(() => undefined);
      if (base && !(await this.#weights.useAgain(base))) return;
    }
    const face = await this.#app.talker.started;
    if (!face || !this.#clip) return;
    const training = new AbortController();
    this.#training = training;
    this.refresh();
    this.#say('tune-note', t('preparingStart'));
    const steps = Math.max(1, Math.round(element<HTMLInputElement>('tune-steps').valueAsNumber || 300));
    try {
      const { weights, loss } = await face.finetune(this.#clip.blob, {
        steps,
        restart,
        id: 'demo',
        signal: training.signal,
        onPrepare: (done, total) => {
          element('tune-note').textContent = t('preparing', { done, total });
        },
        onStep: (step) => this.#stepped(step),
        onPreview: ({ picture }) => drawPreview(picture),
      });
      this.#result = { weights, loss, steps };
      await keep('result', this.#result).catch(() => {});
      this.#app.talker.tuned(weights);
      this.#app.showFacts(face);
      this.#weights.offerTuned(weights, true);
      this.#training = undefined;
      this.refresh();
      announce(element('tune-note').textContent ?? '');
    } catch (error) {
      this.#training = undefined;
      this.refresh();
      if (!training.signal.aborted)
        this.#say('tune-note', t('tuningFailed', { reason: problemOf(error).text || problemOf(error).title }));
    }
    if (this.#progress) await keep('progress', this.#progress).catch(() => {});
  }

  #stepped({ step, steps, loss, remaining }: FinetuneStep): void {
    this.#curve.add(step, steps, loss);
    this.#progress = { step, steps, losses: [...this.#curve.losses] };
    element('tune-note').textContent = t('training', {
      step,
      steps,
      left: remaining > 0 ? formatTime(remaining) : '…',
    });
    if (step % KEEP_EVERY === 0) void keep('progress', this.#progress).catch(() => {});
  }

  #pause(): void {
    this.#training?.abort();
    this.#say('tune-note', t('pausing'));
  }

  async #useNow(): Promise<void> {
    if (!this.#weights.usesTuned && !(await this.#weights.useTuned())) return;
    this.refresh();
    element('stage').focus();
    await this.#app.startLive();
  }

  async #forget(): Promise<void> {
    await this.#forgetTraining();
    this.refresh();
  }

  async #forgetTraining(): Promise<void> {
    this.#progress = undefined;
    this.#result = undefined;
    this.#curve.restore([], 0);
    await this.#weights.withdrawTuned((await recall('base').catch(() => undefined)) ?? 'small');
    await Promise.all([forget('progress'), forget('result')]).catch(() => {});
  }

  #mark(hasClip: boolean, hasResult: boolean): void {
    const at = hasResult ? 2 : hasClip ? 1 : 0;
    ['step-collect', 'step-train', 'step-use'].forEach((id, i) => {
      element(id).classList.toggle('finished', i < at);
      element(id).classList.toggle('current', i === at);
    });
  }

  #say(id: string, text: string): void {
    element(id).textContent = text;
    announce(text);
  }
}

function restingNote(step: number, steps: number, result: Kept['result'] | undefined): string {
  if (!result) return step > 0 ? t('paused', { step, steps }) : '';
  const { before, after } = result.loss;
  return t('trained', { steps: result.steps, before: before.toFixed(3), after: after.toFixed(3) });
}

function drawPreview(picture: ImageBitmap): void {
  const canvas = element<HTMLCanvasElement>('preview');
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext('2d')?.drawImage(picture, 0, 0);
  element('samples').hidden = false;
  picture.close();
}
