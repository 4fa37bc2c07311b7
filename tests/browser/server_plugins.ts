import { createReadStream, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import type { Plugin } from 'vite';
import { sharedDir } from '../shared.ts';

/** Serves the reference data folder to pages, under `/reference/`. */
export const referenceData: Plugin = {
  name: 'reference-data',
  configureServer(server) {
    server.middlewares.use('/reference', (request, response) => {
      const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
      const file = join(sharedDir ?? '', path);
      const facts = sharedDir ? statSync(file, { throwIfNoEntry: false }) : undefined;
      if (!facts?.isFile()) {
        response.statusCode = 404;
        response.end();
        return;
      }
      response.setHeader('Content-Length', facts.size);
      createReadStream(file).pipe(response);
    });
  },
};

/** Sends what threads in WebAssembly ask of a server. */
export const isolation: Plugin = {
  name: 'cross-origin-isolation',
  enforce: 'pre',
  configureServer(server) {
    server.middlewares.use((_, response, next) => {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      next();
    });
  },
};
