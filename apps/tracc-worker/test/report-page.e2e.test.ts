import { formatMoney, type Money } from '@backend/shared/kernel';
import axe from 'axe-core';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { closing, flat, inBrowser, servePage } from '../../../test/support/browser';
import { type BudgetReport, type ReportInputs, buildReport, renderReportHtml } from '../src/domain/report';
import { REPORT_SAMPLES } from './report-samples';

const ADDRESS = 'http://report.test/';

/** Amounts as the page writes them. */
const said = (amount: Money) => formatMoney(amount).replace('-', '−');
const sizeOf = ({ minor, currency }: Money) => said({ minor: minor.replace('-', ''), currency });

const samples = Object.entries<ReportInputs>(REPORT_SAMPLES).map(([name, inputs]) => ({
  name,
  report: buildReport(inputs),
}));
const household = samples.find(({ name }) => name === 'household')!.report;

inBrowser('the report in a browser', (browser) => {
  const open = async (markup: string, options?: BrowserContextOptions) =>
    servePage(browser(), { address: ADDRESS, markup }, options);

  const sectionOf = (page: Page, position: number) => page.locator(`section[aria-labelledby="budget-${position}"]`);

  /** Term to value, of what can be seen. */
  async function figuresIn(part: Locator): Promise<Record<string, string>> {
    const terms = await part.locator('dt').allInnerTexts();
    const values = await part.locator('dd').allInnerTexts();
    return Object.fromEntries(terms.map((term, n) => [flat(term), flat(values[n] ?? '')]));
  }

  test.each(samples)('monthly-budget 12: every figure of the report can be seen: $name', async ({ report }) => {
    const { page } = await open(renderReportHtml(report));
    for (const [n, budget] of report.budgets.entries()) {
      const section = sectionOf(page, n + 1);
      expect(flat(await section.getByRole('heading', { level: 2 }).innerText())).toBe(budget.name);
      const { limit, spent, remaining, refunds, pendingProvisional } = budget.totals;
      const figures = await figuresIn(section);
      expect(figures['Spent']).toBe(said(spent));
      expect(figures['Limit']).toBe(limit === null ? undefined : said(limit));
      if (remaining !== null) {
        const isOver = remaining.minor.startsWith('-');
        expect(figures[isOver ? 'Over' : 'Left']).toBe(sizeOf(remaining));
        expect(figures).not.toHaveProperty(isOver ? 'Left' : 'Over');
      }
      expect(figures['Refunded']).toBe(refunds.minor === '0' ? undefined : said(refunds));
      expect(figures['Pending']).toBe(pendingProvisional.minor === '0' ? undefined : said(pendingProvisional));
      const text = flat(await section.innerText());
      for (const { name, spent: amount } of budget.categories) {
        expect(text).toContain(name);
        expect(text).toContain(said(amount));
      }
      for (const { description, spent: amount } of budget.topRows) {
        expect(text).toContain(description);
        expect(text).toContain(said(amount));
      }
    }
    await closing(page);
  });

  test('monthly-budget 12: totals of each currency, what recurred, and the month before', async () => {
    const { page } = await open(renderReportHtml(household));
    const totals = page.locator('.total');
    for (const [n, total] of household.totals.entries()) {
      const figures = await figuresIn(totals.nth(n));
      expect(figures['Spent']).toBe(said(total.spent));
      expect(figures['Limit']).toBe(said(total.limit!));
      expect(figures['Left']).toBe(said(total.remaining!));
    }
    const recurring = page.getByRole('region', { name: 'Recurring transactions' });
    for (const kind of ['posted', 'late', 'skipped', 'failed'] as const) {
      for (const { name } of household.recurring[kind]) {
        expect(flat(await recurring.getByRole('row', { name }).innerText())).toContain(kind);
      }
    }
    const compared = page.getByRole('region', { name: 'Compared with February 2026' });
    for (const { name, totals: now, previousMonth } of household.budgets) {
      const row = flat(await compared.getByRole('row', { name }).first().innerText());
      expect(row).toContain(said(now.spent));
      expect(row).toContain(said(previousMonth.spent));
    }
    await closing(page);
  });

  test.each(samples)('monthly-budget 21: each chart has a name that tells its sum: $name', async ({ report }) => {
    const { page } = await open(renderReportHtml(report));
    const moved = ({ cumulative, previousMonth }: BudgetReport) =>
      [...cumulative, ...previousMonth.cumulative].some(({ spent }) => spent.minor !== '0');
    for (const [n, budget] of report.budgets.entries()) {
      const charts = sectionOf(page, n + 1).getByRole('img', { name: `Spending in ${budget.name}, day by day` });
      expect(await charts.count()).toBe(moved(budget) ? 1 : 0);
      if (moved(budget)) {
        const spent = `${said(budget.totals.spent)} was spent`;
        const named = sectionOf(page, n + 1).getByRole('img', { name: spent });
        expect(await named.count()).toBe(1);
      }
    }
    await closing(page);
  });

  test('monthly-budget 21: it follows the scheme of the reader', async () => {
    const { page } = await open(renderReportHtml(household), { colorScheme: 'light' });
    const colours = () =>
      page.evaluate<string[]>(`[document.body, document.querySelector('.card')].map((part) => {
        const style = getComputedStyle(part);
        return style.backgroundColor + ' ' + style.color;
      })`);
    const light = await colours();
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await colours();
    expect(new Set([...light, ...dark]).size).toBe(4);
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    expect((await colours())[1]).toBe(light[1]);
    await closing(page);
  });

  test.each(samples)('monthly-budget 21: it fits the width of a phone: $name', async ({ report }) => {
    const { page } = await open(renderReportHtml(report), { viewport: { width: 320, height: 640 } });
    expect(await page.evaluate<number>('document.scrollingElement.scrollWidth')).toBeLessThanOrEqual(320);
    await closing(page);
  });

  test.each(samples)('monthly-budget 21: it prints on A4: $name', async ({ report }) => {
    const { page } = await open(renderReportHtml(report));
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    const sizes = [...pdf.matchAll(/\/MediaBox\s*\[([^\]]*)\]/g)].map(([, box]) =>
      box!.trim().split(/\s+/).map(Number),
    );
    expect(pdf).toMatch(/^%PDF/);
    expect(sizes.length).toBeGreaterThan(0);
    // 210 x 297 mm in points, give or take one.
    expect(sizes.filter(([, , width, height]) => Math.abs(width! - 595) > 1 || Math.abs(height! - 842) > 1)).toEqual(
      [],
    );
    await closing(page);
  });

  test.each(samples)('monthly-budget 21: it asks the network for nothing: $name', async ({ report }) => {
    const { page, requests, complaints } = await open(renderReportHtml(report));
    await page.waitForLoadState('networkidle');
    expect(requests).toEqual([ADDRESS]);
    expect(complaints).toEqual([]);
    await closing(page);
  });

  test('monthly-budget 21: a mail reader that drops styles and pictures still tells everything', async () => {
    const { page } = await open(renderReportHtml(household));
    await page.evaluate(`document.querySelectorAll('style, svg').forEach((part) => part.remove())`);
    for (const [n, { totals, status }] of household.budgets.entries()) {
      const section = sectionOf(page, n + 1);
      expect((await figuresIn(section))['Spent']).toBe(said(totals.spent));
      const words = { ok: 'within limit', warning: 'close to limit', over: 'over limit', untracked: 'no limit' };
      expect(await section.innerText()).toContain(words[status]);
    }
    expect(flat(await page.locator('body').innerText())).toContain('problem: Travel is 88.00 EUR over its limit');
    await closing(page);
  });

  test.each(samples)('monthly-budget 21: axe finds nothing against WCAG 2.2 AA: $name', async ({ report }) => {
    // The page allows no script, so the checker has to be let in past that.
    const { page } = await open(renderReportHtml(report), { bypassCSP: true });
    await page.evaluate(axe.source);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations, passes } = await page.evaluate<axe.AxeResults>(
        `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
      );
      expect(violations.map(({ id, nodes }) => [colorScheme, id, nodes[0]?.html])).toEqual([]);
      expect(passes.map(({ id }) => id)).toEqual(expect.arrayContaining(['color-contrast', 'document-title']));
    }
    await closing(page);
  });

  test('monthly-budget 21: headings go down one level at a time', async () => {
    const { page } = await open(renderReportHtml(household));
    const levels = await page.evaluate<number[]>(
      `[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(({ tagName }) => Number(tagName[1]))`,
    );
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.filter((level, n) => level > (levels[n - 1] ?? 0) + 1)).toEqual([]);
    for (const landmark of ['banner', 'main', 'contentinfo'] as const) {
      expect(await page.getByRole(landmark).count()).toBe(1);
    }
    await closing(page);
  });
});
