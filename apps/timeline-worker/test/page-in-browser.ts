import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { NO_BROWSER, findBrowser, openBrowser } from '../../../test/support/browser';
import { toHtml } from '../src/domain/export/html/page';
import { type ExportEvent, type ExportInput, shownEvents } from '../src/domain/export/model';
import { SAMPLE } from './page-samples';

/** Where the page under test is served; it is on no network. */
export const ADDRESS = 'http://timeline.test/';

/** A page that is open, with the addresses it asked for and what it complained of. */
export interface Opened {
  readonly page: Page;
  readonly requests: string[];
  readonly complaints: string[];
}
/** Serves a timeline's page in a window of its own; `hash` begins with `#`. */
export type Open = (input: ExportInput, options?: BrowserContextOptions & { hash?: string }) => Promise<Opened>;

/** A group of tests with one browser. Without one they are skipped, and the reason stands in the list. */
export function inBrowser(name: string, tests: (open: Open) => void): void {
  const found = findBrowser() !== undefined;
  (found ? describe : describe.skip)(`${name}${found ? '' : ` (${NO_BROWSER})`}`, () => {
    let browser: Browser;

    beforeAll(async () => {
      browser = await openBrowser();
    });
    afterAll(async () => {
      await browser.close();
    });

    tests(async (input, options) => openPage(browser, input, options));
  });
}

async function openPage(
  browser: Browser,
  input: ExportInput,
  { hash = '', ...rest }: BrowserContextOptions & { hash?: string } = {},
): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: 1100, height: 800 },
    reducedMotion: 'reduce',
    ...rest,
  });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const body = toHtml(input);
  await page.route('**/*', (route) =>
    route.request().url() === ADDRESS
      ? route.fulfill({ contentType: 'text/html; charset=utf-8', body })
      : route.abort(),
  );
  await page.goto(ADDRESS + hash);
  return { page, requests, complaints };
}

/** The events of the sample in the order of the page. */
export const shown = shownEvents(SAMPLE);
export const titled = (title: string): ExportEvent => shown.find((event) => event.title === title)!;

export const flat = (text: string) => text.replace(/\s+/g, ' ').trim();
export const closing = (page: Page) => page.context().close();
export const cardOf = (page: Page, { eventId }: ExportEvent) => page.locator(`[id="e-${eventId}"]`);
export const marksOf = (page: Page) => page.locator('#marks .m');
export const visibleTitles = (page: Page) => page.locator('.event:visible h3').allInnerTexts();
/** Of the mark of an event of the sample. */
export const boxOf = async (page: Page, event: ExportEvent) =>
  (await marksOf(page).nth(shown.indexOf(event)).boundingBox())!;
/** As the page sees it: what the browser reports of its address comes later. */
export const hashOf = async (page: Page) =>
  Object.fromEntries(new URLSearchParams((await page.evaluate<string>('location.hash')).slice(1)));
