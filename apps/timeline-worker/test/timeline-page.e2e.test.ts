import axe from 'axe-core';
import { displayDate } from '../src/domain/dates/display';
import type { ExportInput } from '../src/domain/export/model';
import { closing, flat } from '../../../test/support/browser';
import { ADDRESS, boxOf, cardOf, hashOf, marksOf, shown, titled, visibleTitles, withPages } from './page-in-browser';
import { SAMPLE, bulkSample } from './page-samples';

withPages("the timeline's page in a browser", (open) => {
  test('ai-timeline 24: each event shows its date, the date as written, its quotes in context, sources and flags', async () => {
    const { page } = await open(SAMPLE);
    expect(await page.locator('.event').count()).toBe(shown.length);
    await page.evaluate(`document.querySelectorAll('details').forEach((part) => { part.open = true; })`);
    for (const event of shown) {
      const card = cardOf(page, event);
      const text = flat(await card.innerText());
      expect(await card.getByRole('heading', { level: 3 }).innerText()).toBe(event.title);
      for (const words of [displayDate(event.date), event.date.originalText, ...event.people, ...event.places]) {
        expect(text).toContain(words);
      }
      expect(text).toContain(event.date.originalCalendar === 'samvat' ? 'Vikram Samvat' : 'Gregorian calendar');
      const quotes = await card.locator('blockquote').all();
      expect(quotes).toHaveLength(event.citations.length);
      const told = await Promise.all(
        quotes.map(
          async (quote) => [flat(await quote.locator('mark').innerText()), flat(await quote.innerText())] as const,
        ),
      );
      for (const { before, quote, after, sourceId } of event.citations) {
        expect(told).toContainEqual([flat(quote), flat(before + quote + after)]);
        expect(text).toContain(SAMPLE.sources.find((source) => source.sourceId === sourceId)!.title);
      }
      expect(await card.getByText('To review', { exact: true }).count()).toBe(event.status === 'needs_review' ? 1 : 0);
    }
    expect(await cardOf(page, titled('A golden palace')).innerText()).toContain('addresses a machine');
    expect(await page.getByText('What nobody believed').count()).toBe(0);
    await closing(page);
  });

  test('ai-timeline 15: dates that cannot all be true stand side by side, each with its own quotes', async () => {
    const { page } = await open(SAMPLE);
    const card = cardOf(page, titled('Death at Gadhada'));
    const claims = card.getByRole('group', { name: 'Sources disagree on the date' }).locator('section');
    const told = await claims.allInnerTexts();
    expect(told.map((text) => text.split('\n')[0]!.trim().slice(0, 11))).toEqual(['1 June 1830', '2 June 1830']);
    expect(told[0]).toContain('He died at Gadhada on 1 June 1830.');
    expect(told[0]).not.toContain('The cremation');
    expect(told[1]).toContain('The cremation, my clerk tells me, was on the 2 June 1830');
    const [first, second] = [(await claims.nth(0).boundingBox())!, (await claims.nth(1).boundingBox())!];
    expect(second.y).toBe(first.y);
    expect(second.x).toBeGreaterThan(first.x + first.width);
    await closing(page);
  });

  test('ai-timeline 15: a passage that gives both dates stands under both, and no date stands without a quote', async () => {
    const death = titled('Death at Gadhada');
    const [chronicle, , diary] = death.citations;
    const both = { ...diary!, quote: 'He died on 1 June\n1830, or as others have it on 2 June 1830.' };
    const neither = { ...diary!, quote: 'He died on the first or the second.' };
    const conflict = death.conflicts[0]!;
    for (const [citations, shared, expected] of [
      [[chronicle!, both], both, [[chronicle!, both], [both]]],
      [[chronicle!, neither], neither, [[chronicle!], [neither]]],
      [[neither], neither, [[neither], [neither]]],
    ] as const) {
      const event = { ...death, citations: [...citations], conflicts: [{ ...conflict, citations: [shared] }] };
      const { page } = await open({ ...SAMPLE, events: [event] });
      const claims = await cardOf(page, event).locator('section.claim').all();
      const quotes = await Promise.all(claims.map(async (claim) => claim.locator('mark').allInnerTexts()));
      expect(quotes).toEqual(expected.map((own) => own.map(({ quote }) => flat(quote))));
      await closing(page);
    }
  });

  test('ai-timeline 24: the command that publishes an event stands with what waits', async () => {
    const { page } = await open(SAMPLE);
    const event = titled('Meeting at Rajkot');
    expect(await cardOf(page, event).locator('code').innerText()).toBe(
      `timeline review approve ${event.eventId} --timeline loj`,
    );
    expect(await page.locator('.decide').count()).toBe(shown.filter(({ status }) => status === 'needs_review').length);
    await closing(page);
  });

  test('ai-timeline 24: what is uncertain is drawn as uncertain, over all days it may mean', async () => {
    const { page } = await open(SAMPLE, { hash: '#from=1810&to=1832' });
    const axis = (await page.locator('#marks').boundingBox())!;
    const [from, to] = [Date.UTC(1810, 0, 1) / 864e5, Date.UTC(1833, 0, 1) / 864e5];
    const atDay = (day: number) => axis.x + ((day - from) / (to - from)) * axis.width;
    for (const title of ['Building at Ahmedabad begins', 'Open kitchen at Gadhada', 'A golden palace']) {
      const event = titled(title);
      const box = await boxOf(page, event);
      expect(Math.abs(box.x - atDay(event.date.sortMin))).toBeLessThan(1);
      expect(Math.abs(box.x + box.width - atDay(event.date.sortMax + 1))).toBeLessThan(1);
    }
    const known = await boxOf(page, titled('The temple at Ahmedabad is consecrated'));
    expect(known.width).toBe(known.height);
    expect(
      Math.abs(known.x + known.width / 2 - atDay(titled('The temple at Ahmedabad is consecrated').date.sortMin)),
    ).toBeLessThan(1);
    await closing(page);

    const whole = await open(SAMPLE);
    const dot = await boxOf(whole.page, titled('The temple at Ahmedabad is consecrated'));
    for (const title of [
      'Birth of Gunatitanand',
      'Initiation at Piplana',
      'Nilkanth comes to Loj',
      'The letters are collected',
    ]) {
      expect((await boxOf(whole.page, titled(title))).width).toBeGreaterThan(dot.width);
    }
    // A hollow form, an arrow, soft edges: each differs from the plain one by more than its colour.
    const look = (title: string, property: string) =>
      whole.page.evaluate<string>(
        `getComputedStyle(document.querySelectorAll('#marks .m')[${shown.indexOf(titled(title))}].firstElementChild)['${property}']`,
      );
    expect(await look('The letters are collected', 'borderStyle')).toBe('dashed');
    expect(await look('Mending of the wall', 'clipPath')).toContain('polygon');
    expect(await look('Building at Ahmedabad begins', 'maskImage')).toContain('gradient');
    expect(await look('Open kitchen at Gadhada', 'maskImage')).toBe('none');
    expect(await look('Meeting at Rajkot', 'transform')).not.toBe('none');
    const legend = await whole.page.getByRole('list', { name: 'What the marks mean' }).locator('li').allInnerTexts();
    expect(legend.map(flat)).toEqual([
      'a known day',
      'about that day',
      'within a month, a year or longer',
      'about that time',
      'possibly',
      'open end',
      'to review',
    ]);
    await closing(whole.page);
  });

  test('ai-timeline 24: in a period each event that is shown has its mark on the axis, also one with an open end', async () => {
    const { page } = await open(SAMPLE, { hash: '#from=1810&to=1832' });
    const titles = await visibleTitles(page);
    expect(titles).toEqual(expect.arrayContaining(['Mending of the wall', 'Copies go round']));
    const axis = (await page.locator('#marks').boundingBox())!;
    for (const title of titles) {
      const box = await boxOf(page, titled(title));
      expect([title, box.x >= axis.x - 1, box.x + box.width <= axis.x + axis.width + 1]).toEqual([title, true, true]);
    }
    const [since, until] = [
      await boxOf(page, titled('Mending of the wall')),
      await boxOf(page, titled('Copies go round')),
    ];
    expect(Math.abs(since.x - axis.x)).toBeLessThan(1);
    expect(Math.abs(until.x + until.width - axis.x - axis.width)).toBeLessThan(1);
    await closing(page);
  });

  test('ai-timeline 24: with the keyboard one walks the axis, goes to an event and back', async () => {
    const { page } = await open(SAMPLE);
    const focused = () =>
      page.evaluate<string>('document.activeElement.getAttribute("aria-label") ?? document.activeElement.tagName');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the events');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('about 28 September 1785: Birth of Gunatitanand');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('about 28 October 1800: Initiation at Piplana');
    expect(await page.locator('#tip').innerText()).toBe('about 28 October 1800: Initiation at Piplana');
    await page.keyboard.press('End');
    expect(await focused()).toContain('Copies go round');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Home');
    await page.keyboard.press('PageDown');
    expect(await focused()).toBe('possibly 1831: The letters are collected');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('ARTICLE');
    expect(await hashOf(page)).toEqual({ event: titled('The letters are collected').eventId });
    const card = (await cardOf(page, titled('The letters are collected')).boundingBox())!;
    expect(card.y).toBeGreaterThanOrEqual(0);
    expect(card.y).toBeLessThan(800);
    await page.keyboard.press('Escape');
    expect(await focused()).toBe('possibly 1831: The letters are collected');
    // The whole axis is one stop.
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('f-q');
    await closing(page);
  });

  test('ai-timeline 24: a link to an event opens at it, also when a filter hides it', async () => {
    const event = titled('Copies go round');
    for (const hash of [`#e-${event.eventId}`, `#place=Loj&event=${event.eventId}`]) {
      const { page } = await open(SAMPLE, { hash });
      expect(await page.evaluate('document.activeElement.querySelector("h3").textContent')).toBe(event.title);
      expect(await cardOf(page, event).isVisible()).toBe(true);
      await closing(page);
    }
  });

  test('ai-timeline 24: on a phone nothing is wider than the screen, and a tap near a mark finds it', async () => {
    for (const width of [320, 390]) {
      const { page } = await open(SAMPLE, { viewport: { width, height: 700 }, hasTouch: true, isMobile: true });
      expect(await page.evaluate<number>('document.scrollingElement.scrollWidth')).toBeLessThanOrEqual(width);
      const box = await boxOf(page, titled('The temple at Ahmedabad is consecrated'));
      await page.touchscreen.tap(box.x + box.width / 2, box.y - 10);
      await page.waitForURL(`${ADDRESS}#event=${titled('The temple at Ahmedabad is consecrated').eventId}`);
      await closing(page);
    }
  });

  test('ai-timeline 24: it asks the network for nothing, and what sources say never runs', async () => {
    const { page, requests, complaints } = await open(evil());
    await page.waitForLoadState('networkidle');
    expect(await page.locator('.event').count()).toBe(shown.length);
    expect(await page.getByRole('combobox', { name: 'Place' }).locator('option').count()).toBeGreaterThan(1);
    await page.getByLabel('Search').fill('<script>');
    await page.waitForURL(/q=/);
    expect(requests).toEqual([ADDRESS]);
    expect(complaints).toEqual([]);
    expect(await page.evaluate('typeof window.broken')).toBe('undefined');
    // The policy stops what the page itself did not bring.
    await page.evaluate(
      `document.body.insertAdjacentHTML('beforeend', '<img src="/x.png" onerror="window.broken = 1">')`,
    );
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.broken = 2' }))`,
    );
    expect(await page.evaluate('typeof window.broken')).toBe('undefined');
    expect(complaints.filter((text) => text.includes('Content Security Policy'))).toHaveLength(3);
    await closing(page);
  });

  test('ai-timeline 24: axe finds nothing against WCAG 2.2 AA in light, dark, on a phone and on paper', async () => {
    const { page } = await open(SAMPLE, { bypassCSP: true, hash: '#from=1800&to=1831' });
    await page.evaluate(axe.source);
    const look = async (name: string) => {
      const { violations, passes } = await page.evaluate<axe.AxeResults>(
        `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
      );
      expect(violations.map(({ id, nodes }) => [name, id, nodes.map(({ html }) => html)])).toEqual([]);
      expect(passes.map(({ id }) => id)).toEqual(expect.arrayContaining(['color-contrast', 'document-title']));
    };
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await look(colorScheme);
    }
    await page.setViewportSize({ width: 320, height: 700 });
    await look('phone');
    await page.emulateMedia({ media: 'print', colorScheme: 'light' });
    await look('paper');
    await closing(page);
  });

  test('ai-timeline 24: on paper everything is open and nothing waits for a click', async () => {
    const { page } = await open(SAMPLE, { colorScheme: 'dark' });
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    const boxes = [...pdf.matchAll(/\/MediaBox\s*\[([^\]]*)\]/g)].map(([, box]) =>
      box!.trim().split(/\s+/).map(Number),
    );
    expect(boxes.length).toBeGreaterThan(0);
    // 210 x 297 mm in points, give or take one.
    expect(boxes.filter(([, , width, height]) => Math.abs(width! - 595) > 1 || Math.abs(height! - 842) > 1)).toEqual(
      [],
    );
    expect(await page.locator('details:not([open])').count()).toBe(0);
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('search').isVisible()).toBe(false);
    expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(28, 35, 48)');
    await closing(page);
  });

  test('ai-timeline 24: without scripts the axis and all events are there', async () => {
    const { page } = await open(SAMPLE, { javaScriptEnabled: false });
    expect(await page.locator('.event:visible').count()).toBe(shown.length);
    expect(await page.getByRole('search').count()).toBe(0);
    const places = await Promise.all((await marksOf(page).all()).map(async (mark) => (await mark.boundingBox())!.x));
    expect(places).toHaveLength(shown.length);
    expect(places[shown.indexOf(titled('Death at Gadhada'))]).toBeGreaterThan(places[0]! + 500);
    await closing(page);
  });

  test('ai-timeline 24: 5,000 events can be opened, walked and searched', async () => {
    const { page, complaints } = await open(bulkSample(5000));
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const cpuSeconds = async () =>
      (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')!.value;
    const count = page.locator('#count');
    expect(await count.innerText()).toBe('5,000 events');
    expect(await marksOf(page).count()).toBe(5000);
    // Thousands of marks do not make thousands of stops for the Tab key.
    expect(await page.locator('#marks a[tabindex="0"]').count()).toBe(1);
    expect(await page.evaluate<number>('document.scrollingElement.scrollWidth')).toBeLessThanOrEqual(1100);
    const before = await cpuSeconds();
    await page.locator('#f-place').selectOption('Place 3');
    await count.getByText('125 of 5,000 events').waitFor();
    await page.locator('#f-q').fill('house number 1203 ');
    await count.getByText('1 of 5,000 events').waitFor();
    // Seconds of the browser's own time: work that grows with the square of the events takes many times as long.
    expect((await cpuSeconds()) - before).toBeLessThan(4);
    expect(await page.locator('.event:not([hidden]) h3').allTextContents()).toEqual(['House number 1203 is opened']);
    // Events far away are not laid out before one goes to them.
    await page.locator('#found button', { hasText: 'Clear all' }).click();
    await page.locator('#up').click();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    const last = (await page.locator('.event').last().boundingBox())!;
    expect(last.y).toBeGreaterThanOrEqual(0);
    expect(last.y).toBeLessThan(800);
    expect(complaints).toEqual([]);
    await closing(page);
  }, 120_000);
});

/** The sample with markup in every text. */
function evil(): ExportInput {
  const bad = `<script>window.broken = 1</script><img src=x onerror="window.broken = 1">"'&\u0008`;
  return {
    ...SAMPLE,
    topic: bad,
    extractor: bad,
    generatedOn: bad,
    timelineId: bad,
    sources: SAMPLE.sources.map((source) => ({ ...source, title: bad, uri: `javascript:window.broken=1//${bad}` })),
    events: SAMPLE.events.map((event) => ({
      ...event,
      title: bad,
      summary: `${bad} and more`,
      places: [bad, `${bad} 2`],
      people: [bad],
      date: { ...event.date, originalText: bad },
      citations: event.citations.map((citation) => ({ ...citation, quote: bad, before: bad, after: bad })),
    })),
  };
}
