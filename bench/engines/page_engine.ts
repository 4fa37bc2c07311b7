import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { createServer, type Plugin, type ViteDevServer } from 'vite';
import { launchOptions } from '../../tests/browser/find_browser.ts';
import { isolation } from '../../tests/browser/server_plugins.ts';
import type { EngineSettings } from './engine.ts';
import type { RunningEngine, Timing } from './running_engine.ts';

const pageAddress = '/bench-page';
const modelAddress = '/bench-model.onnx';

/** Starts an engine in a page of a headless browser of its own. Throws the reason where it cannot run here. */
export async function startPageEngine(settings: EngineSettings): Promise<RunningEngine> {
  const options = launchOptions();
  // Some browsers need to be told to use the graphics card.
  const args = [...options.args, ...(process.env.TALKINGFACE_BROWSER_ARGS?.split(' ') ?? [])];
  if (!options.executablePath) throw new Error('no Chromium, Chrome or Edge was found.');
  const server = await serve(settings.model);
  const browser = await chromium.launch({ ...options, args });
  const stop = async () => {
    await browser.close();
    await server.close();
  };
  try {
    const page = await browser.newPage();
    await page.goto(new URL(pageAddress, server.resolvedUrls!.local[0]).href);
    const call = <T>(code: string): Promise<T> =>
      page.evaluate(`import('/bench/engines/page.ts').then((engine) => engine.${code})`);
    const description = await call<string>(`start(${JSON.stringify({ ...settings, model: modelAddress })})`);
    return {
      description,
      run: (batch, output = false) => call<Timing>(`run(${batch}, ${output})`),
      peak: () => call<number>('peak()'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Serves the repository's TypeScript, an empty page that may use threads, and the ONNX model. */
async function serve(model: string): Promise<ViteDevServer> {
  const files: Plugin = {
    name: 'bench-files',
    configureServer({ middlewares }) {
      middlewares.use(pageAddress, (_, response) => {
        response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>Benchmark</title>');
      });
      middlewares.use(modelAddress, (_, response) => createReadStream(model).pipe(response));
    },
  };
  const server = await createServer({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    configFile: false,
    logLevel: 'warn',
    appType: 'custom',
    cacheDir: 'node_modules/.vite-bench',
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null, ws: false },
    optimizeDeps: { entries: ['bench/engines/page.ts'] },
    plugins: [isolation, files],
  });
  return server.listen();
}
