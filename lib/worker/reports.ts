import { type ProxyMarked, proxy, type Remote, releaseProxy } from 'comlink';

/** A function of the page: in the worker a call of it goes there, and its answer is a promise. */
export type Callback<Args extends unknown[]> = ((...args: Args) => void) & ProxyMarked;

/** Calls a function of the page without waiting for each call, and lets go of it in the end. */
export class Reports<Args extends unknown[]> {
  readonly #callback: Remote<(...args: Args) => void> | undefined;
  #last: Promise<void> | undefined;

  constructor(callback: Callback<Args> | undefined) {
    this.#callback = callback as unknown as Remote<(...args: Args) => void> | undefined;
  }

  readonly send = (...args: Args): void => {
    this.#last = (this.#callback as ((...args: Args) => Promise<void>) | undefined)?.(...args);
  };

  /** Waits until the page has got every call. */
  async finish(): Promise<void> {
    await this.#last;
    this.#callback?.[releaseProxy]();
  }
}

/** A function of the page as it is sent. What it throws concerns the page alone, not the work. */
export function callback<Args extends unknown[]>(
  listener: ((...args: Args) => void) | undefined,
): Callback<Args> | undefined {
  if (!listener) return undefined;
  return proxy((...args: Args): void => {
    try {
      listener(...args);
    } catch (error) {
      reportError(error);
    }
  });
}
