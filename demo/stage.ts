import type { LoadProgress } from '../lib/index.ts';
import { announce, element, setButton, setIcon } from './dom.ts';
import { formatBytes, formatTime, t } from './i18n.ts';
import type { Devices, Problem, Remedy } from './problems.ts';

/** Everything that the stage can show. */
export type StageState =
  | { readonly name: 'loading'; readonly progress?: LoadProgress }
  /** With a hint where there is no face to show yet. */
  | { readonly name: 'ready'; readonly hint?: 'openCamera' | 'chooseFace' }
  | { readonly name: 'asking'; readonly devices: Devices }
  | { readonly name: 'starting' }
  | { readonly name: 'live' }
  | { readonly name: 'working'; readonly done: number; readonly total: number; readonly left?: number }
  | { readonly name: 'done'; readonly summary: string }
  | { readonly name: 'problem'; readonly problem: Problem };

interface Cover {
  readonly icon: string;
  readonly title: string;
  readonly text: string;
  /** From 0 to 1; null is a bar that tells no share. */
  readonly share?: number | null;
  readonly remedies?: readonly Remedy[];
}

const remedyNames = {
  retry: 'retry',
  examples: 'useExamples',
  small: 'useSmall',
  wasm: 'useWasm',
  'face-file': 'chooseOther',
  make: 'makeFile',
} as const satisfies Record<Remedy, string>;

/** Draws the state of the page's work. */
export class Stage {
  readonly #stage = element('stage');
  readonly #cover = element('cover');
  readonly #progress = element<HTMLProgressElement>('progress');
  readonly #onRemedy: (remedy: Remedy) => void;
  #state: StageState = { name: 'loading' };

  constructor(onRemedy: (remedy: Remedy) => void) {
    this.#onRemedy = onRemedy;
  }

  get state(): StageState {
    return this.#state;
  }

  /** Shows a state; called again with the same name it updates numbers without being read aloud again. */
  show(state: StageState): void {
    const changed = state.name !== this.#state.name || state.name === 'problem';
    this.#state = state;
    this.#stage.dataset.state = state.name;
    const cover = coverOf(state);
    this.#cover.hidden = !cover;
    if (cover) this.#draw(cover, changed, state.name === 'problem');
    this.#drawButtons(state);
    if (changed) announce(cover ? t('titleAndText', { title: cover.title, text: cover.text }) : spokenName(state));
  }

  /** Draws the state again, in another language for instance. */
  refresh(): void {
    this.show(this.#state);
  }

  #draw({ icon, title, text, share, remedies = [] }: Cover, changed: boolean, problem: boolean): void {
    setIcon(this.#cover, icon);
    this.#cover.dataset.tone = problem ? 'problem' : 'work';
    element('cover-title').textContent = title;
    element('cover-text').textContent = text;
    this.#progress.hidden = share === undefined;
    if (typeof share === 'number') this.#progress.value = share;
    else this.#progress.removeAttribute('value');
    if (!changed) return;
    const buttons = remedies.map((remedy) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = t(remedyNames[remedy]);
      button.dataset.remedy = remedy;
      button.addEventListener('click', () => this.#onRemedy(remedy));
      return button;
    });
    element('cover-actions').replaceChildren(...buttons);
    if (problem) buttons[0]?.focus({ preventScroll: true });
  }

  #drawButtons({ name }: StageState): void {
    const start = element<HTMLButtonElement>('start');
    const busy = name === 'live' || name === 'working' || name === 'asking' || name === 'starting';
    setButton(start, busy ? 'stop' : 'play', t(name === 'live' ? 'stop' : busy ? 'cancel' : 'start'));
    start.disabled = name === 'loading';
    element('record').hidden = name !== 'live';
    element<HTMLButtonElement>('make').disabled = busy || name === 'loading';
  }
}

function coverOf(state: StageState): Cover | undefined {
  switch (state.name) {
    case 'loading':
      return { icon: 'download', title: t('loading'), ...loadingText(state.progress) };
    case 'asking':
      return { icon: 'lock', title: t('asking'), text: t('askingText', { devices: t(state.devices) }) };
    case 'starting':
      return { icon: 'chip', title: t('starting'), text: '', share: null };
    case 'working': {
      const { done, total, left } = state;
      const text = left === undefined ? t('workingStart') : t('workingText', { done, total, left: formatTime(left) });
      return { icon: 'film', title: t('working'), text, share: total > 0 ? done / total : null };
    }
    case 'problem':
      return state.problem;
    case 'ready':
      if (!state.hint) return undefined;
      return { icon: state.hint === 'openCamera' ? 'camera' : 'face', title: t(state.hint), text: t('staysHere') };
    case 'live':
    case 'done':
      return undefined;
    default:
      return state satisfies never;
  }
}

function loadingText(progress?: LoadProgress): { text: string; share: number | null } {
  if (!progress) return { text: '', share: null };
  const { stage, done, total } = progress;
  const share = total ? done / total : null;
  if (stage === 'load') return { text: t('loadingLoad'), share };
  if (stage === 'warm-up') return { text: t('loadingWarmUp'), share };
  const of = total ? formatBytes(total) : t('sizeUnknown');
  return { text: t('loadingDownload', { done: formatBytes(done), total: of }), share };
}

function spokenName(state: StageState): string {
  if (state.name === 'live') return t('live');
  return state.name === 'done' ? state.summary : '';
}
