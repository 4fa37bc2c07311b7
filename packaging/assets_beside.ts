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
        // What follows the name speaks to the bundler of whoever uses the package.
        const [file, query] = path.split(/(?=\?)/);
        const fileName = `assets/${basename(file)}`;
        this.emitFile({ type: 'asset', fileName, source: readFileSync(resolve(dirname(id), file)) });
        return `new URL('./${fileName}${query ?? ''}', import.meta.url)`;
      });
    },
  },
};
