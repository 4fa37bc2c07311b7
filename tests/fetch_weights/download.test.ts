import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fillInput } from '../../lib/evaluate/parity/hashfill.ts';
import { download } from '../../node-harness/fetch_weights/download.ts';
import { breakingAfter, weightsServer, withRanges } from './weights_server.ts';

const bytes = new Uint8Array(fillInput('weights', 75_000, 1).buffer);
const sha256 = createHash('sha256').update(bytes).digest('hex');
const folder = mkdtempSync(join(tmpdir(), 'download-'));
const path = join(folder, 'sub/weights.pth');
const partial = `${path}.partial`;

let server: Awaited<ReturnType<typeof weightsServer>>;
let flaky = 0;
beforeEach(async () => {
  flaky = 0;
  server = await weightsServer({
    '/good': withRanges(bytes),
    '/plain': (_, response) => response.writeHead(200).end(bytes),
    '/flaky': (request, response) =>
      (flaky++ === 0 ? breakingAfter(bytes, 100_000) : withRanges(bytes))(request, response),
    '/silent': (_, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 10));
    },
  });
});
afterEach(async () => {
  await server.close();
  rmSync(join(folder, 'sub'), { recursive: true, force: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const get = (name: string, more: Partial<Parameters<typeof download>[0]> = {}) =>
  download({ address: `${server.address}/${name}`, path, sha256, ...more });
const isWhole = () => readFileSync(path).equals(bytes) && !existsSync(partial);

describe('a download', () => {
  it('leaves the file alone, and counts its bytes', async () => {
    const seen: (number | undefined)[][] = [];
    await get('good', { onProgress: (...numbers) => seen.push(numbers) });
    expect(isWhole()).toBe(true);
    expect(readdirSync(join(folder, 'sub'))).toEqual(['weights.pth']);
    expect(seen[0]).toEqual([0, bytes.length]);
    expect(seen.at(-1)).toEqual([bytes.length, bytes.length]);
  });

  it('goes on where it was interrupted', async () => {
    await expect(get('flaky')).rejects.toThrow(
      /^The connection to http:.*\/flaky failed \(.*\) after 100000 of 300000 bytes; the same command goes on from there\.$/,
    );
    expect(existsSync(path)).toBe(false);
    const first: number[] = [];
    await get('flaky', { onProgress: (done) => first.push(done) });
    expect(isWhole()).toBe(true);
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-']);
    expect(first[0]).toBe(100_000);
  });

  it('stops when it is told to, and keeps what came', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    await expect(get('silent', { signal: stop.signal, onProgress: () => stop.abort(reason) })).rejects.toBe(reason);
    expect(existsSync(path)).toBe(false);
  });

  it('begins anew where the server gives no parts', async () => {
    await get('plain');
    rmSync(path);
    writeFileSync(partial, bytes.subarray(0, 7));
    await get('plain');
    expect(isWhole()).toBe(true);
  });

  it.each([
    ['all of it', bytes, ['bytes=300000-']],
    ['more than it', new Uint8Array(300_001), ['bytes=300001-', undefined]],
  ])('is done when %s has come already', async (_, there, ranges) => {
    await get('good');
    rmSync(path);
    server.requests.length = 0;
    writeFileSync(partial, there);
    await get('good');
    expect(isWhole()).toBe(true);
    expect(server.requests.map(({ range }) => range)).toEqual(ranges);
  });

  it('deletes bytes with another checksum, also when a part was of another file', async () => {
    const other = createHash('sha256').update('other').digest('hex');
    await expect(get('good', { sha256: other })).rejects.toThrow(
      `What came from ${server.address}/good has the SHA-256 ${sha256} instead of ${other}, so it was deleted;`,
    );
    expect(readdirSync(join(folder, 'sub'))).toEqual([]);
    writeFileSync(partial, new Uint8Array(100));
    await expect(get('good')).rejects.toThrow('so it was deleted');
    await get('good');
    expect(isWhole()).toBe(true);
  });

  it('says what is wrong', async () => {
    await expect(get('gone')).rejects.toThrow(
      `${server.address}/gone cannot be had: the server answers 404 Not Found.`,
    );
    await expect(get('silent', { patience: 300 })).rejects.toThrow(
      /failed \(nothing came for 0\.3 s\) after 10 of 300000 bytes; the same command goes on from there\.$/,
    );
    await server.close();
    await expect(get('good')).rejects.toThrow(/^The connection to http:.*\/good failed \(ECONNREFUSED\)\.$/);
  });
});
