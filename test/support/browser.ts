import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

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
export const NO_BROWSER = 'skipped: no Chromium, Chrome or Edge was found; CHROME_PATH can name one';

/**
 * The path of a browser of the Chromium family: what CHROME_PATH says (it is not checked, so that a wrong one fails
 * instead of skipping), else the usual names on PATH, else the usual places. Undefined when there is none.
 */
export function findBrowser(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return environment.CHROME_PATH || candidates(environment).find(canRun);
}

/** Starts that browser without a window; whoever opens it closes it. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error(NO_BROWSER);
  return chromium.launch({ executablePath });
}

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
