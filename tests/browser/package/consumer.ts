import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { createServer, type InlineConfig, preview } from 'vite';
import { encodeWav } from '../../../lib/media/wav.ts';

export const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** What a page made of the package reports. */
export interface Report {
  backend: string;
  model: { name: string; width: number };
  frames: number;
  /** Different colours in the last picture. */
  colours: number;
  file: { type: string; size: number; frames: number };
  /** What came of weights that are none. */
  error: { isUserError: boolean; message: string };
  /** ms of each task of the main thread that was over 50 ms. */
  longTasks: number[];
  /** Tensors before and after the work. */
  tensors: [number, number];
}

/** An application that somebody else writes with the installed package. Without types, so that it needs no bundler. */
const application = `
import { createTalkingFace, UserError } from 'talkingface';

const clip = { face: './clip/face.mp4', audio: './clip/voice.wav' };
const box = [60, 320, 80, 300];

globalThis.talk = async (options) => {
  const face = await createTalkingFace({ backend: 'wasm', ...options });
  const { name, width } = await face.fromPretrained('small');
  const error = await face.fromPretrained(new File(['no weights'], 'notes.txt')).catch((error) => error);
  const before = await face.memory();
  const canvas = document.querySelector('canvas');
  const context = canvas.getContext('2d');
  const longTasks = [];
  const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)));
  observer.observe({ type: 'longtask' });
  let frames = 0;
  for await (const { picture } of face.animate(clip)) {
    context.drawImage(picture, 0, 0);
    picture.close();
    frames++;
  }
  const { file, frames: written } = await face.animateToFile(clip, { box });
  longTasks.push(...observer.takeRecords().map(({ duration }) => duration));
  observer.disconnect();
  const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  const after = await face.memory();
  const backend = face.backend.description;
  await face.dispose();
  return {
    backend,
    model: { name, width },
    frames,
    colours: new Set(pixels).size,
    file: { type: file.type, size: file.size, frames: written },
    error: { isUserError: error instanceof UserError, message: error.message },
    longTasks,
    tensors: [before.tensors, after.tensors],
  };
};

globalThis.talkLive = async () => {
  const notices = [];
  const face = await createTalkingFace({ backend: 'wasm', threads: 2, onNotice: ({ kind }) => notices.push(kind) });
  await face.fromPretrained('small');
  const canvas = document.querySelector('canvas');
  const context = canvas.getContext('2d');
  const drawing = setInterval(() => context.fillRect(0, 0, Math.random() * 384, 384), 40);
  const [video] = canvas.captureStream(25).getVideoTracks();
  let heard;
  const isHeard = new Promise((resolve) => (heard = resolve));
  const onStats = ({ voice }) => voice && heard();
  const { stop } = await face.animateTrack({ video, audio: clip.audio }, { onStats });
  await isHeard;
  await stop();
  clearInterval(drawing);
  const backend = face.backend.description;
  await face.dispose();
  return { backend, notices };
};
`;

const html = (head: string) => `<!doctype html>
<html lang="en">
  <head>
    <title>Consumer</title>
    <link rel="icon" href="data:,">
    ${head}
  </head>
  <body><canvas width="384" height="384"></canvas></body>
</html>
`;

/** Runs npm as the application's author does. */
export function npm(folder: string, ...args: string[]): string {
  // The variables that npm sets for scripts would point the inner npm at this repository.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!config_cache)/.test(name)));
  const options = { cwd: folder, env, encoding: 'utf8', shell: process.platform === 'win32' } as const;
  return execFileSync('npm', args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** A folder with the packed package installed, and an application that uses it. */
export class Consumer {
  readonly folder = mkdtempSync(join(tmpdir(), 'talkingface-package-'));
  /** The paths in the package. */
  readonly contents: readonly string[];

  constructor() {
    npm(repository, 'run', '--silent', 'build');
    const [{ filename, files }] = JSON.parse(npm(repository, 'pack', '--json', '--pack-destination', this.folder));
    this.contents = files.map((file: { path: string }) => file.path);
    const manifest = { private: true, type: 'module', dependencies: { talkingface: `file:${filename}` } };
    this.write('package.json', JSON.stringify(manifest));
    npm(this.folder, 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund');
    this.write('main.js', application);
    this.write('index.html', html('<script type="module" src="./main.js"></script>'));
    this.write(
      'plain.html',
      html(`<script type="importmap">{ "imports": { "talkingface": "./node_modules/talkingface/dist/index.js" } }</script>
    <script type="module" src="./main.js"></script>`),
    );
    this.addClip('.');
    // What Vite copies as it is.
    this.addClip('public');
  }

  /** Puts a page with the script `main.js`, which is no module, and the clip into a folder. */
  addPage(folder: string): void {
    this.write(`${folder}/index.html`, html('<script defer src="./main.js"></script>'));
    this.addClip(folder);
  }

  addClip(folder: string): void {
    mkdirSync(this.path(folder, 'clip'), { recursive: true });
    copyFileSync(join(repository, 'demo/assets/face.mp4'), this.path(folder, 'clip/face.mp4'));
    const samples = Float32Array.from({ length: 0.5 * 16000 }, (_, i) => 0.5 * Math.sin(i / 8) * Math.sin(i / 900));
    this.write(`${folder}/clip/voice.wav`, encodeWav({ samples, sampleRate: 16000 }));
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  write(name: string, content: string | Uint8Array): void {
    writeFileSync(this.path(name), content);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** How every Vite here is started: as in an application without a configuration. */
  vite(config: InlineConfig = {}): InlineConfig {
    return { root: this.folder, configFile: false, logLevel: 'error', ...config };
  }
}

/** Serves a folder as any server of files does. */
export async function serveFiles(folder: string, headers: Record<string, string> = {}) {
  const site = await preview({
    configFile: false,
    logLevel: 'error',
    root: folder,
    build: { outDir: '.' },
    preview: { port: 0, headers },
  });
  return { address: site.resolvedUrls?.local[0] ?? '', close: () => site.close() };
}

/** Serves an application's sources with Vite's development server. */
export async function serveSources(config: InlineConfig) {
  const site = await createServer({ ...config, server: { port: 0 } });
  await site.listen();
  return { address: site.resolvedUrls?.local[0] ?? '', close: () => site.close() };
}

/** Lets a page work, and tells what it printed as errors, the most workers that it had, and those that it left. */
export async function inPage<T>(browser: Browser, address: string, work: (page: Page) => Promise<T>) {
  const page = await browser.newPage();
  // The browser's own list: Playwright's sometimes keeps a worker of a worker whose end it was not told.
  const session = await browser.newBrowserCDPSession();
  const countWorkers = async () => {
    const { targetInfos } = await session.send('Target.getTargets');
    return targetInfos.filter(({ type }) => type === 'worker').length;
  };
  let most = 0;
  const counting = setInterval(async () => {
    most = Math.max(most, await countWorkers());
  }, 200);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  // What is not from here.
  const foreign: string[] = [];
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (/^http/.test(protocol) && host !== new URL(address).host) foreign.push(request.url());
  });
  try {
    await page.goto(address);
    const result = await work(page);
    clearInterval(counting);
    // Their end is told a little later.
    for (let tries = 0; (await countWorkers()) > 0 && tries < 200; tries++) await page.waitForTimeout(100);
    return { result, errors, foreign, most, workers: await countWorkers() };
  } finally {
    clearInterval(counting);
    await session.detach();
    await page.close();
  }
}
