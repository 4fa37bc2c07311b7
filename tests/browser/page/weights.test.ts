import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FetchWeightsOptions, withFetchedWeights } from '../../../lib/checkpoint/browser/fetched_weights.ts';
import { forgetWeights } from '../../../lib/checkpoint/browser/weights_cache.ts';
import type { Checkpoint } from '../../../lib/checkpoint/checkpoint.ts';
import { encodeSafetensors } from '../../../lib/checkpoint/safetensors.ts';
import { memoryStateDict } from '../../../lib/checkpoint/state_dict.ts';
import { UserError } from '../../../lib/utils/errors.ts';
import type { Behaviour } from '../weights_server.ts';

const COUNT = 2_700_000;

/** A file of half-precision weights, more than one piece of the cache long. */
async function makeFile(seed: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(2 * COUNT).map((_, i) => (i % 2 ? 0x3c : (i * 7 + seed) & 0xff));
  return encodeSafetensors(memoryStateDict(new Map([['weight', { dtype: 'F16', shape: [COUNT], bytes }]])));
}

const file = await makeFile(1);
const otherFile = await makeFile(2);

let address = '';
let tests = 0;
beforeEach(() => {
  address = new URL(`/weights/${tests++}.safetensors`, location.href).href;
});
afterAll(forgetWeights);

/** Sets the server up; returns the requests that it has had since the last time. */
async function serve(content: Uint8Array, behaviour: Behaviour): Promise<string[]> {
  const headers = { 'X-Behaviour': JSON.stringify(behaviour) };
  return (await fetch(address, { method: 'POST', headers, body: content as BodyInit })).json();
}

async function readWeight(weights: Checkpoint): Promise<Uint8Array> {
  return (await weights.read('weight')).bytes;
}

/** Fetches and compares with what the server has. */
async function expectFetched(content: Uint8Array, options: FetchWeightsOptions = {}): Promise<void> {
  const bytes = await withFetchedWeights(address, options, readWeight);
  expect(bytes.length).toBe(2 * COUNT);
  const expected = content.subarray(content.length - 2 * COUNT);
  expect(bytes.findIndex((byte, i) => byte !== expected[i])).toBe(-1);
}

