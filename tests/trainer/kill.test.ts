import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { tinySettings } from './tiny.ts';

const folder = mkdtempSync(join(tmpdir(), 'kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const EPOCHS = 20;
const script = fileURLToPath(new URL('./train_tiny.ts', import.meta.url));
const tsx = createRequire(import.meta.url).resolve('tsx');

interface Line {
  readonly kind: string;
  readonly step: number;
  readonly values: Record<string, number>;
}

/** The last line may be unfinished. */
function logOf(run: string): Line[] {
  const text = existsSync(join(run, 'log.jsonl')) ? readFileSync(join(run, 'log.jsonl'), 'utf8') : '';
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => {
    const { values, ...rest } = JSON.parse(line) as Line;
    const { steps_per_second: _, ...losses } = values;
    return { ...rest, values: losses };
  });
}

const lastStep = (run: string): number => logOf(run).at(-1)?.step ?? 0;

/** Trains, and kills the process with SIGKILL as soon as it may. */
async function train(run: string, mayKill: () => boolean = () => false): Promise<'ended' | 'killed'> {
  const child = spawn(process.execPath, ['--import', tsx, script, run, String(EPOCHS)], { stdio: 'inherit' });
  const exit = once(child, 'exit');
  let hasExited = false;
  void exit.then(() => {
    hasExited = true;
  });
  while (!hasExited) {
    if (mayKill()) {
      child.kill('SIGKILL');
      await exit;
      return 'killed';
    }
    await setTimeout(1);
  }
  expect(child.exitCode).toBe(0);
  return 'ended';
}

it('a killed run loses at most an interval and ends as if it had never been killed', { timeout: 600_000 }, async () => {
  const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
  await train(whole);
  const isThere = (name: string) => existsSync(join(killed, name));
  const moments = [
    () => isThere('best.partial') || isThere('last.partial'),
    () => lastStep(killed) >= 22,
    () => lastStep(killed) >= 40 && isThere('last.partial'),
    () => lastStep(killed) >= 70 && (isThere('last.new') || isThere('best.new')),
  ];
  let kills = 0;
  for (const moment of moments) {
    if ((await train(killed, moment)) === 'ended') break;
    kills++;
    const reached = lastStep(killed);
    const state = ['last.new', 'last'].map((name) => join(killed, name, 'state.json')).find(existsSync);
    const saved = state ? (JSON.parse(readFileSync(state, 'utf8')).step as number) : 0;
    expect(saved).toBeGreaterThanOrEqual(reached - tinySettings.checkpoint_interval);
  }
  expect(kills).toBeGreaterThanOrEqual(3);
  await train(killed);
  expect(logOf(killed)).toEqual(logOf(whole));
  expect(readdirSync(killed).sort()).toEqual(readdirSync(whole).sort());
  for (const checkpoint of ['best', 'last']) {
    for (const file of readdirSync(join(whole, checkpoint))) {
      const path = join(checkpoint, file);
      expect(readFileSync(join(killed, path)).equals(readFileSync(join(whole, path))), path).toBe(true);
    }
  }
});
