import { element } from './dom.ts';
import { t } from './i18n.ts';

/** Shows a sentence under the picture until it is dismissed, or replaced by another of the same kind. */
export function notice(kind: string, text: string): void {
  withdraw(kind);
  const item = document.createElement('li');
  item.dataset.kind = kind;
  const words = document.createElement('span');
  words.textContent = text;
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'quiet';
  close.ariaLabel = t('dismiss');
  close.append(crossIcon());
  close.addEventListener('click', () => item.remove());
  item.append(words, close);
  element('notices').append(item);
}

/** Takes the notice of a kind away. */
export function withdraw(kind: string): void {
  element('notices').querySelector(`[data-kind="${kind}"]`)?.remove();
}

function crossIcon(): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', './icons.svg#close');
  svg.ariaHidden = 'true';
  svg.append(use);
  return svg;
}
