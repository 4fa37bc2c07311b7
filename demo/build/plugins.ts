import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { headersFor, isolation, pagePolicy } from './policies.ts';

/** Files that few visits need: kept for working offline once they have been used. */
const RARE = /ffmpeg/;
const SERVICE_WORKER = 'service_worker.js';

/** Tells the service worker which files there are. Files in `public` are not part of what the bundler makes. */
export function precache(publicFolder: string): Plugin {
  return {
    name: 'precache',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const hash = createHash('sha256');
        const paths = ['./'];
        for (const [name, file] of Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1))) {
          if (name === SERVICE_WORKER || name.endsWith('.map') || RARE.test(name)) continue;
          if (name !== 'index.html') paths.push(`./${name}`);
          hash.update(name).update(file.type === 'chunk' ? file.code : file.source);
        }
        for (const name of readdirSync(publicFolder)) {
          paths.push(`./${name}`);
          hash.update(name).update(readFileSync(join(publicFolder, name)));
        }
        const script = bundle[SERVICE_WORKER];
        if (script?.type !== 'chunk') throw new Error('The build made no service worker.');
        const facts = { PRECACHED: paths, VERSION: hash.digest('hex').slice(0, 12) };
        for (const [name, value] of Object.entries(facts))
          script.code = script.code.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), () => JSON.stringify(value));
      },
    },
  };
}

/** The Content-Security-Policy in the page itself, for hosts that send no headers, and the headers of `vite preview`. */
export const security: Plugin = {
  name: 'security',
  transformIndexHtml: {
    order: 'post',
    handler(_, { server }) {
      // The development server's own scripts and styles are inline.
      if (server) return [];
      return [
        {
          tag: 'meta',
          attrs: { 'http-equiv': 'Content-Security-Policy', content: pagePolicy },
          injectTo: 'head-prepend',
        },
      ];
    },
  },
  configureServer(server) {
    server.middlewares.use((_, response, next) => {
      for (const [name, value] of Object.entries(isolation)) response.setHeader(name, value);
      next();
    });
  },
  configurePreviewServer(server) {
    server.middlewares.use((request, response, next) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      for (const [name, value] of Object.entries(headersFor(pathname))) response.setHeader(name, value);
      next();
    });
  },
};
