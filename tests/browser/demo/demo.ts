import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect, inject } from 'vitest';
import { encodeSafetensors } from '../../../lib/checkpoint/safetensors.ts';
import { encodeWav } from '../../../lib/media/wav.ts';
import { Wav2LipGenerator } from '../../../lib/model/audio_driven_talkingface/wav2lip/generator.ts';
import { Random } from '../../../lib/utils/random.ts';
import { nodeMedia } from '../../../node-harness/platform/media.ts';
import { startTestBackend } from '../../backends.ts';
import { launchOptions } from '../find_browser.ts';

export const asset = (name: string): string => fileURLToPath(new URL(`../../../demo/assets/${name}`, import.meta.url));
/** Where pictures of the page are left to be looked at. */
const pictures = fileURLToPath(new URL('../../../out/demo-states/', import.meta.url));
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

export function launch(...args: string[]): Promise<Browser> {
  const options = launchOptions();
  return chromium.launch({ ...options, args: [...options.args, ...args] });
}

/** A page with the demo in it, and what a test wants to know of it. */
export class Demo {
  readonly page: Page;
  /** Requests to other servers than the demo's. */
  readonly outside: string[] = [];
  readonly errors: string[] = [];

  constructor(page: Page) {
    this.page = page;
    const { origin } = new URL(inject('demoUrl'));
    page.context().on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(origin) && !/^(blob|data):/.test(url)) this.outside.push(url);
    });
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  static async open(browser: Browser, options: BrowserContextOptions = {}): Promise<Demo> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en', ...options });
    const demo = new Demo(await context.newPage());
    await demo.page.goto(inject('demoUrl'));
    return demo;
  }

  /** Waits until the stage is in one of these states. */
  async until(...names: string[]): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => wanted.includes(document.getElementById('stage')?.dataset.state ?? ''),
      names,
      { timeout: 120_000 },
    );
  }

  /** Chooses the radio of a group by its value. */
  async choose(group: string, value: string): Promise<void> {
    await this.page.check(`input[name="${group}"][value="${value}"]`);
  }

  /** Presses a button and saves what it downloads. */
  async download(button: string, path: string): Promise<void> {
    const [download] = await Promise.all([this.page.waitForEvent('download'), this.page.click(button)]);
    await download.saveAs(path);
  }

  text(id: string): Promise<string> {
    return this.page.locator(`#${id}`).innerText();
  }

  /** Leaves a picture of the page to be looked at. */
  async picture(name: string, fullPage = false): Promise<void> {
    mkdirSync(pictures, { recursive: true });
    await this.page.screenshot({ path: `${pictures}${name}.png`, fullPage, animations: 'disabled' });
  }

  /** Fails where a person with a screen reader or weak sight would. */
  async expectAccessible(): Promise<void> {
    // The policy of the page keeps scripts out that are not its own; the debugger's are not bound by it.
    await this.page.evaluate(axe);
    const found = await this.page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
    });
    expect(found).toEqual([]);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}

/** Random weights of a generator with a sixteenth of the paper's channels, as a file. */
export async function tinyWeights(): Promise<Buffer> {
  await startTestBackend('wasm');
  const generator = new Wav2LipGenerator(1 / 16).initialize(new Random(1));
  const bytes = await encodeSafetensors(generator.stateDict());
  generator.dispose();
  return Buffer.from(bytes);
}

/** A part of the demo's voice as a file to be picked. */
export async function voiceFile(from: number, to: number) {
  const { samples, sampleRate } = await nodeMedia.readSound(asset('voice.wav'), 16000);
  const part = samples.slice(from * sampleRate, to * sampleRate);
  return { name: 'words.wav', mimeType: 'audio/wav', buffer: Buffer.from(encodeWav({ samples: part, sampleRate })) };
}
