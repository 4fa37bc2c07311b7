import type { TestProject } from 'vitest/node';
import { ensureBrowser } from './find_browser.ts';
import { startServer } from './server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the repository is served from. */
    origin: string;
    browserPath: string;
    /** Why there is no browser; empty when there is one. */
    browserMissing: string;
  }
}

/** Runs once before the tests in the page: a browser and a server for all of them. */
export default async function setup({ provide }: TestProject) {
  let browserPath = '';
  let browserMissing = '';
  try {
    browserPath = ensureBrowser();
  } catch (error) {
    // The unit tests of the same run are not to be lost with the browser: opening a page fails with this instead.
    browserMissing = (error as Error).message;
  }
  const server = await startServer();
  provide('origin', server.origin);
  provide('browserPath', browserPath);
  provide('browserMissing', browserMissing);
  return () => server.close();
}
