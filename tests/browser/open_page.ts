import { type Browser, chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';

type Tasks = typeof import('./page/tasks.ts');
type Task = keyof Tasks;
type Result<K extends Task> = Awaited<ReturnType<Tasks[K]>>;

export const launchOptions = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A page of a browser of its own, which runs the functions of `page/tasks.ts`. */
export class TestPage {
  /** What the page wrote to the console as an error, and what it threw. */
  readonly errors: string[] = [];
  readonly page: Page;
  readonly #browser: Browser;

  constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.page = page;
    page.on('pageerror', (error) => this.errors.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(`${message.text()} (${message.location().url})`);
    });
  }

  /** Runs a task in the page's main thread. Arguments and the result travel as JSON. */
  run<K extends Task>(name: K, ...args: Parameters<Tasks[K]>): Promise<Result<K>> {
    const call = `${name}(...${JSON.stringify(args)})`;
    return this.page.evaluate(`import('/tests/browser/page/tasks.ts').then((tasks) => tasks.${call})`);
  }

  /** Runs a task in a Web Worker of its own. */
  runInWorker<K extends Task>(name: K, ...args: Parameters<Tasks[K]>): Promise<Result<K>> {
    return this.page.evaluate(`new Promise((resolve, reject) => {
      const worker = new Worker('/tests/browser/page/worker.ts', { type: 'module' });
      const end = (settle, value) => { worker.terminate(); settle(value); };
      worker.onmessage = ({ data }) => data.error ? end(reject, new Error(data.error)) : end(resolve, data.value);
      worker.onerror = (event) => end(reject, new Error(event.message || 'The worker did not start.'));
      worker.postMessage(${JSON.stringify([name, args])});
    })`);
  }

  /** Ends the browser. Throws when the page had errors. */
  async close(): Promise<void> {
    await this.#browser.close();
    if (this.errors.length > 0) throw new Error(`The page had errors:\n${this.errors.join('\n')}`);
  }
}

/** Opens a page; `isolated: false` leaves out the headers that allow threads. */
export async function openPage({ isolated = true } = {}): Promise<TestPage> {
  const executablePath = inject('browserPath');
  const browser = await chromium.launch({ executablePath, args: launchOptions, timeout: 60_000 });
  const page = await browser.newPage();
  const testPage = new TestPage(browser, page);
  await page.goto(`${inject('origin')}/${isolated ? '' : '?plain'}`, { timeout: 60_000 });
  return testPage;
}
