import { budget, eur, inputs, row } from '../../../../test/report-inputs';
import { type BudgetInputs, type ReportInputs, buildReport, renderReportHtml } from '../index';
import { PALETTES } from './style';

/** What a reader of text sees of it. */
function plain(markup: string): string {
  return markup
    .replace(/<style>.*?<\/style>/gs, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim();
}

describe('renderReportHtml', () => {
  const page = (change: Partial<ReportInputs> = {}) => renderReportHtml(buildReport(inputs(change)));
  const plainPage = (change: Partial<ReportInputs>) => plain(page(change));
  const heading = (change: Partial<ReportInputs>) => plain(/<h1>(.*?)<\/h1>/s.exec(page(change))![1]!);

  test('monthly-budget 12, 21: it needs nothing but itself', () => {
    const text = page();
    expect(text).not.toMatch(/<(script|link|img|iframe|object)|\bsrc=|\bhref=|url\(|@import|\bon\w+=/i);
    expect(text).toMatch(/^<!doctype html>\s*<html lang="en">/);
    expect(text).toMatch(/<title>Monthly report, March 2025<\/title>/);
  });

  test('monthly-budget 21: whatever a bank writes is text', () => {
    const evil = `</td><script>alert("1")</script><img src=x onerror='x'>&`;
    const text = page({
      budgets: [
        budget({
          name: evil,
          zone: evil,
          categories: [{ categoryId: 'c', name: evil, spentMinor: 100n, refundsMinor: 0n, rows: 1 }],
          rows: [row({ description: evil, category: evil })],
          unconverted: [{ transactionId: '1', date: '2025-03-01', description: evil, amount: eur('-1') }],
        }),
      ],
      recurring: [
        {
          templateId: 't',
          name: evil,
          nominalDate: '2025-03-01',
          bookingDate: null,
          amount: null,
          reason: evil,
          outcome: 'failed',
          late: false,
        },
      ],
    });
    expect(text).not.toMatch(/<script|<img/);
    expect(text).toContain(
      '&lt;/td&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&lt;img src=x onerror=&#39;x&#39;&gt;&amp;',
    );
  });

  test('monthly-budget 21: signs that no page may hold are replaced, letters of every script stay', () => {
    const text = page({ budgets: [budget({ name: 'a\u0000b\ud800c ગુજરાતી 🍞' })] });
    expect(text).toContain('a\ufffdb\ufffdc ગુજરાતી 🍞');
  });

  test('every chart has a name, and every table a caption and headed columns', () => {
    const text = page();
    const svgs = text.match(/<svg[^>]*>/g)!;
    expect(svgs.length).toBe(3);
    expect(svgs.filter((svg) => !svg.includes('role="img"'))).toEqual([]);
    expect(text.match(/<svg[^>]*>\s*<title/g)).toHaveLength(svgs.length);
    expect(text.match(/<table>\s*<caption>/g)).toHaveLength(text.match(/<table/g)!.length);
    expect(text.match(/<th>|<th class/g)).toBeNull();
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('the verdict is said in words', () => {
    const spent = (spentMinor: bigint) => [{ categoryId: 'c', name: 'C', spentMinor, refundsMinor: 0n, rows: 1 }];
    const over = budget({ categories: spent(50_001n) });
    expect(heading({})).toBe('Within every limit');
    expect(heading({ budgets: [budget({ today: '2025-03-03' })] })).toBe('Within every limit so far');
    expect(heading({ budgets: [budget({ categories: spent(50_000n) })] })).toBe(
      'Within every limit, but close in Food',
    );
    expect(heading({ budgets: [over, budget()] })).toBe('Over the limit in Food');
    expect(heading({ budgets: [over, over] })).toBe('Over the limit in all 2 budgets');
    expect(heading({ budgets: [budget({ baseMinor: null })] })).toBe('No limits were set');
    expect(heading({ budgets: [] })).toBe('No budgets in this month');
  });

  test('what needs attention is said first', () => {
    const text = plainPage({
      budgets: [
        budget({
          categories: [{ categoryId: 'c', name: 'C', spentMinor: 45_000n, refundsMinor: 0n, rows: 1 }],
          today: '2025-03-22',
          pendingMinor: 6_000n,
          alerts: [{ pct: 80, kind: 'warning', key: 'k', delivery: 'failed' }],
          unconverted: [
            { transactionId: '1', date: '2025-03-01', description: 'x', amount: { minor: '-1', currency: 'THB' } },
          ],
        }),
      ],
    });
    expect(text).toContain('Food has used 90.0% of its limit: 50.00 EUR left for 9 days.');
    expect(text).toContain('Pending 60.00 EUR would put Food over its limit.');
    expect(text).toContain('1 row of Food has no exchange rate to EUR and is not counted.');
    expect(text).toContain('The 80% alert of Food could not be delivered.');
  });

  test.each([
    ['an empty month', { categories: [], rows: [], dailySpentMinor: new Map(), previousSpentMinor: 0n }],
    ['a limit of 0', { baseMinor: 0n }],
    [
      'more money back than out',
      {
        categories: [{ categoryId: 'c', name: 'C', spentMinor: -500n, refundsMinor: 500n, rows: 1 }],
        dailySpentMinor: new Map([['2025-03-05', -500n]]),
      },
    ],
    ['a period that has not begun', { today: '2025-01-01', categories: [], rows: [] }],
    [
      'an amount beyond floats',
      {
        categories: [{ categoryId: 'c', name: 'C', spentMinor: 10n ** 24n, refundsMinor: 0n, rows: 1 }],
        dailySpentMinor: new Map([['2025-03-05', 10n ** 24n]]),
      },
    ],
    ['no limit', { baseMinor: null }],
  ])('%s is drawn without a wrong number', (_, change) => {
    const text = page({ budgets: [budget(change)] });
    expect(text).not.toMatch(/NaN|Infinity|undefined|null|\[object/);
  });

  test('nothing that needs attention is said too, and every thing has a word beside its colour', () => {
    expect(plainPage({})).toContain('Needs your attention nothing : No limit was passed');
    const over = budget({ baseMinor: 1n });
    expect(plainPage({ budgets: [over, budget()] })).toContain(
      'problem : Food is 359.99 EUR over its limit of 0.01 EUR',
    );
  });

  test('a name that no sentence can carry is cut there, and whole where it is told about', () => {
    const name = 'Donaudampfschifffahrtsgesellschaft '.repeat(4).trim();
    const text = page({ budgets: [budget({ name, baseMinor: 1n })] });
    expect(/<h1>.*?<\/h1>/s.exec(text)![0]).toContain('…</bdi>');
    expect(text).toContain(`<h2 id="budget-1"><bdi>${name}</bdi></h2>`);
  });

  test('monthly-budget 12: the change against the month before is a percentage only where that tells something', () => {
    const change = (previousSpentMinor: bigint, spentMinor = 36_000n) => {
      const categories = [{ categoryId: 'c', name: 'C', spentMinor, refundsMinor: 0n, rows: 1 }];
      const text = plainPage({ budgets: [budget({ previousSpentMinor, categories })] });
      return /Against February (.*?) Needs your attention/.exec(text)![1];
    };
    expect(change(30_000n)).toBe('20.0% more');
    expect(change(72_000n)).toBe('50.0% less');
    expect(change(36_000n)).toBe('the same');
    expect(change(0n)).toBe('360.00 EUR more');
    expect(change(-100n)).toBe('361.00 EUR more');
    expect(change(100n, -100n)).toBe('2.00 EUR less');
    expect(change(1n)).toBe('359.99 EUR more');
  });
});

describe('the course of the month', () => {
  const section = (change: Partial<BudgetInputs>) => {
    const text = renderReportHtml(buildReport(inputs({ budgets: [budget(change)] })));
    return /<section class="budget.*?<\/section>/s.exec(text)![0];
  };
  const points = (text: string, line: string) =>
    [...text.matchAll(/<polyline([^>]*)>/g)]
      .filter(([, attributes]) => attributes!.includes(`class="${line}`))
      .map(([, attributes]) =>
        /points="([^"]*)"/
          .exec(attributes!)![1]!
          .split(' ')
          .map((pair) => pair.split(',').map(Number)),
      );
  const previous = (from: string, to: string, days: Record<string, bigint>): Partial<BudgetInputs> => ({
    previous: { period: { from, to }, dailySpentMinor: new Map(Object.entries(days)) },
    previousSpentMinor: Object.values(days).reduce((sum, minor) => sum + minor, 0n),
  });

  test('monthly-budget 12: the month before lies under this one day by day', () => {
    const text = section({});
    const [now, before] = [points(text, 'line-')[0]!, points(text, 'previous')[0]!];
    // A shorter month ends before the right edge, at the day that it has reached.
    expect([now.length, before.length]).toEqual([32, 29]);
    expect(before.map(([x]) => x)).toEqual(now.slice(0, 29).map(([x]) => x));
    // 300 EUR at the end of both February and 2 March: the same height.
    expect(before.at(-1)![1]).toBe(now[2]![1]);
  });

  test('monthly-budget 12: a longer month before ends at the right edge with all that it spent', () => {
    const text = section({
      period: { from: '2025-02-01', to: '2025-03-01' },
      today: '2025-03-02',
      dailySpentMinor: new Map([['2025-02-28', 36_000n]]),
      ...previous('2025-01-01', '2025-02-01', { '2025-01-02': 10_000n, '2025-01-31': 26_000n }),
    });
    const [now, before] = [points(text, 'line-')[0]!, points(text, 'previous')[0]!];
    expect([now.length, before.length]).toEqual([29, 29]);
    expect(before.at(-1)).toEqual(now.at(-1));
    expect(before.at(-2)![1]).toBeGreaterThan(before.at(-1)![1]!);
  });

  test('monthly-budget 12: the legend says in words which line is which, and names no line that is not drawn', () => {
    const all = ['this month (thick)', 'February 2025 (thin)', 'limit (dashed)', 'even pace to it (dotted)'];
    const words = (change: Partial<BudgetInputs>) => all.filter((text) => section(change).includes(`>${text}<`));
    expect(words({})).toEqual(all);
    expect(words(previous('2025-02-01', '2025-03-01', {}))).toEqual([all[0], all[2], all[3]]);
    expect(points(section(previous('2025-02-01', '2025-03-01', {})), 'previous')).toEqual([]);
    expect(words({ baseMinor: null })).toEqual([all[0], all[1]]);
  });

  test('monthly-budget 12: sentences say what the picture shows', () => {
    const said = (change: Partial<BudgetInputs>) => plain(section(change));
    expect(said({})).toContain(
      'February 2025 came to 300.00 EUR ; this is 20.0% more. Most was spent on 2 Mar: 300.00 EUR .',
    );
    expect(said({ baseMinor: 30_001n })).toContain('The limit was passed on 31 Mar.');
    const sofar = said({
      today: '2025-03-10',
      baseMinor: 31_000n,
      categories: [{ categoryId: 'c', name: 'C', spentMinor: 30_000n, refundsMinor: 0n, rows: 1 }],
    });
    expect(sofar).toContain('That is 200.00 EUR more than an even pace to the limit.');
    expect(sofar).toContain('By 10 Feb it was 100.00 EUR , in all of February 2025 300.00 EUR .');
    const nothing = {
      ...previous('2025-02-01', '2025-03-01', {}),
      dailySpentMinor: new Map<string, bigint>(),
      categories: [],
    };
    expect(said(nothing)).toContain('No money moved, in this month or the one before.');
    expect(section(nothing)).not.toContain('<svg');
  });

  test('an axis of large amounts counts in thousands or millions', () => {
    const labels = (minor: bigint) =>
      [...section({ baseMinor: minor }).matchAll(/text-anchor="end" font-size="12"[^>]*>([^<]*)</g)]
        .map(([, text]) => text!)
        .filter((text) => !text.includes(' '));
    expect(labels(100_000n)).toEqual(['0', '500', '1,000']);
    expect(labels(3_000_000_00n)).toEqual(['0', '1M', '2M', '3M']);
    expect(labels(500_000_00n)).toEqual(['0', '200k', '400k', '600k']);
  });
});

describe('colours', () => {
  const luminance = (hex: string) => {
    const [red, green, blue] = [1, 3, 5]
      .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const contrast = (a: string, b: string) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light! + 0.05) / (dark! + 0.05);
  };

  test.each(Object.entries(PALETTES))('monthly-budget 21: %s text can be read and lines can be seen', (_, p) => {
    const texts = [
      [p.ink, p.page],
      [p.ink, p.card],
      [p.muted, p.page],
      [p.muted, p.card],
      [p.over, p.card],
      [p.ok, p.okTint],
      [p.warning, p.warningTint],
      [p.over, p.overTint],
      [p.muted, p.plainTint],
    ] as const;
    expect(texts.filter(([front, back]) => contrast(front, back) < 4.5)).toEqual([]);
    const shapes = [p.ok, p.warning, p.over, p.plain, p.muted, p.ink];
    expect(shapes.filter((colour) => contrast(colour, p.card) < 3)).toEqual([]);
  });
});
