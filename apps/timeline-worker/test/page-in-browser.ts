import type { BrowserContextOptions, Page } from 'playwright-core';
import { type OpenPage, inBrowser, servePage } from '../../../test/support/browser';
import { toHtml } from '../src/domain/export/html/page';
import { type ExportEvent, type ExportInput, shownEvents } from '../src/domain/export/model';
import { SAMPLE } from './page-samples';

/** Where the page under test is served; it is on no network. */
export const ADDRESS = 'http://timeline.test/';

/** Serves a timeline's page in a window of its own; `hash` begins with `#`. */
export type Open = (input: ExportInput, options?: BrowserContextOptions & { hash?: string }) => Promise<OpenPage>;

/** A group of tests of timelines' pages. */
export function withPages(name: string, tests: (open: Open) => void): void {
  inBrowser(name, (browser) =>
    tests(async (input, { hash, ...options } = {}) =>
      servePage(
        browser(),
        { address: ADDRESS, markup: toHtml(input), hash },
        { viewport: { width: 1100, height: 800 }, reducedMotion: 'reduce', ...options },
      ),
    ),
  );
}

/** The events of the sample in the order of the page. */
export const shown = shownEvents(SAMPLE);
export const titled = (title: string): ExportEvent => shown.find((event) => event.title === title)!;

export const cardOf = (page: Page, { eventId }: ExportEvent) => page.locator(`[id="e-${eventId}"]`);
export const marksOf = (page: Page) => page.locator('#marks .m');
export const visibleTitles = (page: Page) => page.locator('.event:visible h3').allInnerTexts();
/** Of the mark of an event of the sample. */
export const boxOf = async (page: Page, event: ExportEvent) =>
  (await marksOf(page).nth(shown.indexOf(event)).boundingBox())!;
/** As the page sees it: what the browser reports of its address comes later. */
export const hashOf = async (page: Page) =>
  Object.fromEntries(new URLSearchParams((await page.evaluate<string>('location.hash')).slice(1)));
