import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import manifest from './package.json' with { type: 'json' };
import { launchOptions } from './tests/browser/find_browser.ts';
import { fakeDevices } from './tests/browser/live/fake_devices.ts';
import { isolation, referenceData } from './tests/browser/server_plugins.ts';
import { weightsServer } from './tests/browser/weights_server.ts';
import { sharedDir } from './tests/shared.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether the page came with the headers that allow threads. */
    isolated: boolean;
    /** Whether the reference data folder is there. */
    hasReference: boolean;
  }
}

/** What only some suites need. */
interface PageExtras {
  /** Arguments for the browser. */
  readonly args?: readonly string[];
  readonly globalSetup?: string;
}

/** Suites that run in a real page. */
function page(
  name: string,
  include: string[],
  isolated: boolean,
  { args = [], globalSetup = undefined }: PageExtras = {},
): TestProjectInlineConfiguration {
  const launch = launchOptions();
  const backends = fileURLToPath(new URL('./tests/browser/page/test_backends.ts', import.meta.url));
  return {
    extends: true,
    cacheDir: `node_modules/.vite/${name}`,
    plugins: isolated ? [isolation, referenceData, weightsServer] : [referenceData],
    resolve: { alias: [{ find: /^(\.\.\/)+backends\.ts$/, replacement: backends }] },
    // Named, because a dependency that Vite finds late reloads the page in the middle of a test.
    optimizeDeps: { include: Object.keys(manifest.dependencies) },
    test: {
      name,
      include,
      provide: { isolated, hasReference: sharedDir !== undefined },
      setupFiles: 'tests/browser/page/no_errors.ts',
      globalSetup,
      testTimeout: 240_000,
      browser: {
        enabled: true,
        headless: true,
        // On a busy machine the first page waits for every dependency to be bundled.
        connectTimeout: 240_000,
        screenshotFailures: false,
        provider: playwright({ launchOptions: { ...launch, args: [...launch.args, ...args] } }),
        instances: [{ browser: 'chromium' }],
      },
    },
  };
}

export default defineConfig({
  test: {
    // Backends and browsers use every core and several gigabytes themselves: one file at a time.
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['tests/**/*.test.ts'], exclude: ['tests/browser/**'] },
      },
      {
        extends: true,
        test: { name: 'package', include: ['tests/browser/package/*.test.ts'], testTimeout: 240_000 },
      },
      page(
        'page',
        ['tests/browser/{page,worker}/*.test.ts', 'tests/backend/gradients.test.ts', 'tests/ops/*.test.ts'],
        true,
      ),
      page('live', ['tests/browser/live/*.test.ts'], true, {
        args: fakeDevices,
        globalSetup: 'tests/browser/live/write_devices.ts',
      }),
      {
        extends: true,
        test: {
          name: 'demo',
          include: ['tests/browser/demo/*.test.ts'],
          globalSetup: 'tests/browser/demo/site.ts',
          testTimeout: 240_000,
        },
      },
      page('plain', ['tests/browser/page/backends.test.ts'], false),
    ],
  },
});
