import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { Demo, launch, tinyWeights, voiceFile } from './demo.ts';

const phone = { width: 390, height: 844 };
/** Browsers without devices; with devices but no leave to use them, where the prompt waits; and with little memory. */
const browsers: Browser[] = [];
let plain: Browser;
let demo: Demo | undefined;

async function browserWith(...args: string[]): Promise<Browser> {
  const browser = await launch(...args);
  browsers.push(browser);
  return browser;
}

beforeAll(async () => {
  plain = await browserWith();
});
afterEach(async () => {
  await demo?.close();
  demo = undefined;
});
afterAll(() => Promise.all(browsers.map((browser) => browser.close())));

/** A picture without a face. */
async function wall(page: Page): Promise<Buffer> {
  const url = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 120 });
    canvas.getContext('2d')?.fillRect(40, 60, 80, 60);
    return canvas.toDataURL();
  });
  return Buffer.from(url.split(',')[1], 'base64');
}

/** Expects the stage to tell of a problem, and leaves a picture of it. */
async function expectProblem(opened: Demo, title: string, picture: string): Promise<void> {
  await opened.until('problem');
  // There may be another from before.
  await expect.poll(() => opened.text('cover-title'), { timeout: 60_000 }).toBe(title);
  await opened.picture(picture);
  await opened.expectAccessible();
}

describe('what can go wrong is told, with what to do about it', () => {
  it('no camera, no microphone, a file that cannot be read, no face, wrong weights, no network', async () => {
    demo = await Demo.open(plain);
    const { page } = demo;
    await demo.until('ready');
    expect(await demo.text('notices')).toMatch(/No graphics card/);
    await demo.choose('face', 'webcam');
    await demo.picture('webcam-chosen');
    await page.click('#start');
    await expectProblem(demo, 'No camera found', 'no-camera');
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.remedy)).toBe('retry');
    await page.click('[data-remedy="examples"]');
    await demo.until('ready');
    await demo.choose('voice', 'microphone');
    await page.click('#start');
    await expectProblem(demo, 'No microphone found', 'no-microphone');

    await demo.choose('voice', 'example');
    const broken = { name: 'holiday.mov', mimeType: 'video/quicktime', buffer: Buffer.alloc(4096, 'no video') };
    await page.setInputFiles('#face-video', broken);
    await demo.choose('face', 'video');
    await page.click('#start');
    await expectProblem(demo, 'This file cannot be read here', 'unsupported-codec');
    await page.click('[data-remedy="make"]');
    await demo.until('working', 'problem');
    await expectProblem(demo, 'This file cannot be read here', 'unsupported-codec-mp4');

    await page.setInputFiles('#face-picture', { name: 'wall.png', mimeType: 'image/png', buffer: await wall(page) });
    await demo.choose('face', 'picture');
    await page.setInputFiles('#voice-file', await voiceFile(0.5, 0.8));
    await demo.choose('voice', 'file');
    await page.click('#make');
    await demo.until('working', 'problem');
    await expectProblem(demo, 'No face found', 'no-face');

    await page.setInputFiles('#weights-file', { name: 'notes.pth', mimeType: '', buffer: Buffer.alloc(999, 'notes ') });
    await page.waitForFunction(() => document.getElementById('cover-title')?.textContent?.includes('weights'));
    await expectProblem(demo, 'These weights cannot be used', 'wrong-weights');
    await page.click('[data-remedy="small"]');
    await demo.until('ready');
    expect(demo.outside).toEqual([]);
  });

  it('permission asked for, and refused', async () => {
    const devices = inject('fakeDevices').filter((arg) => arg !== '--use-fake-ui-for-media-stream');
    const browser = await browserWith(...devices);
    demo = await Demo.open(browser);
    const { page } = demo;
    await demo.until('ready');
    await demo.choose('face', 'webcam');
    await demo.choose('voice', 'microphone');
    await page.click('#start');
    await demo.until('asking');
    expect(await demo.text('cover-text')).toContain('the camera and the microphone');
    await demo.picture('permission-asked');
    await demo.expectAccessible();
    await page.reload();
    await page.context().grantPermissions([]);
    await demo.until('ready');
    await demo.choose('face', 'webcam');
    await page.click('#start');
    await expectProblem(demo, 'This page may not use the camera', 'permission-refused');
  });
});

