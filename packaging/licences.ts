import { readdirSync, readFileSync } from 'node:fs';
import type { Plugin } from 'rolldown';

/** Packages whose data, and not code, is in the bundle. */
const DATA_PACKAGES = ['@tensorflow/tfjs-backend-wasm', '@vladmandic/human'];

/** Writes the licences of the packages in a bundle beside it. */
export const licences: Plugin = {
  name: 'licences',
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? Object.keys(file.modules) : []));
    const found = modules.flatMap((id) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []);
    const isWorker = Object.values(bundle).some((file) => file.type === 'asset');
    const names = new Set([...found, ...(isWorker ? DATA_PACKAGES : [])]);
    const source = [...names]
      .sort()
      .map(licenceOf)
      .join(`\n${'-'.repeat(80)}\n\n`);
    const name = isWorker ? 'LICENSES.txt' : 'index.LICENSES.txt';
    this.emitFile({ type: 'asset', fileName: name, source });
  },
};

function licenceOf(name: string): string {
  const folder = `node_modules/${name}`;
  const { version, license, homepage, repository } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  const text = file ? `\n${readFileSync(`${folder}/${file}`, 'utf8')}` : '';
  return `${name} ${version}: ${license}\n${homepage ?? repository?.url ?? ''}\n${text}`;
}
