import { hashText } from '../../utils/seed.ts';
import { type Part, parts } from '../dataset/dataset.ts';
import type { DataSettings } from './raw_dataset.ts';

/**
 * Splits clips by `val_fraction` and `test_fraction`. A clip's group and the seed decide where it goes, whatever
 * other clips there are, except that no wanted part stays empty when there are groups enough; a group, e.g. a
 * speaker, is never divided.
 */
export function splitByHash(
  ids: readonly string[],
  settings: DataSettings,
  groupOf: (id: string) => string = (id) => id,
): Record<Part, string[]> {
  const seed = settings.get('seed');
  const test = settings.get('test_fraction');
  const val = settings.get('val_fraction');
  const groups = [...new Set(ids.map(groupOf))]
    .map((name) => ({ name, place: hashText(`${seed}/${name}`) / 2 ** 32 }))
    .sort((a, b) => a.place - b.place);
  const partOf = new Map<string, Part>();
  for (const { name, place } of groups) {
    partOf.set(name, place < test ? 'test' : place < test + val ? 'val' : 'train');
  }
  const count = (part: Part) => groups.filter(({ name }) => partOf.get(name) === part).length;
  const fractions: Record<Part, number> = { train: 1 - test - val, val, test };
  for (const part of parts) {
    if (fractions[part] <= 0 || count(part) > 0) continue;
    const largest = parts.reduce((most, other) => (count(other) > count(most) ? other : most));
    if (count(largest) < 2 && part !== 'train') continue;
    const moved = groups.find(({ name }) => partOf.get(name) === largest);
    if (moved) partOf.set(moved.name, part);
  }
  const split: Record<Part, string[]> = { train: [], val: [], test: [] };
  for (const id of ids) split[partOf.get(groupOf(id)) as Part].push(id);
  return split;
}
