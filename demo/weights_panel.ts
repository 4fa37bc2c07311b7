import type { App } from './app.ts';
import { element } from './dom.ts';
import { formatBytes, t } from './i18n.ts';
import type { WeightsSource } from './talker.ts';

/** The choice of weights: the bundled ones, those tuned here, a file, or an address whose size is told before it is fetched. */
export class WeightsPanel {
  readonly #app: App;
  readonly #select = element<HTMLSelectElement>('weights');
  readonly #address = element<HTMLInputElement>('address');
  readonly #load = element<HTMLButtonElement>('address-load');
  readonly #file = element<HTMLInputElement>('weights-file');
  #inUse = 'small';
  #tuned: Blob | undefined;
  #picked: File | undefined;
  /** The address whose size was told: pressing the button again fetches it. */
  #measured = '';

  constructor(app: App) {
    this.#app = app;
    this.#select.addEventListener('change', () => void this.#chosen());
    this.#file.addEventListener('change', () => {
      this.#picked = this.#file.files?.[0];
      this.#file.value = '';
      if (this.#picked) void this.#use('file');
    });
    this.#file.addEventListener('cancel', () => this.refresh());
    this.#load.addEventListener('click', () => void this.#measureOrFetch());
    element('choices').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#measureOrFetch();
    });
    this.#address.addEventListener('input', () => this.#forgetMeasured());
    this.refresh();
  }

  /** Offers weights that were tuned here, perhaps in use already. */
  offerTuned(weights: Blob | undefined, inUse = false): void {
    this.#tuned = weights;
    if (inUse) this.#inUse = 'tuned';
    this.refresh();
  }

  /** Forgets the tuned weights; where they are in use, those that they were made of take their place. */
  async withdrawTuned(base: WeightsSource): Promise<void> {
    this.#tuned = undefined;
    if (this.usesTuned) await this.useAgain(base);
    this.refresh();
  }

  get usesTuned(): boolean {
    return this.#inUse === 'tuned';
  }

  /** Takes the tuned weights into use. Returns whether that worked. */
  useTuned(): Promise<boolean> {
    return this.#use('tuned');
  }

  /** Takes weights into use that were so before. Returns whether that worked. */
  async useAgain(source: WeightsSource): Promise<boolean> {
    if (source === this.#app.talker.weights) return true;
    if (source === 'small') return this.#use('small');
    if (source instanceof File) {
      this.#picked = source;
      return this.#use('file');
    }
    return this.#loaded('address', await this.#app.useWeights(source));
  }

  /** Writes the options, in the language in use. */
  refresh(): void {
    const options: [value: string, text: string][] = [['small', t('smallModel')]];
    if (this.#tuned) options.push(['tuned', t('tunedModel')]);
    if (this.#picked) options.push(['file', this.#picked.name]);
    options.push(['pick', t('fileModel')], ['address', t('addressModel')]);
    this.#select.replaceChildren(
      ...options.map(([value, text]) => new Option(text, value, false, value === this.#inUse)),
    );
    element('address-row').hidden = this.#inUse !== 'address';
    this.#forgetMeasured();
  }

  async #chosen(): Promise<void> {
    const { value } = this.#select;
    element('address-row').hidden = value !== 'address';
    element('weights-note').textContent = value === 'address' ? t('addressHint') : '';
    if (value === 'pick') this.#file.click();
    else if (value === 'address') this.#address.focus();
    else await this.#use(value);
  }

  async #use(name: string): Promise<boolean> {
    const source = name === 'tuned' ? this.#tuned : name === 'file' ? this.#picked : 'small';
    if (!source) return false;
    return this.#loaded(name, await this.#app.useWeights(source));
  }

  #loaded(name: string, worked: boolean): boolean {
    if (worked) this.#inUse = name;
    this.refresh();
    return worked;
  }

  async #measureOrFetch(): Promise<void> {
    const note = element('weights-note');
    const address = this.#address.value.trim();
    if (!URL.canParse(address)) {
      note.textContent = t('badAddress');
      this.#address.focus();
      return;
    }
    if (this.#measured === address) {
      this.#loaded('address', await this.#app.useWeights(address));
      return;
    }
    this.#load.disabled = true;
    try {
      const size = await this.#app.talker.sizeOf(address);
      this.#measured = address;
      this.#load.textContent = t('loadNow', { size: size === undefined ? t('sizeUnknown') : formatBytes(size) });
      note.textContent = '';
    } catch (error) {
      note.textContent = (error as Error).message;
    }
    this.#load.disabled = false;
  }

  #forgetMeasured(): void {
    this.#measured = '';
    this.#load.textContent = t('load');
  }
}
