import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: repository, encoding: 'utf8' }).trim().split('\n');

/** Paths that a page links to, without what is elsewhere on the web. */
function linkedPaths(page: string): string[] {
  const text = readFileSync(join(repository, page), 'utf8').replaceAll(/```.*?```|`[^`\n]*`/gs, '');
  const targets = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target]) => target.split('#')[0]);
  return targets.filter((target) => target !== '' && !/^\w+:/.test(target));
}

it.each(pages)('the links of %s lead somewhere', (page) => {
  const dead = linkedPaths(page).filter((target) => !existsSync(join(repository, dirname(page), target)));
  expect(dead).toEqual([]);
});
