import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Backends and browsers use every core and several gigabytes themselves: one file at a time.
    fileParallelism: false,
    pool: 'forks',
    teardownTimeout: 20_000,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['tests/**/*.test.ts'], exclude: ['tests/browser/**'] },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          globalSetup: 'tests/browser/global_setup.ts',
          testTimeout: 240_000,
        },
      },
    ],
  },
});
