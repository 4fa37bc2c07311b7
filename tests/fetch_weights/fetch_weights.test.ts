import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../node-harness/fetch_weights/catalogue.ts';
import { fetchWeights } from '../../node-harness/fetch_weights/fetch_weights.ts';
import { nodeHarness } from '../cli/harness.ts';
import { weightsServer, withRanges } from './weights_server.ts';

const folder = mkdtempSync(join(tmpdir(), 'fetch-weights-'));
let server: Awaited<ReturnType<typeof weightsServer>>;
beforeAll(async () => {
  server = await weightsServer({
    '/empty.pth': withRanges(new Uint8Array(0)),
    '/s3fd.pth': withRanges(Buffer.from('?')),
  });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the catalogue', () => {
  it.each(Object.entries(catalogue))(
    '%s: has addresses, and checksums for what can be fetched',
    (_, { files, terms }) => {
      for (const { address, sha256, path } of files) {
        expect(address).toMatch(/^https:\/\//);
        expect(terms).toMatch(/^https:\/\//);
        if (sha256 === undefined) expect(address).toContain('drive.google.com');
        else expect(sha256).toMatch(/^[0-9a-f]{64}$/);
        // Where a name has digits of the checksum, they are its first.
        const digits = /-([0-9a-f]{8,})\.pth$/.exec(address)?.[1];
        if (digits) expect(sha256!.startsWith(digits), path).toBe(true);
      }
    },
  );
});

describe('fetching weights', () => {
  /** SHA-256 of nothing. */
  const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const entry = () => ({
    doc: '',
    licence: 'Free.',
    terms: '',
    files: ['a.pth', 'b.pth'].map((path) => ({ path, sha256, address: `${server.address}/empty.pth` })),
  });

  it('asks once, before anything is downloaded, and leaves what is there', async () => {
    let asked = 0;
    const lines: string[] = [];
    const say = (line: string) => lines.push(line);
    const control = (answer: boolean) => ({
      folder,
      say,
      accept: async () => {
        asked++;
        return answer;
      },
    });
    await expect(fetchWeights(entry(), control(false))).rejects.toThrow('The licence was not accepted');
    expect([asked, server.requests.length, readdirSync(folder)]).toEqual([1, 0, []]);
    const paths = await fetchWeights(entry(), control(true));
    expect(paths).toEqual([join(folder, 'a.pth'), join(folder, 'b.pth')]);
    expect([asked, readdirSync(folder)]).toEqual([2, ['a.pth', 'b.pth']]);
    await fetchWeights(entry(), control(false));
    expect(server.requests).toHaveLength(2);
    expect(lines.at(-1)).toBe(`${join(folder, 'b.pth')} is there and complete.`);
    writeFileSync(join(folder, 'a.pth'), 'x');
    await expect(fetchWeights(entry(), control(true))).rejects.toThrow(
      `a.pth is there, but its SHA-256 is 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 instead of ${sha256};`,
    );
  });
});

describe('fetch-weights', { timeout: 60_000 }, () => {
  const run = (...args: string[]) => nodeHarness(['fetch-weights', ...args, `--to=${folder}/cli`]);

  it('lists what there is', async () => {
    const { code, stdout } = await run();
    expect(code).toBe(0);
    for (const name of Object.keys(catalogue)) expect(stdout).toContain(`${name} `);
  });

  it.each([
    [['s3df'], 'error: There are no weights s3df; did you mean s3fd? There are wav2lip,'],
    [['s3fd'], 'error: The licence was not accepted, so nothing was downloaded; --accept-licence accepts it.'],
    [
      ['wav2lip'],
      'error: wav2lip/wav2lip.pth is published where only a browser can fetch it: download it from https://drive.google.com/drive/folders/153HLrqlBNxzZcHi17PEvP09kkAfzRshM and put it at ',
    ],
  ])('%j: says why not', async (args, sentence) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toContain(sentence);
    expect([code, stdout, existsSync(join(folder, 'cli'))]).toEqual([1, '', false]);
  });

  it('shows the licence, fetches from a mirror, and refuses what is not the file', async () => {
    const { code, stderr } = await run('s3fd', '--accept-licence', `--mirror=${server.address}/`);
    expect(stderr).toContain('Licence of s3fd: The code is BSD-3-Clause;');
    expect(stderr).toContain(`What came from ${server.address}/s3fd.pth has the SHA-256 8a8de823d5ed3e12746`);
    expect([code, readdirSync(join(folder, 'cli'))]).toEqual([1, []]);
    mkdirSync(join(folder, 'cli/wav2lip'));
    writeFileSync(join(folder, 'cli/wav2lip/wav2lip.pth'), 'x');
    expect((await run('wav2lip')).stdout).toBe(`${join(folder, 'cli/wav2lip/wav2lip.pth')}\n`);
  });
});
