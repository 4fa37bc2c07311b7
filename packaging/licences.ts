import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Plugin } from 'rolldown';

/** Writes the licences of the packages beside a bundle whose code, or files, are in it. */
export const licences: Plugin = {
  name: 'licences',
  generateBundle({ file }, bundle) {
    const files = Object.values(bundle).flatMap((output) =>
      output.type === 'chunk' ? Object.keys(output.modules) : output.originalFileNames,
    );
    const names = new Set(files.flatMap((path) => /.*\bnode_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
    const source = [...names]
      .sort()
      .map(licenceOf)
      .join(`\n${'-'.repeat(80)}\n\n`);
    this.emitFile({ type: 'asset', fileName: `${basename(file!, '.js')}.LICENSES.txt`, source });
  },
};

function licenceOf(name: string): string {
  const folder = `node_modules/${name}`;
  const { version, license, homepage, repository } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  const text = file ? `\n${readFileSync(`${folder}/${file}`, 'utf8')}` : '';
  return `${name} ${version}: ${license}\n${homepage ?? repository?.url ?? ''}\n${text}`;
}
