import { pageInChinese, type StringKey, strings } from './strings.ts';

export type { StringKey } from './strings.ts';
export type Language = 'en' | 'zh';

const STORED = 'talkingface-language';
let current: Language =
  (localStorage.getItem(STORED) as Language) || (navigator.language.startsWith('zh') ? 'zh' : 'en');

/** The sentence of a key in the language in use, its `{names}` filled in. */
export function t(key: StringKey, values: Readonly<Record<string, string | number>> = {}): string {
  return strings[key][current].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

export function language(): Language {
  return current;
}

/** Writes every marked element of the page in a language, and remembers it. */
export function speak(next: Language = current): void {
  if (next !== current) localStorage.setItem(STORED, next);
  current = next;
  document.documentElement.lang = next === 'zh' ? 'zh-Hans' : 'en';
  for (const element of document.querySelectorAll<HTMLElement>('[data-t], [data-t-label]')) {
    const { t: key, tLabel = '' } = element.dataset;
    if (key) element.textContent = marked(key, element.textContent ?? '');
    else element.ariaLabel = marked(tLabel, element.ariaLabel ?? '');
  }
}

/** The page's own English, as it was found in the HTML. */
const english = new Map<string, string>();

function marked(key: string, found: string): string {
  if (!english.has(key)) english.set(key, found);
  if (current === 'en') return english.get(key) ?? found;
  return pageInChinese[key] ?? strings[key as StringKey].zh;
}

export const formatBytes = (bytes: number): string =>
  bytes < 1e5 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;

export const formatTime = (seconds: number): string =>
  seconds < 90 ? t('seconds', { n: Math.ceil(seconds) }) : t('minutes', { n: Math.ceil(seconds / 60) });
