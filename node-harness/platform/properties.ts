import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Properties } from '../../lib/config/configurator.ts';

const folder = fileURLToPath(new URL('../../properties/', import.meta.url));

/** The toolkit's `properties` folder on disk. */
export const properties: Properties = {
  readText: (path) => readFile(`${folder}${path}`, 'utf8'),
  list: async (kind) => {
    const files = await readdir(`${folder}${kind}`);
    return files
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => name.slice(0, -'.yaml'.length))
      .sort();
  },
};
