import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'microsoft-edge-stable',
];

const MAC_APPLICATIONS = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
const WINDOWS_PROGRAMS = [
  ['Google', 'Chrome', 'Application', 'chrome.exe'],
  ['Chromium', 'Application', 'chrome.exe'],
  ['Microsoft', 'Edge', 'Application', 'msedge.exe'],
];

/** Why a test that needs a browser is skipped, for its title. */
const NO_BROWSER = 'skipped: no Chromium, Chrome or Edge was found; CHROME_PATH can name one';

/**
 * The path of a browser of the Chromium family: what CHROME_PATH says (it is not checked, so that a wrong one fails
 * instead of skipping), else the usual names on PATH, else the usual places. Undefined when there is none.
 */
function findBrowser(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return environment.CHROME_PATH || candidates(environment).find(canRun);
}

/** Starts that browser without a window; whoever opens it closes it. */
async function openBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error(NO_BROWSER);
  return chromium.launch({ executablePath });
}

/** A group of tests with one browser. Without one they are skipped, and the reason stands in the list. */
export function inBrowser(name: string, tests: (browser: () => Browser) => void): void {
  const found = findBrowser() !== undefined;
  (found ? describe : describe.skip)(`${name}${found ? '' : ` (${NO_BROWSER})`}`, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await openBrowser();
    });
    afterAll(async () => browser.close());
    tests(() => browser);
  });
}

/** A page that is open, with the addresses it asked for and what it complained of. */
export interface OpenPage {
  readonly page: Page;
  readonly requests: string[];
  readonly complaints: string[];
}

/** Serves one page at an address of no network, in a window of its own; whatever else it asks for it does not get. */
export async function servePage(
  browser: Browser,
  { address, markup, hash = '' }: { address: string; markup: string; hash?: string | undefined },
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const page = await (await browser.newContext(options)).newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.route('**/*', async (route) =>
    route.request().url() === address
      ? route.fulfill({ contentType: 'text/html; charset=utf-8', body: markup })
      : route.abort(),
  );
  await page.goto(address + hash);
  return { page, requests, complaints };
}

/** Text as people read it. */
export const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();
export const closing = async (page: Page): Promise<void> => page.context().close();

function candidates(environment: NodeJS.ProcessEnv): string[] {
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const onPath = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  if (process.platform === 'darwin') {
    const roots = ['/Applications', join(homedir(), 'Applications')];
    return [
      ...onPath,
      ...roots.flatMap((root) => MAC_APPLICATIONS.map((name) => join(root, `${name}.app`, 'Contents', 'MacOS', name))),
    ];
  }
  if (process.platform === 'win32') {
    const roots = [environment.ProgramFiles, environment['ProgramFiles(x86)'], environment.LOCALAPPDATA];
    const programs = folders.flatMap((folder) => ['chrome.exe', 'msedge.exe'].map((name) => join(folder, name)));
    return [
      ...programs,
      ...roots.flatMap((root) => (root ? WINDOWS_PROGRAMS.map((parts) => join(root, ...parts)) : [])),
    ];
  }
  return onPath;
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
