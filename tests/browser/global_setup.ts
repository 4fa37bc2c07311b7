import type { TestProject } from 'vitest/node';
import { ensureBrowser } from './find_browser.ts';
import { startServer } from './server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the repository is served from. */
    origin: string;
    browserPath: string;
  }
}

/** Runs once before the tests in the page: a browser and a server for all of them. */
export default async function setup({ provide }: TestProject) {
  provide('browserPath', ensureBrowser());
  const server = await startServer();
  provide('origin', server.origin);
  return () => server.close();
}