describe('what the machine lacks or loses', () => {
  it('too little memory, and no graphics card where it was asked for', async () => {
    // 19 MB for WebAssembly, and neither a graphics card nor a program in its place.
    const args = ['--js-flags=--wasm-max-mem-pages=300', '--disable-gpu', '--disable-software-rasterizer'];
    demo = await Demo.open(await browserWith(...args));
    const { page } = demo;
    await expectProblem(demo, 'Not enough memory', 'out-of-memory');
    await page.selectOption('#backend', 'webgpu');
    await expectProblem(demo, 'The graphics card cannot be used', 'no-webgpu');
    expect(await demo.text('cover-text')).toContain('WebGPU');
    await page.click('[data-remedy="wasm"]');
    await expectProblem(demo, 'Not enough memory', 'out-of-memory-again');
    expect(await page.locator('#backend').inputValue()).toBe('wasm');
  });

  it('the graphics card is lost in the middle of the work', async () => {
    const browser = await browserWith();
    demo = await Demo.open(browser);
    const { page } = demo;
    await demo.until('ready');
    // Rendered in software here, so a small network and few frames.
    await page.setInputFiles('#weights-file', { name: 'tiny.safetensors', mimeType: '', buffer: await tinyWeights() });
    await page.waitForFunction(() => /tiny/.test(document.getElementById('fact-model')?.textContent ?? ''));
    await page.selectOption('#backend', 'webgpu');
    await demo.until('loading');
    await demo.until('ready');
    expect(await demo.text('fact-backend')).toMatch(/^WebGPU/);
    expect(await demo.text('notices')).toBe('');
    await page.setInputFiles('#voice-file', await voiceFile(0.5, 0.7));
    await demo.choose('voice', 'file');
    await page.click('#make');
    await demo.until('working');
    // Ends the process of the browser that works for the graphics card.
    await (await browser.newBrowserCDPSession()).send('Browser.crashGpuProcess');
    await expect.poll(() => demo!.text('notices'), { timeout: 120_000 }).toMatch(/took the graphics card away/);
    await demo.picture('device-lost', true);
    await demo.until('done', 'problem');
    expect(await page.locator('#stage').getAttribute('data-state')).toBe('done');
    await demo.picture('device-lost-done', true);
  });
});

describe('everywhere', () => {
  it('works offline after the first visit, and asks no other server for anything', async () => {
    demo = await Demo.open(plain);
    const { page } = demo;
    await demo.until('ready');
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.context().setOffline(true);
    await page.reload();
    await demo.until('ready');
    expect(await demo.text('notices')).toMatch(/You are offline/);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await demo.picture('offline');
    await page.setInputFiles('#voice-file', await voiceFile(0.5, 0.8));
    await demo.choose('voice', 'file');
    await page.click('#make');
    await demo.until('done', 'problem');
    expect(await demo.text('stage-title')).toBe('Result');
    expect(await page.locator('#stage').getAttribute('data-state')).toBe('done');
    await page.context().setOffline(false);
    expect(demo.outside).toEqual([]);

    // And if some script tried to send anything, the page's policy would stop it.
    const sent = await page.evaluate(() => fetch('https://example.com/', { mode: 'no-cors' }).then(String, String));
    expect(sent).toMatch(/TypeError/);
  });

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)('is accessible and fits in %s at %i px', async (colorScheme, width) => {
    demo = await Demo.open(plain, { colorScheme, viewport: { ...phone, width }, reducedMotion: 'reduce' });
    const { page } = demo;
    await demo.until('ready');
    await demo.picture(`${colorScheme}-${width}`, true);
    await demo.expectAccessible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('button, select, input:not([type="file"])')].flatMap((control) => {
        const { width: w, height: h } = control.getBoundingClientRect();
        return w > 0 && (w < 44 || h < 44) ? [`${control.id || control.outerHTML.slice(0, 80)} ${w}x${h}`] : [];
      }),
    );
    expect(small).toEqual([]);
  });

  it('speaks Chinese where the browser does, in every part', async () => {
    demo = await Demo.open(plain, { locale: 'zh-CN', viewport: phone });
    const { page } = demo;
    await demo.until('ready');
    await demo.picture('chinese', true);
    const english = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('[data-t], [data-t-label]')]
        .map((e) => e.ariaLabel ?? e.textContent ?? '')
        .filter((text) => !/[\u4e00-\u9fff]/.test(text)),
    );
    expect(english).toEqual([]);
    await page.click('#language');
    expect(await demo.text('start')).toBe('Start');
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('en');
  });
});
