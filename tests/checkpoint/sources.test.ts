import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { blobSource } from '../../lib/checkpoint/blob_source.ts';
import type { ByteSource } from '../../lib/checkpoint/byte_source.ts';
import { bytesSource } from '../../lib/checkpoint/bytes_source.ts';
import { urlSource } from '../../lib/checkpoint/url_source.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { openFile } from '../../node-harness/platform/file_source.ts';

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251);
const folder = mkdtempSync(join(tmpdir(), 'sources-'));

async function expectContent(source: ByteSource): Promise<void> {
  expect(source.size).toBe(content.length);
  for (const [offset, length] of [
    [0, 10],
    [5, 70_000],
    [100, 0],
    [250_000, 50_000],
    [299_999, 1],
    [65_530, 20],
    [0, 300_000],
  ]) {
    expect(await source.read(offset, length), `${offset}, ${length}`).toEqual(
      content.subarray(offset, offset + length),
    );
  }
  await expect(source.read(299_999, 2)).rejects.toThrow(UserError);
  await expect(source.read(-1, 2)).rejects.toThrow(UserError);
}

describe('bytes, blobs and files', () => {
  it('give the parts asked for', async () => {
    await expectContent(bytesSource(content));
    await expectContent(blobSource(new Blob([content])));
    const path = join(folder, 'content');
    writeFileSync(path, content);
    const file = await openFile(path);
    await expectContent(file);
    await file.close();
  });

  it('are called by their names', () => {
    expect(blobSource(new File([content], 'wav2lip.pth')).name).toBe('wav2lip.pth');
  });

  it('say why a file does not open', async () => {
    await expect(openFile(join(folder, 'missing'))).rejects.toThrow(/missing does not exist; check its name\.$/);
    await expect(openFile(folder)).rejects.toThrow('is a folder; name a file in it.');
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    await expect(openFile(empty)).rejects.toThrow('is empty (0 bytes); copy or download it again.');
    await expect(openFile(join(empty, 'x'))).rejects.toThrow('a part of its path is a file');
    await expect(openFile('/dev/null')).rejects.toThrow('is not a regular file');
  });
});

describe('addresses', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  async function serve(listener: RequestListener): Promise<string> {
    server = createServer(listener);
    await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/w.pth`;
  }

  const ranged: RequestListener = (request, response) => {
    const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') as RegExpExecArray;
    const end = Math.min(Number(last) + 1, content.length);
    response.writeHead(206, { 'Content-Range': `bytes ${first}-${end - 1}/${content.length}` });
    response.end(content.subarray(Number(first), end));
  };

  it('that answer ranges are read in parts', async () => {
    const ranges: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      ranges.push(request.headers.range);
      ranged(request, response);
    });
    const source = await urlSource(url);
    await expectContent(source);
    ranges.length = 0;
    await source.read(200_000, 30);
    await source.read(200_030, 1000);
    expect(ranges).toEqual(['bytes=200000-265535']);
  });

  it('that do not are downloaded once, with progress', async () => {
    let requests = 0;
    const url = await serve((_, response) => {
      requests++;
      response.writeHead(200, { 'Content-Length': content.length });
      response.end(content);
    });
    const progress: number[] = [];
    const source = await urlSource(url, (loaded, total) => {
      expect(total).toBe(content.length);
      progress.push(loaded);
    });
    await expectContent(source);
    expect(requests).toBe(1);
    expect(progress.at(-1)).toBe(content.length);
  });

  it('say why they cannot be read', async () => {
    const url = await serve((_, response) => response.writeHead(404).end());
    await expect(urlSource(url)).rejects.toThrow(`${url} cannot be read: the server answers 404.`);
    server?.close();
    await expect(urlSource('http://127.0.0.1:1/w.pth')).rejects.toThrow(/cannot be reached/);
  });

  it('that break off in the middle say so', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': content.length });
      response.write(content.subarray(0, 1000), () => response.destroy());
    });
    await expect(urlSource(url)).rejects.toThrow(/broke off.*try again/);
  });
});
