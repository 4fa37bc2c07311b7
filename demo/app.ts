import type { LiveStats, LoadProgress, Notice, PageBackend, TalkingFace } from '../lib/index.ts';
import { Choices } from './choices.ts';
import { devicesFor } from './devices.ts';
import { announce, element, save, setButton } from './dom.ts';
import { showModel, showStats } from './facts.ts';
import { formatBytes, speak, t } from './i18n.ts';
import { LiveRun } from './live.ts';
import { notice, refreshNotices, withdraw } from './notices.ts';
import { Player } from './player.ts';
import { NoFaceError, problemOf, type Remedy } from './problems.ts';
import { Recorder } from './recorder.ts';
import { Stage } from './stage.ts';
import { Talker, type WeightsSource } from './talker.ts';

/** The picture and everything that happens in it. */
export class App {
  readonly talker = new Talker((message) => void this.#tell(message));
  readonly stage = new Stage((remedy) => this.#remedy(remedy));
  readonly #player = new Player();
  readonly #choices = new Choices(() => void this.#chosen());
  readonly #backend = element<HTMLSelectElement>('backend');
  #job: AbortController | undefined;
  #live: LiveRun | undefined;
  /** Counts what was loaded, to know the latest. */
  #loads = 0;
  #recorder: Recorder | undefined;
  #made: Blob | undefined;
  /** What to do again when the person asks for it. */
  #again: () => Promise<void> = () => this.load();

  constructor() {
    element('start').addEventListener('click', () => void this.#startOrStop());
    element('make').addEventListener('click', () => void this.#make());
    element('record').addEventListener('click', () => void this.#record());
    element('download').addEventListener('click', () => this.#download());
    this.#backend.addEventListener('change', () => void this.load());
    document.addEventListener('dragover', (event) => event.preventDefault());
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file) this.#choices.take(file);
    });
    this.#drawRecord();
    void this.#chosen();
  }

  /** Starts the chosen backend with the weights that were last in use. */
  async load(): Promise<void> {
    await this.stopLive();
    this.#again = () => this.load();
    // What was told of the backend that was in use.
    for (const kind of ['backend', 'device-lost', 'threads']) withdraw(kind);
    await this.#loading((onProgress) => this.talker.start(this.#backend.value as PageBackend | 'auto', onProgress));
  }

  /** Changes the weights. Returns whether that worked. */
  async useWeights(source: WeightsSource, signal?: AbortSignal): Promise<boolean> {
    await this.stopLive();
    this.#again = async () => void (await this.useWeights(source));
    return this.#loading(async (onProgress) => {
      await this.talker.load(source, { onProgress, signal });
      return this.talker.started;
    });
  }

  /** Says what computes, with which weights. */
  showFacts(face: TalkingFace): void {
    showModel(face);
  }

  /** This browser lacks what the page cannot do without. */
  cannotRun(): void {
    const problem = { icon: 'warning', title: t('unsupported'), text: t('unsupportedText'), remedies: [] };
    this.stage.show({ name: 'problem', problem });
    element<HTMLButtonElement>('start').disabled = true;
  }

  /** Writes everything that depends on the language again. */
  refresh(): void {
    speak();
    this.#choices.refresh();
    this.stage.refresh();
    refreshNotices();
    this.#drawRecord();
  }

  async #loading(work: (onProgress: (progress: LoadProgress) => void) => Promise<unknown>): Promise<boolean> {
    const turn = ++this.#loads;
    this.stage.show({ name: 'loading' });
    try {
      await work((progress) => this.stage.show({ name: 'loading', progress }));
      const face = await this.talker.started;
      if (face) showModel(face);
      this.#showReady();
      return true;
    } catch (error) {
      // What was given up for something else is no problem.
      if (turn === this.#loads) this.#fail(error);
      return false;
    }
  }

  async #startOrStop(): Promise<void> {
    const { name } = this.stage.state;
    if (name === 'live') {
      await this.stopLive();
      announce(t('stopped'));
    } else if (this.#job) this.#job.abort();
    else await this.startLive();
  }

  /** Animates the chosen face live. */
  async startLive(): Promise<void> {
    if (this.#choices.pickMissing()) return;
    this.#again = () => this.startLive();
    const [camera, microphone] = [this.#choices.face === 'webcam', this.#choices.voice === 'microphone'];
    await this.#work(async (signal) => {
      if (camera || microphone) this.stage.show({ name: 'asking', devices: devicesFor(camera, microphone) });
      else this.stage.show({ name: 'starting' });
      const talker = await this.#started();
      const events = {
        onStats: (stats: LiveStats) => this.#measured(stats),
        onError: (error: Error) => void this.stopLive().then(() => this.#fail(error)),
        onEnded: () => void this.stopLive(),
      };
      const live = await LiveRun.start(talker, this.#choices, events, signal);
      if (signal.aborted) return live.stop();
      this.#live = live;
      this.#player.showLive(live, microphone, camera);
      this.stage.show({ name: 'live' });
    });
  }

  /** Ends what is live, and its recording. */
  async stopLive(): Promise<void> {
    const live = this.#live;
    if (!live) return;
    this.#live = undefined;
    if (this.#recorder) await this.#record();
    await live.stop();
    element('chip').hidden = true;
    element('chip').textContent = '';
    showStats();
    this.#showReady();
    this.#player.showFace(this.#choices.faceFile);
  }

  async #make(): Promise<void> {
    if (this.#choices.pickMissing()) return;
    const { faceFile, voiceFile } = this.#choices;
    if (!faceFile || !voiceFile) return;
    this.#again = () => this.#make();
    await this.#work(async (signal) => {
      this.stage.show({ name: 'working', done: 0, total: 0 });
      this.#player.showFace(faceFile);
      const talker = await this.#started();
      let begun = 0;
      const onProgress = (done: number, total: number) => {
        begun ||= performance.now();
        const left = done > 0 ? ((performance.now() - begun) / done / 1000) * (total - done) : undefined;
        this.stage.show({ name: 'working', done, total, left });
      };
      const made = await talker.animateToFile({ face: faceFile, audio: voiceFile }, { onProgress, signal });
      const missing = made.missingFaces.reduce((sum, { firstFrame, lastFrame }) => sum + lastFrame - firstFrame + 1, 0);
      if (missing === made.frames) throw new NoFaceError();
      if (missing > 0) notice('missing', () => t('missingFaces', { n: missing }));
      this.#player.showFile(made.file, faceFile);
      this.#offer(made.file);
      const summary = t('done', { size: formatBytes(made.file.size), frames: made.frames });
      this.stage.show({ name: 'done', summary });
    });
  }

  /** Starts a recording of what is live, or ends it. */
  async #record(): Promise<void> {
    const recorder = this.#recorder;
    if (!recorder && this.#live) {
      this.#recorder = new Recorder(this.#live.result);
      this.#drawRecord();
      return;
    }
    if (!recorder) return;
    this.#recorder = undefined;
    this.#drawRecord();
    announce(t('saving'));
    const file = await recorder.finish();
    this.#offer(file);
    announce(t('recorded', { size: formatBytes(file.size) }));
  }

  #drawRecord(): void {
    const record = element<HTMLButtonElement>('record');
    setButton(record, this.#recorder ? 'stop' : 'record', t(this.#recorder ? 'stopRecording' : 'record'));
    record.ariaPressed = String(this.#recorder !== undefined);
    element('recording').hidden = !this.#recorder;
    if (!this.#recorder) return;
    const seconds = Math.floor(this.#recorder.duration);
    element('recording-time').textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    setTimeout(() => this.#recorder && this.#drawRecord(), 500);
  }

  #measured(stats: LiveStats): void {
    showStats(stats);
    this.#player.follow(stats);
    const chip = element('chip');
    const lacks = !stats.face ? t('noFaceLive') : stats.voice ? '' : t('noVoiceLive');
    if (chip.textContent !== lacks) announce(lacks);
    chip.textContent = lacks;
    chip.hidden = lacks === '';
  }

  #offer(file: Blob): void {
    this.#made = file;
    element('download').hidden = false;
  }

  #download(): void {
    const time = new Date().toISOString().slice(0, 19).replace(/\D/g, '-');
    if (this.#made) save(this.#made, `talking-face-${time}.mp4`);
  }

  #showReady(): void {
    const { face, faceFile } = this.#choices;
    const hint = faceFile ? undefined : face === 'webcam' ? 'openCamera' : 'chooseFace';
    this.stage.show({ name: 'ready', hint });
  }

  /** Another face or voice was chosen: what is live changes over to it. */
  async #chosen(): Promise<void> {
    const { name } = this.stage.state;
    element('make').hidden = this.#choices.face === 'webcam' || this.#choices.voice === 'microphone';
    if (name === 'working' || name === 'asking' || name === 'starting') return;
    if (name === 'live') {
      await this.stopLive();
      await this.startLive();
      return;
    }
    this.#player.showFace(this.#choices.faceFile);
    if (name !== 'loading') this.#showReady();
  }

  async #work(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const job = new AbortController();
    this.#job = job;
    try {
      await this.stopLive();
      await work(job.signal);
    } catch (error) {
      if (job.signal.aborted) this.#showReady();
      else this.#fail(error);
    } finally {
      if (this.#job === job) this.#job = undefined;
    }
  }

  /** The talking face, started if that failed before. */
  async #started(): Promise<TalkingFace> {
    const onProgress = (progress: LoadProgress) => this.stage.show({ name: 'loading', progress });
    return (await this.talker.started) ?? this.talker.start(this.#backend.value as PageBackend | 'auto', onProgress);
  }

  #fail(error: unknown): void {
    console.warn(error);
    this.stage.show({ name: 'problem', problem: problemOf(error) });
  }

  async #tell({ kind, message }: Notice): Promise<void> {
    const face = await this.talker.started?.catch(() => undefined);
    if (face) showModel(face);
    notice(kind, () => {
      if (kind === 'backend') return t('usesWasm');
      return kind === 'device-lost' && face ? t('deviceLost', { backend: face.backend.description }) : message;
    });
  }

  #remedy(remedy: Remedy): void {
    const remedies: Record<Remedy, () => Promise<void> | void> = {
      retry: () => this.#again(),
      examples: () => this.#choices.useExamples(),
      small: () => {
        this.talker.forgetWeights();
        return this.load();
      },
      wasm: () => {
        this.#backend.value = 'wasm';
        return this.load();
      },
      'face-file': () => this.#choices.pickFile('face'),
      make: () => this.#make(),
    };
    void remedies[remedy]();
  }
}
