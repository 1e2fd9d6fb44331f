import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { flat, inBrowser } from '../../../test/support/browser';
import { normaliseDate } from '../src/domain/dates/normalise-date';
import { type ExportEvent, type ExportInput, shownEvents } from '../src/domain/export/model';
import { toTimelineJs } from '../src/domain/export/timelinejs';
import { SAMPLE, bulkSample } from './page-samples';

const ADDRESS = 'http://timelinejs.test/';
const FILES = path.dirname(path.dirname(require.resolve('@knight-lab/timelinejs/dist/js/timeline.js')));
const PAGE = `<!doctype html><link rel="stylesheet" href="/css/timeline.css"><script src="/js/timeline.js"></script>
<div id="timeline" style="width: 1000px; height: 600px"></div>`;

function of(dateText: string, more: Partial<ExportEvent> = {}): ExportEvent {
  const date = normaliseDate({ text: dateText });
  if ('code' in date) throw new Error(dateText);
  return { ...SAMPLE.events[0]!, eventId: dateText, title: dateText, date, ...more };
}

inBrowser('TimelineJS itself draws our file', (browser) => {
  /** Gives our JSON to TimelineJS, without a network. */
  async function draw(input: ExportInput): Promise<{ page: Page; errors: string[] }> {
    const page = await browser().newPage({ viewport: { width: 1000, height: 600 } });
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('dialog', (dialog) => {
      errors.push(dialog.message());
      void dialog.dismiss();
    });
    await page.route('**/*', async (route) => {
      const { origin, pathname } = new URL(route.request().url());
      const file = path.join(FILES, pathname);
      if (`${origin}/` !== ADDRESS) return route.abort();
      if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: PAGE });
      return existsSync(file) ? route.fulfill({ path: file }) : route.fulfill({ status: 404 });
    });
    await page.goto(ADDRESS);
    await page.evaluate(
      `window.timeline = new TL.Timeline('timeline', ${JSON.stringify(toTimelineJs(input))}, { hash_bookmark: false })`,
    );
    await page.waitForFunction('window.timeline.ready');
    return { page, errors };
  }

  /** Headline → the date that TimelineJS shows over it. */
  async function slidesOf(page: Page): Promise<Record<string, string>> {
    const slides = await page.evaluate<[string, string][]>(
      `[...document.querySelectorAll('.tl-slide')].map((slide) =>
        [slide.querySelector('.tl-headline').textContent, slide.querySelector('.tl-headline-date')?.textContent ?? ''])`,
    );
    return Object.fromEntries(slides.map(([headline, date]) => [flat(headline), flat(date)]));
  }

  test('ai-timeline 20: every event has its mark and its slide, with the date as we say it', async () => {
    const { page, errors } = await draw(SAMPLE);
    const shown = shownEvents(SAMPLE);
    expect(await page.locator('.tl-timemarker').count()).toBe(shown.length);
    const slides = await slidesOf(page);
    expect(Object.keys(slides)).toEqual([SAMPLE.topic, ...shown.map(({ title }) => title)]);
    expect(slides).toMatchObject({
      'Birth of Gunatitanand': 'about 28 September 1785',
      'Nilkanth comes to Loj': 'August 1799',
      'Mending of the wall': 'from 1801',
      'Open kitchen at Gadhada': '1812 to 1814',
      'Building at Ahmedabad begins': 'about 1820',
      'The temple at Ahmedabad is consecrated': 'February 24, 1822',
      'The letters are collected': 'possibly 1831',
      'Copies go round': 'until 1850',
    });
    expect(errors).toEqual([]);
    await page.close();
  });

  test('ai-timeline 20: years before the common era are those of historians, and in their order', async () => {
    const texts = ['9 BCE', '44 BCE', '1 BCE', 'circa 300 BCE', '0020', '5th century BCE'];
    const { page, errors } = await draw({ ...SAMPLE, events: texts.map((text) => of(text)) });
    const slides = await slidesOf(page);
    expect(Object.keys(slides).slice(1)).toEqual([
      '5th century BCE',
      'circa 300 BCE',
      '44 BCE',
      '9 BCE',
      '1 BCE',
      '0020',
    ]);
    expect(slides).toMatchObject({
      '9 BCE': '9 BCE',
      '44 BCE': '44 BCE',
      '1 BCE': '1 BCE',
      'circa 300 BCE': 'about 300 BCE',
    });
    expect(errors).toEqual([]);
    await page.close();
  });

  test('ai-timeline 20: what sources say is text to TimelineJS', async () => {
    const bad = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
    const citations = [{ ...SAMPLE.events[0]!.citations[0]!, quote: bad }];
    const { page, errors } = await draw({
      ...SAMPLE,
      topic: bad,
      events: [of('1809', { title: bad, summary: bad, citations })],
    });
    expect(Object.keys(await slidesOf(page))).toEqual([bad]);
    expect(await page.locator('.tl-slide img').count()).toBe(0);
    expect(await page.locator('blockquote').innerText()).toContain(bad);
    expect(errors).toEqual([]);
    await page.close();
  });

  test('ai-timeline 20: a thousand events', async () => {
    const { page, errors } = await draw(bulkSample(1000));
    expect(await page.locator('.tl-timemarker').count()).toBe(1000);
    expect(errors).toEqual([]);
    await page.close();
  }, 120_000);
});
