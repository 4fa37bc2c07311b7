import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeSafetensors } from '../../../lib/checkpoint/safetensors.ts';
import { drawnClip } from '../../../lib/data/dataprocess/synthetic/speaker.ts';
import { encodeWav } from '../../../lib/media/wav.ts';
import { Wav2LipGenerator } from '../../../lib/model/audio_driven_talkingface/wav2lip/generator.ts';
import { Random } from '../../../lib/utils/random.ts';
import { nodeMedia } from '../../../node-harness/platform/media.ts';
import { availableBackends, startTestBackend } from '../../backends.ts';
import { Demo, launch } from './demo.ts';

const folder = mkdtempSync(join(tmpdir(), 'talkingface-demo-'));
const weights = join(folder, 'first.safetensors');
const clip = join(folder, 'me.mp4');
let browser: Browser;

beforeAll(async () => {
  await startTestBackend(availableBackends()[0]);
  const generator = new Wav2LipGenerator(0.125).initialize(new Random(3));
  await writeFile(weights, await encodeSafetensors(generator.stateDict()));
  generator.dispose();
  const { frames, sound } = drawnClip({ speakerSeed: 4, clipSeed: 5, seconds: 5, frameRate: 25, side: 128 });
  const audio = new Blob([encodeWav(sound) as BlobPart]);
  const video = await nodeMedia.createVideo(clip, { width: 128, height: 128, frameRate: 25, audio });
  for await (const frame of frames()) await video.write(frame);
  await video.finish();
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

it('fine-tuning pauses, goes on after a reload, lowers the loss and changes what is drawn', async () => {
  const demo = await Demo.open(browser);
  const { page } = demo;
  const note = (pattern: RegExp) =>
    page.waitForFunction(
      (source) => new RegExp(source).test(document.getElementById('tune-note')?.textContent ?? ''),
      pattern.source,
      { timeout: 120_000 },
    );
  await demo.until('ready');
  await page.setInputFiles('#weights-file', weights);
  await page.waitForFunction(() => /first/.test(document.getElementById('fact-model')?.textContent ?? ''));
  await demo.until('ready');
  await page.setInputFiles('#clip-file', clip);
  await page.fill('#tune-steps', '12');
  await page.click('#tune-start');
  await note(/^Step [3-9] of 12/);
  await demo.picture('tuning', true);
  await demo.expectAccessible();
  await page.click('#tune-start');
  await note(/^Paused at step/);
  const [, paused] = /step (\d+)/.exec(await demo.text('tune-note')) ?? [];

  await page.reload();
  await demo.until('ready');
  expect(await demo.text('tune-note')).toContain(`Paused at step ${paused} of 12`);
  expect(await demo.text('tune-start')).toBe('Go on');
  await demo.picture('tuning-paused', true);
  await page.click('#tune-start');
  await note(/^(Trained|Training stopped)/);
  await demo.picture('tuned', true);
  const [, before, after] = /from (\d+\.\d+) to (\d+\.\d+)/.exec(await demo.text('tune-note')) ?? [];
  console.log(`loss on faces kept back: ${before} before, ${after} after; paused at step ${paused}`);
  expect(Number(after)).toBeLessThan(Number(before));
  expect(await page.locator('#curve').getAttribute('aria-label')).toMatch(/^Loss of 12 steps/);

  const exported = join(folder, 'tuned.safetensors');
  await demo.download('#tune-export', exported);
  expect(readFileSync(exported).equals(readFileSync(weights))).toBe(false);
  expect(await page.locator('#weights option:checked').innerText()).toBe('Tuned on you');
  // The exported file is one that the page takes.
  await page.setInputFiles('#weights-file', exported);
  await page.waitForFunction(() => /tuned\.safetensors/.test(document.getElementById('fact-model')?.textContent ?? ''));
  expect(demo.outside).toEqual([]);
  expect(demo.errors).toEqual([]);
  await demo.close();
});
