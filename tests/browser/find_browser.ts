import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const applications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of a Chromium-based browser: the one named in `TALKINGFACE_BROWSER`, else an installed one, else Playwright's. */
export function findBrowser(): string | undefined {
  const named = process.env.TALKINGFACE_BROWSER;
  if (named && !isExecutable(named)) throw new Error(`TALKINGFACE_BROWSER names ${named}, which is not a program.`);
  const folders = (process.env.PATH ?? '').split(delimiter);
  const installed = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [named ?? '', ...installed, ...applications, chromium.executablePath()].find((path) => isExecutable(path));
}

function succeeds(command: string, args: string[], minutes: number): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return (
    spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: minutes * 60_000, env }).status === 0
  );
}

/** Tries Debian's package where this user may install one, then Playwright's download. */
function installBrowser(): void {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const apt = (...args: string[]) => {
    const [command, ...rest] = [...sudo, 'apt-get', '-q', '-y', ...args];
    return succeeds(command, rest, 8);
  };
  // The Vulkan loader lets Node use the software renderer that comes with Chromium.
  const install = ['install', '--no-install-recommends', 'chromium', 'libvulkan1'];
  if (process.platform === 'linux' && (apt(...install) || (apt('update') && apt(...install)))) return;
  succeeds(process.execPath, ['node_modules/playwright-core/cli.js', 'install', 'chromium'], 5);
}

/** Finds a browser, installing one where there is none. Throws an error that says how to get one. */
export function ensureBrowser(): string {
  const found = findBrowser();
  if (found) return found;
  console.log('No Chromium, Chrome or Edge found: installing Chromium for the tests in the page.');
  installBrowser();
  const installed = findBrowser();
  if (installed) return installed;
  throw new Error(
    'The tests in the page need Chromium, Chrome or Edge and none could be installed: run "apt-get install chromium" or "npx playwright-core install chromium", or name a browser in TALKINGFACE_BROWSER.',
  );
}

/**
 * How the tests start the browser. Software rendering serves where there is no graphics card; naming a driver
 * for it makes it fail or hang. What a browser does in the background for its user is off.
 */
export const launchOptions = () => ({
  executablePath: findBrowser(),
  timeout: 60_000,
  args: [
    '--no-sandbox',
    '--enable-unsafe-webgpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
