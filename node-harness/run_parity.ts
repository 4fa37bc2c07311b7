import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { startBackend } from '../lib/backend/backend.ts';
import { openSafetensors } from '../lib/checkpoint/safetensors.ts';
import type { ParityCase } from '../lib/evaluate/parity/parity_case.ts';
import { canRunParityCase, type ParityResult, runParityCase } from '../lib/evaluate/parity/run_parity_case.ts';
import { UserError } from '../lib/utils/errors.ts';
import type { ParityCommandOptions } from './commands/parity.ts';
import { registerNodeBackends } from './platform/backends.ts';
import { openFile } from './platform/file_source.ts';

/** A case and the path of its files without their extensions. */
interface FoundCase {
  readonly path: string;
  readonly parityCase: ParityCase;
}

/** The `parity` command: runs the cases of a folder, prints how each compares, and sets the exit status. */
export async function runParity(folder: string, { backend, json, verbose }: ParityCommandOptions): Promise<void> {
  const cases = await findCases(folder);
  const runnable = cases.filter(({ parityCase }) => canRunParityCase(parityCase));
  const missing = cases.filter((found) => !runnable.includes(found)).map(({ path }) => relative(folder, path));
  if (!runnable.length) throw new UserError(`${folder} holds no recorded case of a network that exists here.`);
  registerNodeBackends();
  const started = await startBackend(backend);
  const print = (line: string): void => {
    if (!json) console.log(line);
  };
  print(`on ${started.description}; the largest difference of each output relative to its largest magnitude:`);
  const results: ParityResult[] = [];
  for (const { path, parityCase } of runnable) {
    const stored = await openFile(`${path}.safetensors`);
    try {
      const result = await runParityCase(parityCase, await openSafetensors(stored));
      results.push(result);
      print(row(result));
    } finally {
      await stored.close();
    }
  }
  const failed = results.filter(({ passed }) => !passed);
  print(
    `${results.length - failed.length} of ${results.length} cases pass; ${missing.length} have no network here yet`,
  );
  if (verbose) for (const name of missing) print(`  ${name}`);
  if (json) console.log(JSON.stringify({ backend: started.name, results, missing }));
  if (failed.length) process.exitCode = 1;
}

function row({ name, passed, worst }: ParityResult): string {
  const difference = worst.difference.toExponential(1).padStart(8);
  return `  ${passed ? 'ok  ' : 'FAIL'} ${name.padEnd(32)} ${difference} of at most ${worst.bound.toExponential(0)} (${worst.name})`;
}

/** Every recorded case in a folder and below, by name. */
async function findCases(folder: string): Promise<FoundCase[]> {
  const files = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${folder} cannot be listed (${error.code}); name a folder of recorded cases.`);
  });
  const paths = files.filter((file) => file.endsWith('.json')).map((file) => join(folder, file.slice(0, -5)));
  const stored = new Set(files.filter((file) => file.endsWith('.safetensors')).map((file) => join(folder, file)));
  const cases: FoundCase[] = [];
  for (const path of paths.sort()) {
    if (!stored.has(`${path}.safetensors`)) continue;
    const parityCase = await readCase(`${path}.json`);
    if (parityCase) cases.push({ path, parityCase });
  }
  return cases;
}

/** The case a file holds, or undefined where it is something else. */
async function readCase(file: string): Promise<ParityCase | undefined> {
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as Partial<ParityCase> | null;
    return value?.reference && value.name ? (value as ParityCase) : undefined;
  } catch (error) {
    throw new UserError(`${file} is not a recorded case: ${(error as Error).message}.`);
  }
}
