import { datasets } from '../lib/data/datasets.ts';
import { metrics } from '../lib/evaluate/registry.ts';
import { models } from '../lib/model/registry.ts';
import type { Listable } from './commands/list.ts';
import { properties } from './platform/properties.ts';

/** The names of one kind, each with a sentence. */
export async function listed(what: Listable): Promise<{ name: string; doc: string }[]> {
  if (what === 'metrics') {
    return Object.entries(metrics).map(([name, { doc, values }]) => {
      const numbers = values.map(({ name, unit, better }) => `${name}${unit && `, ${unit}`}, ${wanted[better]}`);
      return { name, doc: `${doc} (${numbers.join('; ')})` };
    });
  }
  const [folder, registered] = what === 'models' ? ['model', models] : ['dataset', datasets];
  return Promise.all(
    Object.keys(registered).map(async (name) => {
      return { name, doc: headComment(await properties.readText(`${folder}/${name}.yaml`)) };
    }),
  );
}

const wanted = { higher: 'higher is better', lower: 'lower is better', zero: 'best at 0' };

/** The comment that a file begins with. */
function headComment(text: string): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  return lines
    .slice(0, end)
    .map((line) => line.slice(1).trim())
    .join(' ');
}
