/** The element of this id, which the page's HTML is known to have. */
export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found as T;
}

/** Shows an icon of the sprite in an `<svg>` that has one already. */
export function setIcon(parent: Element, name: string): void {
  parent.querySelector('use')?.setAttribute('href', `./icons.svg#${name}`);
}

/** Gives a button made of an icon and a word another of each. */
export function setButton(button: HTMLElement, icon: string, text: string): void {
  setIcon(button, icon);
  const word = button.querySelector('span');
  if (word) word.textContent = text;
}

/** Says something to a screen reader. */
export function announce(text: string): void {
  element('announce').textContent = text;
}

/** The radio of a group that is chosen. */
export function chosen(name: string): string {
  return document.querySelector<HTMLInputElement>(`input[name="${name}"]:checked`)?.value ?? '';
}

/** Saves a file where the browser puts downloads. */
export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  Object.assign(link, { href: url, download: name });
  link.click();
  // The browser may begin to read only after this.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
