import { basename } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { FetchWeightsOptions } from './commands/fetch_weights.ts';
import { catalogue, type WeightsEntry } from './fetch_weights/catalogue.ts';
import { fetchWeights, weightsNamed } from './fetch_weights/fetch_weights.ts';
import { interruptSignal } from './interrupt.ts';
import { progressBar } from './progress_bar.ts';

/** The `fetch-weights` command; without a name it says which there are. */
export async function runFetchWeights(name: string | undefined, options: FetchWeightsOptions): Promise<void> {
  if (name === undefined) return console.log(Object.entries(catalogue).map(describe).join('\n'));
  const entry = weightsNamed(name);
  const { to: folder, acceptLicence, mirror, quiet } = options;
  const files = entry.files.map((file) =>
    mirror ? { ...file, address: `${mirror.replace(/\/$/, '')}/${basename(file.path)}` } : file,
  );
  const signal = interruptSignal('Stopped; the same command goes on from there.');
  const say = (line: string) => {
    if (!quiet) console.error(line);
  };
  let bar = progressBar('MB', quiet);
  try {
    const paths = await fetchWeights(
      { ...entry, files },
      {
        folder,
        signal,
        say(line) {
          bar.stop();
          bar = progressBar('MB', quiet);
          say(line);
        },
        onProgress: (done, total) => bar.update(megabytes(done), megabytes(total ?? done)),
        accept: async ({ licence, terms }) => {
          say(`Licence of ${name}: ${licence} (${terms})`);
          return acceptLicence || (await asked());
        },
      },
    );
    for (const path of paths) console.log(path);
  } finally {
    bar.stop();
  }
}

const megabytes = (bytes: number): number => Number((bytes / 1e6).toFixed(1));

function describe([name, { doc, licence, files }]: [string, WeightsEntry]): string {
  const size = files.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  const how = files.every(({ sha256 }) => sha256) ? '' : ' To be downloaded by hand.';
  return `${name.padEnd(20)} ${doc}${how}${size ? ` ${megabytes(size)} MB.` : ''}\n${''.padEnd(21)}${licence}`;
}

/** Asks the person at the terminal; nobody there is a no. */
async function asked(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question('Do you accept it? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}
