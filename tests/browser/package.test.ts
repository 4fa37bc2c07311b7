import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchOptions } from './find_browser.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** An application that somebody else writes with the installed package. */
const application = `
import wasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import {
  type BackendName,
  Random,
  startBackend,
  type StartedBackend,
  UserError,
  Wav2LipAnimator,
  Wav2LipGenerator,
} from 'talkingface';

const wasmPaths = {
  'tfjs-backend-wasm.wasm': wasm,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
};
declare global {
  var use: (name: BackendName) => Promise<StartedBackend | string>;
  var redraw: () => Promise<number[]>;
}
globalThis.use = async (name) => {
  try {
    return await startBackend(name, { wasmPaths, threads: 1 });
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
};
globalThis.redraw = async () => {
  const generator = new Wav2LipGenerator();
  generator.initialize(new Random(1));
  const animator = new Wav2LipAnimator(generator.prepare());
  const voice = animator.hear({ samples: new Float32Array(16000), sampleRate: 16000 }, 25);
  const picture = await animator.animate(new Uint8Array(96 * 96 * 3).fill(128), voice, [0]);
  animator.dispose();
  return [...picture];
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
  files: ['main.ts', 'url.d.ts'],
};

function npm(folder: string, ...args: string[]): string {
  // The variables that npm sets for scripts would point the inner npm at this repository.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!config_cache)/.test(name)));
  const options = { cwd: folder, env, encoding: 'utf8', shell: process.platform === 'win32' } as const;
  return execFileSync('npm', args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
}

describe('the package as npm would publish it', () => {
  let folder = '';
  let site: PreviewServer;
  let browser: Browser;
  let contents: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'talkingface-package-'));
    npm(repository, 'run', '--silent', 'build');
    const [{ filename, files }] = JSON.parse(npm(repository, 'pack', '--json', '--pack-destination', folder));
    contents = files.map((file: { path: string }) => file.path);
    const manifest = { private: true, type: 'module', dependencies: { talkingface: `file:${filename}` } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    npm(folder, 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund');
    writeFileSync(join(folder, 'main.ts'), application);
    writeFileSync(
      join(folder, 'url.d.ts'),
      "declare module '*?url' {\n  const url: string;\n  export default url;\n}\n",
    );
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    writeFileSync(
      join(folder, 'index.html'),
      '<link rel="icon" href="data:,"><script type="module" src="./main.ts"></script>',
    );
  }, 600_000);

  afterAll(async () => {
    await site?.close();
    rmSync(folder, { recursive: true, force: true });
    await browser?.close();
  });

  it('holds the built library with its types, and no sources, tests or tools', () => {
    expect(contents).toContain('dist/index.js');
    expect(contents).toContain('dist/index.d.ts');
    expect(contents).toContain('LICENSE');
    expect(contents.filter((path) => !/^(dist\/|LICENSE$|README\.md$|package\.json$)/.test(path))).toEqual([]);
  });

  it('installs without the command line and its native programs', () => {
    const installed = readdirSync(join(folder, 'node_modules'));
    expect(installed).toContain('talkingface');
    for (const name of ['node-harness', 'node-av', 'webgpu', 'commander']) expect(installed).not.toContain(name);
  });

  it('has types that an application can be checked against', () => {
    const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
    const check = (...options: string[]) =>
      spawnSync(process.execPath, [compiler, '-p', folder, ...options], { encoding: 'utf8' });
    const { status, stdout } = check('--skipLibCheck');
    expect([status, stdout]).toEqual([0, '']);
    // The declarations themselves too; those of TensorFlow.js contradict the compiler's own about WebGPU.
    const lines = check().stdout.split('\n');
    expect(lines.filter((line) => /^(main\.ts|\S*node_modules\/talkingface\/)/.test(line))).toEqual([]);
  });

  it('runs in a page when bundled by Vite', async () => {
    mkdirSync(join(folder, 'site'));
    await build({ root: folder, configFile: false, logLevel: 'error', build: { outDir: 'site', target: 'es2022' } });
    site = await preview({ root: folder, configFile: false, logLevel: 'error', build: { outDir: 'site' } });
    browser = await chromium.launch(launchOptions());
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(site.resolvedUrls?.local[0] ?? '');
    for (const name of ['wasm', 'webgpu', 'cpu'])
      expect(await page.evaluate(`use('${name}')`)).toMatchObject({ name, attempts: [] });
    expect(await page.evaluate(`use('tensorflow')`)).toMatch(/tensorflow/);
    await page.evaluate(`use('wasm')`);
    const picture: number[] = await page.evaluate('redraw()');
    expect(picture).toHaveLength(96 * 96 * 3);
    expect(new Set(picture).size).toBeGreaterThan(1);
    expect(errors).toEqual([]);
  });
});
