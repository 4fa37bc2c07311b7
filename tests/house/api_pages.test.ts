import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));

function readAll(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  return Object.fromEntries(files.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

it('docs/api says what the doc comments say ("npm run docs" writes it anew)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'api-pages-'));
  const options = { cwd: repository, encoding: 'utf8', shell: process.platform === 'win32' } as const;
  execFileSync('npm', ['run', '--silent', 'docs', '--', '--', '--out', folder], { ...options, stdio: 'pipe' });
  const made = readAll(folder);
  rmSync(folder, { recursive: true });
  const committed = readAll(join(repository, 'docs', 'api'));
  expect(Object.keys(made)).toContain('README.md');
  expect(committed).toEqual(made);
}, 240_000);
