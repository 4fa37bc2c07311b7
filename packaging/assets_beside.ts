import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Plugin } from 'rolldown';

const URL_OF_FILE = /new URL\(\s*'([^']+)',\s*import\.meta\.url,?\s*\)/g;

/**
 * Puts the files that a script names by `new URL(..., import.meta.url)` into a folder `assets` beside it, so that they
 * are in the package, and the bundler of whoever uses it finds them by the same expression.
 */
export const assetsBeside: Plugin = {
  name: 'assets-beside',
  transform: {
    filter: { code: /import\.meta\.url/ },
    handler(code, id) {
      return code.replaceAll(URL_OF_FILE, (_, path: string) => {
        // A script is bundled by itself.
        if (path.endsWith('.ts')) return `new URL('./worker/${basename(path, '.ts')}.js', import.meta.url)`;
        const fileName = `assets/${basename(path)}`;
        this.emitFile({ type: 'asset', fileName, source: readFileSync(resolve(dirname(id), path)) });
        return `new URL('./${fileName}', import.meta.url)`;
      });
    },
  },
};
