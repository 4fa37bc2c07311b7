import { createReadStream, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer, type Plugin } from 'vite';
import { sharedDir } from '../shared.ts';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Serves the reference data folder under `/reference/`. */
const reference: Plugin = {
  name: 'reference-data',
  configureServer(server) {
    server.middlewares.use('/reference', (request, response) => {
      const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname));
      const file = sharedDir && join(sharedDir, path);
      const size = file ? statSync(file, { throwIfNoEntry: false }) : undefined;
      if (!file || !size?.isFile()) {
        response.statusCode = 404;
        response.end();
        return;
      }
      response.setHeader('Content-Length', size.size);
      createReadStream(file).pipe(response);
    });
  },
};

const emptyPage =
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>Tests</title><link rel="icon" href="data:,"></html>';

/**
 * Serves the page itself, without Vite's client in it. Threads need an isolated page; asked for with `?plain`
 * it gets no such headers, as on a plain web host.
 */
const emptyPages: Plugin = {
  name: 'empty-pages',
  configureServer(server) {
    server.middlewares.use((request, response, next) => {
      if (request.url !== '/?plain') {
        response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
        response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      }
      if (request.url !== '/' && request.url !== '/?plain') return next();
      response.setHeader('Content-Type', 'text/html');
      response.end(emptyPage);
    });
  },
};

/** Serves the repository's TypeScript to a page. */
export async function startServer(): Promise<{ origin: string; close(): Promise<void> }> {
  const server = await createServer({
    root: repository,
    configFile: false,
    logLevel: 'warn',
    appType: 'custom',
    cacheDir: 'node_modules/.vite-tests',
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null, ws: false },
    // Found before the first page opens: a dependency found later would reload the page in the middle of a test.
    optimizeDeps: { entries: ['tests/browser/page/*.ts', 'lib/**/*.ts'] },
    worker: { format: 'es' },
    plugins: [reference, emptyPages],
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (!address || typeof address === 'string') throw new Error('The test server has no port.');
  return { origin: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}
