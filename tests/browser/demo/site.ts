import { fileURLToPath } from 'node:url';
import { build, type PreviewServer, preview } from 'vite';
import type { TestProject } from 'vitest/node';
import { fakeDevices, stillWebcam, webcam } from '../live/fake_devices.ts';
import * as devices from '../live/write_devices.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the built demo is served as a host would. */
    demoUrl: string;
    /** What gives a browser a webcam and a microphone that show and speak the demo's assets. */
    fakeDevices: readonly string[];
  }
}

let site: PreviewServer | undefined;

/** Builds the demo and serves it. */
export async function setup(project: TestProject): Promise<void> {
  await devices.setup();
  const configFile = fileURLToPath(new URL('../../../vite.config.ts', import.meta.url));
  await build({ configFile, logLevel: 'error' });
  site = await preview({ configFile, logLevel: 'error' });
  project.provide('demoUrl', site.resolvedUrls?.local[0] ?? '');
  project.provide(
    'fakeDevices',
    fakeDevices.map((arg) => arg.replace(webcam, stillWebcam)),
  );
}

export async function teardown(): Promise<void> {
  await site?.close();
  devices.teardown();
}
