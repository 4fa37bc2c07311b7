import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { launchOptions } from '../find_browser.ts';
import { Consumer, inPage, type Report, repository, serveFiles, serveSources } from './consumer.ts';

/** KiB, gzip: what a page loads before anything happens, and what its worker loads once. */
const BUDGET = { 'dist/index.js': 10, 'dist/worker/worker.js': 420 };
/** Bytes of the bundled generator's weights. */
const WEIGHTS_BUDGET = 6e6;

/** Every name that an application may use, with its type. */
const typed = `
import { type AnimatedFile, createTalkingFace, type TalkingFace, UserError } from 'talkingface';
import { type BackendName, startBackend, type StartedBackend, Wav2LipGenerator } from 'talkingface/toolkit';

export async function talk(face: File, audio: Blob): Promise<AnimatedFile> {
  const talking: TalkingFace = await createTalkingFace({ onNotice: ({ message }) => console.log(message.length) });
  await talking.fromPretrained('small', { onProgress: ({ stage, done, total = 1 }) => console.log(stage, done / total) });
  for await (const { picture } of talking.animate({ face, audio }, { format: 'videoframe' })) picture.close();
  if (talking.backend.name === 'wasm') throw new UserError('slow');
  return talking.animateToFile({ face, audio }, { pads: [0, 10, 0, 0] });
}

export const start = (name: BackendName): Promise<StartedBackend> => startBackend(name);
export const generator = new Wav2LipGenerator(0.25);
`;

/** The toolkit, without a worker. */
const toolkit = `
import { Random, startBackend, Wav2LipAnimator, Wav2LipGenerator } from 'talkingface/toolkit';
const wasm = (name) => new URL('/node_modules/@tensorflow/tfjs-backend-wasm/dist/' + name, location.href).href;
const names = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];
globalThis.redraw = async () => {
  await startBackend('wasm', { wasmPaths: Object.fromEntries(names.map((name) => [name, wasm(name)])), threads: 1 });
  const generator = new Wav2LipGenerator(0.25).initialize(new Random(1));
  const animator = new Wav2LipAnimator(generator.prepare());
  const voice = animator.hear({ samples: new Float32Array(16000), sampleRate: 16000 }, 25);
  const picture = await animator.animate(new Uint8Array(96 * 96 * 3).fill(128), voice, [0]);
  animator.dispose();
  return [picture.length, new Set(picture).size];
};
`;

const settings = {
  compilerOptions: {
    target: 'ES2022',
    module: 'ESNext',
    moduleResolution: 'bundler',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  },
  files: ['typed.ts'],
};

