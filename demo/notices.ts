import { element } from './dom.ts';
import { t } from './i18n.ts';

/** What each kind says, in the language in use when it is called. */
const words = new Map<string, () => string>();

/** Shows a sentence under the picture until it is dismissed, or replaced by another of the same kind. */
export function notice(kind: string, text: () => string): void {
  withdraw(kind);
  words.set(kind, text);
  const item = document.createElement('li');
  item.dataset.kind = kind;
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'quiet';
  close.append(crossIcon());
  close.addEventListener('click', () => withdraw(kind));
  item.append(document.createElement('span'), close);
  element('notices').append(item);
  refreshNotices();
}

/** Takes the notice of a kind away. */
export function withdraw(kind: string): void {
  words.delete(kind);
  element('notices').querySelector(`[data-kind="${kind}"]`)?.remove();
}

/** Writes all notices again, in the language in use. */
export function refreshNotices(): void {
  for (const item of element('notices').querySelectorAll('li')) {
    const [text, close] = item.children;
    text.textContent = words.get(item.dataset.kind ?? '')?.() ?? '';
    close.ariaLabel = t('dismiss');
  }
}

function crossIcon(): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', './icons.svg#close');
  svg.ariaHidden = 'true';
  svg.append(use);
  return svg;
}
