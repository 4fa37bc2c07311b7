import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { nodeMedia } from '../../../node-harness/platform/media.ts';
import { Demo, launch } from './demo.ts';

const folder = mkdtempSync(join(tmpdir(), 'talkingface-demo-'));
let browser: Browser;

beforeAll(async () => {
  browser = await launch(...inject('fakeDevices'));
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** Mean differences of 255 while the page is watched: between original and result, and of each from moment to moment. */
function watch(page: Page, seconds: number) {
  return page.evaluate(async (length) => {
    const side = 96;
    // Of the drawn face, in parts of its picture: the mouth with what is round it, and the eyes with the hair.
    const parts = { mouth: [36, 56, 60, 72], eyes: [24, 12, 72, 46] } as const;
    const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side });
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no canvas');
    const read = (source: CanvasImageSource, [left, top, right, bottom]: readonly number[]) => {
      context.drawImage(source, 0, 0, side, side);
      return context.getImageData(left, top, right - left, bottom - top).data;
    };
    const difference = (a: Uint8ClampedArray, b: Uint8ClampedArray) =>
      a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
    const original = document.getElementById('delayed') as HTMLCanvasElement;
    const result = document.getElementById('result') as HTMLVideoElement;
    const found = { mouth: [] as number[], eyes: [] as number[], speaking: [] as number[], silent: [] as number[] };
    let before: { original: Uint8ClampedArray; result: Uint8ClampedArray } | undefined;
    for (const end = performance.now() + length * 1000; performance.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      for (const part of ['mouth', 'eyes'] as const)
        found[part].push(difference(read(original, parts[part]), read(result, parts[part])));
      const now = { original: read(original, parts.mouth), result: read(result, parts.mouth) };
      if (before) found.silent.push(difference(before.original, now.original));
      if (before) found.speaking.push(difference(before.result, now.result));
      before = now;
    }
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    return Object.fromEntries(Object.entries(found).map(([name, values]) => [name, mean(values)]));
  }, seconds);
}

/** ms of processor time of the longest tasks of the page's main thread. */
function longestTasks(trace: Buffer): number[] {
  interface Event {
    readonly name: string;
    readonly pid: number;
    readonly tid: number;
    readonly dur?: number;
    readonly tdur?: number;
    readonly args: {
      readonly name?: string;
      readonly data?: { readonly frames?: { url: string; processId: number }[] };
    };
  }
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: Event[] };
  const frames = traceEvents.flatMap(({ args }) => args.data?.frames ?? []);
  const pid = frames.find(({ url }) => url.startsWith(inject('demoUrl')))?.processId;
  const main = traceEvents.find(
    (event) => event.pid === pid && event.name === 'thread_name' && event.args.name === 'CrRendererMain',
  );
  const tasks = traceEvents.filter(({ name, pid, tid }) => name === 'RunTask' && pid === main?.pid && tid === main.tid);
  return tasks
    .map(({ tdur = 0 }) => tdur / 1000)
    .sort((a, b) => b - a)
    .slice(0, 5);
}

it('a webcam speaks with the microphone, is recorded, and the page stays free', async () => {
  const demo = await Demo.open(browser);
  const { page } = demo;
  await demo.until('ready');
  await demo.choose('face', 'webcam');
  await demo.choose('voice', 'microphone');
  await demo.choose('view', 'beside');
  await page.click('#start');
  await demo.until('live', 'problem');
  await page.waitForFunction(() => document.getElementById('fact-delay')?.textContent !== '–');
  await browser.startTracing(page, {
    categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'],
  });
  await page.click('#record');
  let seen = await watch(page, 4);
  // The browser's microphone may be silent at first, and a busy machine draws few frames.
  const isSpeaking = () => seen.mouth > 1.5 * seen.eyes && seen.speaking > 2 * seen.silent;
  for (let i = 0; i < 6 && !isSpeaking(); i++) seen = await watch(page, 4);
  console.log(seen, await page.locator('#facts').innerText());
  expect(seen.mouth).toBeGreaterThan(1.5 * seen.eyes);
  expect(seen.speaking).toBeGreaterThan(2 * seen.silent);
  await demo.picture('live-beside');
  const tasks = longestTasks(await browser.stopTracing());
  console.log('longest tasks of the main thread, ms of processor time', tasks);
  expect(tasks).not.toEqual([]);
  expect(tasks[0]).toBeLessThan(50);
  for (const fact of ['fact-rate', 'fact-delay', 'fact-offset']) expect(await demo.text(fact)).toMatch(/\d/);

  await demo.choose('view', 'difference');
  await demo.picture('live-difference');
  await demo.choose('view', 'result');
  await demo.picture('live');
  await demo.expectAccessible();
  await page.click('#record');
  await page.waitForSelector('#download:visible');
  const recording = join(folder, 'recording.mp4');
  await demo.download('#download', recording);
  const reader = await nodeMedia.openVideo(recording);
  let frames = 0;
  for await (const _ of reader.frames()) frames++;
  await reader.close();
  expect(frames).toBeGreaterThan(4);
  expect((await nodeMedia.readSound(recording, 16000)).samples.length).toBeGreaterThan(2 * 16000);

  await page.click('#start');
  await demo.until('ready');
  expect(demo.outside).toEqual([]);
  expect(demo.errors).toEqual([]);
  await demo.close();
});
