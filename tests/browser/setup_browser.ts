import { ensureBrowser } from './find_browser.ts';

try {
  console.log(`The tests in a page use ${ensureBrowser()}.`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
