import { readFileSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import type { Plugin } from 'rolldown';
import { scripts } from './scripts.ts';

const URL_OF_FILE = /new URL\(\s*['"](\.[^'"]+)['"],\s*import\.meta\.url,?\s*\)/g;

/**
 * Puts the files that a script names by `new URL(..., import.meta.url)` into a folder `assets` beside it, so that they
 * are in the package, and the bundler of whoever uses it finds them by the same expression.
 *
 * @param output path of the script that is made
 */
export function assetsBeside(output: string): Plugin {
  return {
    name: 'assets-beside',
    transform: {
      filter: { code: /import\.meta\.url/ },
      handler(code, id) {
        return code.replaceAll(URL_OF_FILE, (_, address: string) => {
          // What follows the name speaks to the bundler of whoever uses the package.
          const [name, query = ''] = address.split(/(?=\?)/);
          const path = resolve(dirname(id), name);
          const script = Object.entries(scripts).find(([entry]) => resolve(entry) === path)?.[1];
          if (script) return `new URL('./${relative(dirname(output), script)}', import.meta.url)`;
          const fileName = `assets/${basename(path)}`;
          this.emitFile({ type: 'asset', fileName, originalFileName: path, source: readFileSync(path) });
          return `new URL('./${fileName}${query}', import.meta.url)`;
        });
      },
    },
  };
}
