import { chosen, element } from './dom.ts';
import { formatBytes, t } from './i18n.ts';

export type FaceChoice = 'example' | 'webcam' | 'video' | 'picture';
export type VoiceChoice = 'example' | 'microphone' | 'file' | 'own';

const examples = {
  face: new URL('./assets/face.mp4', import.meta.url).href,
  voice: new URL('./assets/voice.wav', import.meta.url).href,
};

/** The radios of face and voice, and the files behind them. */
export class Choices {
  readonly #files = new Map<string, File>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
    for (const radio of document.querySelectorAll<HTMLInputElement>('.tiles input')) {
      radio.addEventListener('change', () => this.#changed());
      // The keyboard passes over radios on its way; only a press opens the browser's dialogue.
      radio.addEventListener('click', ({ detail }) => {
        if (detail > 0 && !this.#file(radio.name)) this.pickFile(radio.name);
      });
    }
    for (const id of ['face-video', 'face-picture', 'voice-file']) {
      const input = element<HTMLInputElement>(id);
      input.addEventListener('change', () => {
        if (input.files?.[0]) this.#files.set(id, input.files[0]);
        input.value = '';
        this.#changed();
      });
    }
    this.refresh();
  }

  get face(): FaceChoice {
    return chosen('face') as FaceChoice;
  }

  get voice(): VoiceChoice {
    return chosen('voice') as VoiceChoice;
  }

  /** The face's file or its address; undefined for a webcam, or while none was picked. */
  get faceFile(): File | string | undefined {
    return this.face === 'example' ? examples.face : this.#file('face');
  }

  /** The voice's file or its address; undefined for a microphone, or while none was picked. */
  get voiceFile(): File | string | undefined {
    if (this.voice === 'example') return examples.voice;
    return this.voice === 'own' ? this.faceFile : this.#file('voice');
  }

  /** Opens the browser's dialogue for a file that is missing; returns whether one is. */
  pickMissing(): boolean {
    const missing = [
      this.face !== 'webcam' && !this.faceFile && 'face',
      this.voice === 'file' && !this.voiceFile && 'voice',
    ];
    const group = missing.find(Boolean);
    if (group) this.pickFile(group);
    return Boolean(group);
  }

  /** Opens the browser's dialogue for the file of `face` or `voice`, if what is chosen there is a file. */
  pickFile(group: string): void {
    const id = this.#inputId(group);
    if (id) element<HTMLInputElement>(id).click();
  }

  /** Takes a file that was dropped on the page. */
  take(file: File): void {
    const [kind] = file.type.split('/');
    if (kind === 'audio') this.#choose('voice', 'file', 'voice-file', file);
    else if (kind === 'image') this.#choose('face', 'picture', 'face-picture', file);
    else this.#choose('face', 'video', 'face-video', file);
  }

  useExamples(): void {
    for (const group of ['face', 'voice']) this.#check(group, 'example');
    this.#changed();
  }

  /** Writes what is chosen under the radios. */
  refresh(): void {
    const own = document.querySelector<HTMLInputElement>('input[name="voice"][value="own"]');
    if (own) own.disabled = this.face !== 'video';
    this.#describe('face', this.face === 'example' ? t('exampleFaceNote') : undefined);
    this.#describe('voice', this.voice === 'example' ? t('exampleVoiceNote') : undefined);
  }

  #changed(): void {
    if (this.voice === 'own' && this.face !== 'video') this.#check('voice', 'example');
    this.refresh();
    this.#onChange();
  }

  #choose(group: string, value: string, id: string, file: File): void {
    this.#files.set(id, file);
    this.#check(group, value);
    this.#changed();
  }

  #check(group: string, value: string): void {
    const radio = document.querySelector<HTMLInputElement>(`input[name="${group}"][value="${value}"]`);
    if (radio) radio.checked = true;
  }

  #inputId(group: string): string | undefined {
    const value = chosen(group);
    if (group === 'face' && (value === 'video' || value === 'picture')) return `face-${value}`;
    return group === 'voice' && value === 'file' ? 'voice-file' : undefined;
  }

  #file(group: string): File | undefined {
    const id = this.#inputId(group);
    return id ? this.#files.get(id) : undefined;
  }

  #describe(group: string, note: string | undefined): void {
    const line = element(`${group}-chosen`);
    const file = this.#file(group);
    const text = document.createElement('span');
    text.textContent = file ? `${file.name}, ${formatBytes(file.size)}` : (note ?? '');
    if (!this.#inputId(group)) {
      line.replaceChildren(...(note ? [text] : []));
      return;
    }
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'quiet';
    button.textContent = t(file ? 'change' : 'chooseFile');
    button.addEventListener('click', () => this.pickFile(group));
    line.replaceChildren(...(file ? [text] : []), button);
  }
}
