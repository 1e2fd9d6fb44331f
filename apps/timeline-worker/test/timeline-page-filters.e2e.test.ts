import { closing } from '../../../test/support/browser';
import { boxOf, cardOf, hashOf, marksOf, titled, visibleTitles, withPages } from './page-in-browser';
import { SAMPLE } from './page-samples';

withPages("the filters of the timeline's page in a browser", (open) => {
  test('ai-timeline 24: a filter that is chosen after an event was visited stays when the page is loaded again', async () => {
    const { page } = await open(SAMPLE);
    const card = cardOf(page, titled('Nilkanth comes to Loj'));
    await card.locator('.when a').click();
    expect(await hashOf(page)).toEqual({ event: titled('Nilkanth comes to Loj').eventId });
    await page.getByRole('button', { name: 'Axis and filters' }).click();
    await page.getByRole('combobox', { name: 'Place' }).selectOption('Ahmedabad');
    expect(await hashOf(page)).toEqual({ place: 'Ahmedabad' });
    expect(await page.locator('.event.at').count()).toBe(0);
    const again = await open(SAMPLE, { hash: await page.evaluate<string>('location.hash') });
    expect(await visibleTitles(again.page)).toEqual(await visibleTitles(page));
    expect(await visibleTitles(page)).toHaveLength(2);
    await closing(again.page);
    // One that the filter shows is still where the page was.
    await cardOf(page, titled('Building at Ahmedabad begins')).locator('.when a').click();
    await page.getByLabel('From', { exact: true }).fill('1815');
    await page.waitForURL(/from=1815/);
    expect(await hashOf(page)).toMatchObject({ event: titled('Building at Ahmedabad begins').eventId });
    await closing(page);
  });

  test('ai-timeline 24: words around a quote take none from the words that are searched', async () => {
    const [event] = SAMPLE.events;
    const [citation] = event!.citations;
    const title = 'A highland farm';
    const input = {
      ...SAMPLE,
      events: [{ ...event!, title, citations: [{ ...citation!, before: 'land', after: '' }] }],
    };
    const { page } = await open(input);
    await page.getByLabel('Search').fill('highland');
    await page.waitForURL(/q=highland/);
    expect(await visibleTitles(page)).toEqual([title]);
    await closing(page);
  });

  test('ai-timeline 24: period, place, person, source, status and words choose together, and live in the address', async () => {
    const { page } = await open(SAMPLE);
    await page.getByRole('combobox', { name: 'Place' }).selectOption('Gadhada');
    expect(await visibleTitles(page)).toEqual(['Open kitchen at Gadhada', 'Death at Gadhada']);
    await page.getByLabel('From', { exact: true }).fill('1829');
    await page.getByLabel('To', { exact: true }).fill('1831');
    await page.getByText('1 of 12 events').waitFor();
    expect(await visibleTitles(page)).toEqual(['Death at Gadhada']);
    await page.getByRole('combobox', { name: 'Person' }).selectOption('Nilkanth');
    await page.getByRole('combobox', { name: 'Source' }).selectOption('diary');
    await page.getByRole('combobox', { name: 'Status' }).selectOption('needs_review');
    await page.getByLabel('Search').fill('CLERK tells');
    await page.waitForURL(/q=CLERK/);
    expect(await visibleTitles(page)).toEqual(['Death at Gadhada']);
    expect(await marksOf(page).filter({ visible: true }).count()).toBe(1);
    const values = {
      q: 'CLERK tells',
      from: '1829',
      to: '1831',
      place: 'Gadhada',
      person: 'Nilkanth',
      source: 'diary',
      status: 'needs_review',
    };
    expect(await hashOf(page)).toEqual(values);

    const again = await open(SAMPLE, { hash: await page.evaluate<string>('location.hash') });
    expect(await visibleTitles(again.page)).toEqual(['Death at Gadhada']);
    expect(await again.page.getByRole('combobox', { name: 'Place' }).inputValue()).toBe('Gadhada');
    await closing(again.page);

    await page.getByRole('button', { name: /^Remove the filter Search/ }).click();
    await page.getByRole('button', { name: 'Clear all filters' }).click();
    expect(await visibleTitles(page)).toHaveLength(12);
    expect(await hashOf(page)).toEqual({});
    await page.goBack();
    expect(await page.getByRole('combobox', { name: 'Place' }).inputValue()).toBe('Gadhada');
    expect(await hashOf(page)).toMatchObject({ place: 'Gadhada', status: 'needs_review' });
    await closing(page);
  });

  test('ai-timeline 24: the words around a quote are not searched, and nothing found is said', async () => {
    const { page } = await open(SAMPLE);
    // It stands only around other quotes.
    await page.getByLabel('Search').fill('famine');
    await page.getByText('No event matches.').waitFor();
    expect(await visibleTitles(page)).toEqual([]);
    expect(await page.getByRole('status').innerText()).toBe('0 of 12 events');
    await page.getByRole('button', { name: 'Show all events' }).click();
    expect(await visibleTitles(page)).toHaveLength(12);
    await page.getByLabel('From', { exact: true }).fill('long ago');
    await page.getByText('A year is written as 1826 or 9 BCE.').waitFor();
    expect(await page.getByLabel('From', { exact: true }).getAttribute('aria-invalid')).toBe('true');
    expect(await visibleTitles(page)).toHaveLength(12);
    await closing(page);
  });

  test('ai-timeline 24: a name leads to the events that have it, the strip to those of a period', async () => {
    const { page } = await open(SAMPLE);
    await cardOf(page, titled('Open kitchen at Gadhada')).getByRole('link', { name: 'Gadhada' }).click();
    expect(await visibleTitles(page)).toEqual(['Open kitchen at Gadhada', 'Death at Gadhada']);
    await page.getByRole('button', { name: /^Remove the filter Place/ }).click();
    await page.getByRole('button', { name: 'Axis and filters' }).click();
    const strip = (await page.locator('#strip').boundingBox())!;
    const xOf = async (title: string) => {
      const box = await boxOf(page, titled(title));
      return box.x + box.width / 2;
    };
    const [start, end] = [
      await xOf('Building at Ahmedabad begins'),
      await xOf('The temple at Ahmedabad is consecrated'),
    ];
    await page.mouse.move(start, strip.y + 10);
    await page.mouse.down();
    await page.mouse.move(end, strip.y + 10, { steps: 3 });
    await page.mouse.up();
    expect(await hashOf(page)).toEqual({ from: '1820', to: '1822' });
    expect(await visibleTitles(page)).toEqual(
      expect.arrayContaining(['Building at Ahmedabad begins', 'The temple at Ahmedabad is consecrated']),
    );
    expect(await visibleTitles(page)).not.toContain('Meeting at Rajkot');
    await closing(page);
  });
});