describe('the package as npm would publish it', () => {
  let consumer: Consumer;
  let browser: Browser;

  beforeAll(async () => {
    consumer = new Consumer();
    browser = await chromium.launch(launchOptions());
  }, 600_000);

  afterAll(async () => {
    await browser?.close();
    consumer?.remove();
  });

  it('holds the built library with its types and licences, and no sources, tests or tools', () => {
    const { contents } = consumer;
    for (const name of [
      'index.js',
      'index.d.ts',
      'toolkit.js',
      'toolkit.d.ts',
      'worker/worker.js',
      'worker/worker.d.ts',
    ])
      expect(contents).toContain(`dist/${name}`);
    expect(contents).toContain('LICENSE');
    expect(contents.filter((path) => !/^(dist\/|LICENSE$|README(\.zh)?\.md$|package\.json$)/.test(path))).toEqual([]);
    const licences = readFileSync(consumer.path('node_modules/talkingface/dist/worker/worker.LICENSES.txt'), 'utf8');
    for (const name of ['@tensorflow/tfjs-core', '@vladmandic/human', 'mediabunny', 'comlink'])
      expect(licences).toContain(`${name} `);
  });

  it('installs without the command line and its native programs', () => {
    const installed = readdirSync(consumer.path('node_modules'));
    expect(installed).toContain('talkingface');
    for (const name of ['node-harness', 'node-av', 'webgpu', 'commander']) expect(installed).not.toContain(name);
  });

  it('is as small as it should be', () => {
    const dist = consumer.path('node_modules/talkingface');
    const sizes = Object.keys(BUDGET).map((name) => [name, gzipSync(readFileSync(join(dist, name))).length / 1024]);
    console.log(sizes.map(([name, size]) => `${name}: ${Number(size).toFixed(1)} KiB gzip`).join(', '));
    for (const [name, size] of sizes) expect(size, String(name)).toBeLessThan(BUDGET[name as keyof typeof BUDGET]);
    expect(statSync(join(dist, 'dist/worker/assets/wav2lip.safetensors')).size).toBeLessThan(WEIGHTS_BUDGET);
  });

  it('has types that an application can be checked against', () => {
    consumer.write('typed.ts', typed);
    consumer.write('tsconfig.json', JSON.stringify(settings));
    const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
    const check = (...options: string[]) =>
      spawnSync(process.execPath, [compiler, '-p', consumer.folder, ...options], { encoding: 'utf8' });
    const { status, stdout } = check('--skipLibCheck');
    expect([status, stdout]).toEqual([0, '']);
    // The declarations themselves too; those of TensorFlow.js contradict the compiler's own about WebGPU.
    const lines = check().stdout.split('\n');
    expect(lines.filter((line) => /^(typed\.ts|\S*node_modules\/talkingface\/)/.test(line))).toEqual([]);
  });

  /** Animates in a page of the application, and holds the whole visit to what it should be. */
  async function expectTalking(address: string, options: object = { threads: 1 }): Promise<Report> {
    const visit = await inPage(browser, address, (page) => page.evaluate<Report>(`talk(${JSON.stringify(options)})`));
    expect(visit).toMatchObject({ errors: [], foreign: [], workers: 0 });
    expect(visit.most).toBeGreaterThan(0);
    const report = visit.result;
    expect(report).toMatchObject({
      model: { name: 'small', width: 0.25 },
      file: { type: 'video/mp4', frames: report.frames },
      error: { isUserError: true, message: expect.stringMatching(/notes\.txt/) },
    });
    expect(report.frames).toBeGreaterThan(5);
    expect(report.colours).toBeGreaterThan(100);
    expect(report.file.size).toBeGreaterThan(5000);
    expect(report.tensors[1]).toBe(report.tensors[0]);
    return report;
  }

  it('animates in a page bundled by Vite, and keeps its main thread free', async () => {
    await build(consumer.vite({ build: { outDir: 'vite' } }));
    const site = await serveFiles(consumer.path('vite'));
    const { longTasks } = await expectTalking(site.address);
    expect(longTasks).toEqual([]);
    await site.close();
  });

  it('animates with threads in a page that is isolated', async () => {
    const site = await serveFiles(consumer.path('vite'), {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    });
    const { backend } = await expectTalking(site.address, { threads: 2 });
    expect(backend).toBe('wasm on 2 threads');
    await site.close();
  });

  it('animates under a strict policy, on one thread where that forbids more, and says so', async () => {
    const strict = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
    const lax = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:";
    const found: unknown[] = [];
    for (const policy of [strict, lax]) {
      const site = await serveFiles(consumer.path('vite'), {
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
        'Content-Security-Policy': policy,
      });
      const visit = await inPage(browser, site.address, async (page) => {
        // A browser plays sound only after a click.
        await page.click('canvas');
        return page.evaluate('talkLive()');
      });
      await site.close();
      expect(visit.errors.filter((message) => !/Content Security Policy/.test(message))).toEqual([]);
      expect(visit.most).toBeGreaterThan(0);
      expect(visit.workers).toBe(0);
      found.push(visit.result);
    }
    expect(found).toEqual([
      { backend: 'wasm on 1 thread', notices: ['threads'] },
      { backend: 'wasm on 2 threads', notices: [] },
    ]);
  });

  it("animates in a page of Vite's development server", async () => {
    const site = await serveSources(consumer.vite());
    await expectTalking(site.address);
    await site.close();
  });

  it('animates in a page bundled by webpack', async () => {
    const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
      const options: webpack.Configuration = {
        mode: 'production',
        context: consumer.folder,
        entry: './main.js',
        output: { path: consumer.path('webpack'), filename: 'main.js' },
        performance: false,
      };
      webpack(options, (error, stats) => (error ? reject(error) : resolve(stats)));
    });
    expect(stats?.toJson({ all: false, errors: true, warnings: true })).toMatchObject({ errors: [], warnings: [] });
    consumer.addPage('webpack');
    const site = await serveFiles(consumer.path('webpack'));
    await expectTalking(site.address);
    await site.close();
  });

  it('animates in a page without a bundler', async () => {
    const site = await serveFiles(consumer.folder);
    await expectTalking(`${site.address}plain.html`);
    await site.close();
  });

  it('gives the toolkit to a page bundled by Vite', async () => {
    consumer.write('main.js', toolkit);
    await build(consumer.vite({ base: './', build: { outDir: 'toolkit', target: 'es2022' } }));
    const site = await serveFiles(consumer.folder);
    const visit = await inPage(browser, `${site.address}toolkit/`, (page) => page.evaluate<number[]>('redraw()'));
    expect(visit).toMatchObject({ errors: [], foreign: [] });
    expect(visit.result[0]).toBe(96 * 96 * 3);
    expect(visit.result[1]).toBeGreaterThan(1);
    await site.close();
  });
});