async function sha256(content: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', content as BufferSource));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The cache of the file under test. */
async function openCache(): Promise<Cache> {
  const name = (await caches.keys()).find((key) => key.endsWith(` ${address}`));
  if (name === undefined) throw new Error('Nothing is kept.');
  return caches.open(name);
}

describe('weights from an address', () => {
  it('come once, the size told first, and again without a download, also offline', async () => {
    await serve(file, { version: '"1"' });
    const events: (string | number | undefined)[] = [];
    const onProgress = (loaded: number, total?: number) => events.push(loaded, total);
    await expectFetched(file, { onSize: (total, held) => void events.push('size', total, held), onProgress });
    expect(events.slice(0, 3)).toEqual(['size', file.length, 0]);
    expect(events.slice(-2)).toEqual([file.length, file.length]);
    expect(events.length).toBeGreaterThan(7);

    expect(await serve(file, { version: '"1"' })).toEqual(['GET']);
    await expectFetched(file);
    expect(await serve(file, { down: true })).toEqual(['HEAD']);
    await expectFetched(file);
  });

  it('go on after an interruption, by themselves or at the next try', async () => {
    await serve(file, { version: '"1"', cuts: 1, cutAfter: 4_400_000 });
    await expectFetched(file);
    expect(await serve(file, {})).toEqual(['GET', expect.stringMatching(/^GET bytes=[1-9]\d+-$/)]);

    address += '?2';
    await serve(file, { version: '"1"' });
    const stop = new AbortController();
    const onProgress = (loaded: number) => loaded > 4_300_000 && stop.abort(new Error('stopped'));
    await expect(expectFetched(file, { onProgress, signal: stop.signal })).rejects.toThrow('stopped');
    const sizes: (number | undefined)[] = [];
    await expectFetched(file, { onSize: (total, held) => void sizes.push(total, held) });
    expect(sizes[0]).toBe(file.length);
    expect(sizes[1]).toBeGreaterThan(4_300_000);
    expect(await serve(file, {})).toEqual(['GET', `GET bytes=${sizes[1]}-`]);
  });

  it('come from the start where the server gives no parts', async () => {
    await serve(file, { version: '"1"', noRanges: true, cuts: 1, cutAfter: 4_400_000 });
    await expectFetched(file);
    expect(await serve(file, {})).toEqual(['GET', expect.stringMatching(/^GET bytes=[1-9]\d+-$/)]);
  });

  it('are never put together of two files', async () => {
    const stop = new AbortController();
    const options = { onProgress: () => stop.abort(), signal: stop.signal };
    await serve(file, { version: '"1"' });
    await expect(expectFetched(file, options)).rejects.toThrow();
    await serve(otherFile, { version: '"2"' });
    await expectFetched(otherFile);
    const [ranged, whole] = await serve(otherFile, {});
    expect([ranged, whole]).toEqual([expect.stringMatching(/^GET bytes=\d+-$/), 'GET']);
  });

  it('are fetched again when the server has others', async () => {
    await serve(file, { version: '"1"' });
    await expectFetched(file);
    await serve(otherFile, { version: '"2"' });
    await expectFetched(otherFile);
  });

  it('are checked against a checksum, and then used without asking', async () => {
    await serve(file, {});
    const wrong = await sha256(otherFile);
    await expect(expectFetched(file, { sha256: wrong })).rejects.toThrow(`instead of ${wrong}`);
    expect((await caches.keys()).filter((name) => name.endsWith(address))).toEqual([]);
    await expectFetched(file, { sha256: (await sha256(file)).toUpperCase() });
    expect(await serve(file, { down: true })).toEqual(['GET', 'GET']);
    await expectFetched(file, { sha256: await sha256(file) });
    expect(await serve(file, {})).toEqual([]);
  });

  it('that were damaged in the cache are fetched again from the damage on', async () => {
    await serve(file, { version: '"1"' });
    await expectFetched(file);
    const cache = await openCache();
    const piece = new Uint8Array(await (await cache.match('https://weights.invalid/1'))!.arrayBuffer());
    piece[1000]++;
    await cache.put('https://weights.invalid/1', new Response(piece));
    const first = await (await cache.match('https://weights.invalid/0'))!.blob();
    await expectFetched(file);
    expect(await serve(file, { version: '"1"' })).toEqual(['GET', `GET bytes=${first.size}-`]);

    await cache.put('https://weights.invalid/manifest', new Response('{'));
    await expectFetched(file);
    expect(await serve(file, {})).toEqual(['GET']);
  });

  it('that are no checkpoint, or not the right one, are not kept', async () => {
    await serve(new TextEncoder().encode('<!doctype html>'), {});
    await expect(expectFetched(file)).rejects.toThrow(/is a web page/);
    await serve(file, {});
    const refuse = () => Promise.reject(new UserError('These weights are of another network.'));
    await expect(withFetchedWeights(address, {}, refuse)).rejects.toThrow('another network');
    expect((await caches.keys()).filter((name) => name.endsWith(address))).toEqual([]);
  });

  it('that cannot be had say so, and what came is kept', async () => {
    await expect(expectFetched(file)).rejects.toThrow(`${address} cannot be read: the server answers 404.`);
    await serve(file, { version: '"1"', cuts: 9, cutAfter: 0 });
    await expect(expectFetched(file)).rejects.toThrow(/broke off.*try again, it goes on from there/);
    await serve(file, { down: true });
    await expect(expectFetched(file)).rejects.toThrow(/cannot be reached/);
  });

  it('are not fetched when the size is refused', async () => {
    await serve(file, {});
    const onSize = () => Promise.reject(new UserError('Too large.'));
    await expect(expectFetched(file, { onSize })).rejects.toThrow('Too large.');
  });

  it('are used also where the browser has no room to keep them', async () => {
    await serve(file, {});
    const put = vi.spyOn(Cache.prototype, 'put').mockRejectedValue(new DOMException('full', 'QuotaExceededError'));
    await expectFetched(file);
    put.mockRestore();
    await expectFetched(file);
    expect(await serve(file, {})).toEqual(['GET', 'GET']);
  });

  it('come once for two that ask at the same time, one of them a worker', async () => {
    await serve(file, { version: '"1"' });
    const worker = new Worker(new URL('./weights_worker.ts', import.meta.url), { type: 'module' });
    const answer = new Promise<MessageEvent>((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = reject;
    });
    worker.postMessage(address);
    await Promise.all([answer, expectFetched(file)]);
    expect((await answer).data.names).toEqual(['weight']);
    worker.terminate();
    expect((await serve(file, {})).filter((request) => request !== 'HEAD')).toEqual(['GET']);
  });
});
