/** The scripts for pages and workers, each bundled to one file: where it begins, and where it goes. */
export const scripts = {
  'lib/index.ts': 'dist/index.js',
  'lib/worker/worker.ts': 'dist/worker/worker.js',
} as const satisfies Record<string, string>;
