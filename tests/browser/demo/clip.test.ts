import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeMedia } from '../../../node-harness/platform/media.ts';
import { nodeHarness } from '../../cli/harness.ts';
import { asset, Demo, launch, voiceFile } from './demo.ts';

const folder = mkdtempSync(join(tmpdir(), 'talkingface-demo-'));
let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

async function frames(path: string): Promise<Uint8Array[]> {
  const reader = await nodeMedia.openVideo(path);
  const all: Uint8Array[] = [];
  for await (const { data } of reader.frames()) all.push(data as Uint8Array);
  await reader.close();
  return all;
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
}

it('a clip becomes an MP4 like that of the command line, and is seen beside its original', async () => {
  const demo = await Demo.open(browser);
  const { page } = demo;
  const voice = await voiceFile(0.5, 1.3);
  await page.setInputFiles('#voice-file', voice);
  await demo.choose('voice', 'file');
  await demo.until('ready');
  expect(await demo.text('fact-backend')).toMatch(/^WebAssembly · \d+ threads?$/);
  expect(await demo.text('fact-model')).toMatch(/MB$/);
  await demo.picture('ready');
  await page.click('#make');
  await demo.until('working', 'done');
  await demo.picture('working');
  await demo.until('done', 'problem');
  await page.waitForFunction(() => (document.getElementById('result') as HTMLVideoElement).readyState >= 2);
  await demo.picture('done');
  await demo.expectAccessible();
  for (const view of ['beside', 'difference']) {
    await demo.choose('view', view);
    await demo.picture(`done-${view}`);
  }
  const [fromPage, fromCommand] = [join(folder, 'page.mp4'), join(folder, 'command.mp4')];
  await demo.download('#download', fromPage);
  expect(demo.outside).toEqual([]);
  expect(demo.errors).toEqual([]);
  await demo.close();

  const voicePath = join(folder, voice.name);
  writeFileSync(voicePath, voice.buffer);
  const options = ['--face', asset('face.mp4'), '--audio', voicePath, '--out', fromCommand, '--quiet'];
  const { code, stderr } = await nodeHarness(['lipsync', ...options]);
  expect([code, stderr]).toEqual([0, '']);
  const [ours, theirs] = [await frames(fromPage), await frames(fromCommand)];
  expect(ours.length).toBe(theirs.length);
  expect(ours.length).toBeGreaterThan(10);
  const differences = ours.map((frame, i) => meanDifference(frame, theirs[i]));
  console.log(`mean difference from the command line: ${differences.map((d) => d.toFixed(2)).join(' ')} of 255`);
  for (const difference of differences) expect(difference).toBeLessThan(2);
  const { samples } = await nodeMedia.readSound(fromPage, 16000);
  expect(samples.length / 16000).toBeCloseTo(ours.length / 25, 0);
  expect(Math.max(...samples)).toBeGreaterThan(0.05);
});
