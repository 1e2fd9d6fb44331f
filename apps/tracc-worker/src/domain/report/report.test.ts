import {
  type BudgetInputs,
  type ReportInputs,
  buildReport,
  canonicalJson,
  contentHash,
  renderReportCsv,
  renderReportHtml,
} from './index';

const eur = (minor: string) => ({ minor, currency: 'EUR' });

function budget(change: Partial<BudgetInputs> = {}): BudgetInputs {
  return {
    budgetId: 'food',
    name: 'Food',
    currency: 'EUR',
    zone: 'Europe/Berlin',
    rollover: 'none',
    period: { from: '2025-03-01', to: '2025-04-01' },
    today: '2025-04-02',
    thresholdsPct: [80, 100],
    baseMinor: 50_000n,
    carryInMinor: 0n,
    pendingMinor: 0n,
    previousSpentMinor: 30_000n,
    categories: [
      { categoryId: 'c1', name: 'Groceries', spentMinor: 30_000n, refundsMinor: 1_000n, rows: 12 },
      { categoryId: 'c2', name: 'Eating out', spentMinor: 6_000n, refundsMinor: 0n, rows: 3 },
    ],
    dailySpentMinor: new Map([
      ['2025-03-02', 30_000n],
      ['2025-03-31', 6_000n],
    ]),
    rows: [row({ transactionId: '1', spentMinor: 4_000n }), row({ transactionId: '2', spentMinor: 9_000n })],
    alerts: [],
    unconverted: [],
    ...change,
  };
}

function row(change: Partial<BudgetInputs['rows'][number]> = {}): BudgetInputs['rows'][number] {
  return {
    transactionId: '1',
    date: '2025-03-02',
    description: 'Market',
    category: 'Groceries',
    spentMinor: 100n,
    original: null,
    ...change,
  };
}

function inputs(change: Partial<ReportInputs> = {}): ReportInputs {
  return {
    userId: 'u1',
    month: '2025-03',
    revision: 1,
    generatedAt: '2025-04-02T00:15:00Z',
    budgets: [budget()],
    recurring: [],
    ...change,
  };
}
const single = (change: Partial<BudgetInputs>) => buildReport(inputs({ budgets: [budget(change)] })).budgets[0]!;

describe('buildReport', () => {
  test('monthly-budget 12: totals are what the posted rows say, pending stands apart', () => {
    const report = single({ rollover: 'full', carryInMinor: -10_000n, pendingMinor: 5_000n });
    expect(report.totals).toEqual({
      base: eur('50000'),
      carryIn: eur('-10000'),
      limit: eur('40000'),
      spent: eur('36000'),
      refunds: eur('1000'),
      pendingProvisional: eur('5000'),
      remaining: eur('4000'),
      pctTenths: 900,
    });
    expect([report.status, report.provisionalStatus, report.carryOut]).toEqual(['warning', 'over', eur('4000')]);
  });

  test('monthly-budget 12: categories by spent, then by name', () => {
    const of = (name: string, spentMinor: bigint) => ({
      categoryId: name,
      name,
      spentMinor,
      refundsMinor: 0n,
      rows: 1,
    });
    const { categories } = single({ categories: [of('b', 5n), of('refunded', -7n), of('a', 5n), of('top', 9n)] });
    expect(categories.map(({ name }) => name)).toEqual(['top', 'a', 'b', 'refunded']);
    expect(categories.at(-1)).toMatchObject({ spent: eur('-7'), pctOfLimitTenths: 0 });
  });

  test('monthly-budget 12: the cumulative series has every day and ends at the sum', () => {
    const { cumulative } = single({});
    expect(cumulative).toHaveLength(31);
    expect([cumulative[0], cumulative[1], cumulative.at(-1)]).toEqual([
      { date: '2025-03-01', spent: eur('0') },
      { date: '2025-03-02', spent: eur('30000') },
      { date: '2025-03-31', spent: eur('36000') },
    ]);
  });

  test('monthly-budget 17: a month that has not ended is partial and its series stops today', () => {
    const report = buildReport(inputs({ budgets: [budget({ today: '2025-03-10' }), budget()] }));
    expect(report.header.partial).toBe(true);
    expect(report.budgets.map(({ partial, through }) => [partial, through])).toEqual([
      [true, '2025-03-10'],
      [false, '2025-03-31'],
    ]);
    expect(report.budgets[0]!.cumulative).toHaveLength(10);
    expect(single({ today: '2025-02-10' })).toMatchObject({ through: null, cumulative: [], partial: true });
  });

  test('monthly-budget 12: the ten largest rows of money out', () => {
    const rows = Array.from({ length: 15 }, (_, n) => row({ transactionId: `${n}`, spentMinor: BigInt(n % 12) - 1n }));
    const { topRows } = single({ rows });
    expect(topRows.map(({ spent }) => spent.minor)).toEqual(['10', '9', '8', '7', '6', '5', '4', '3', '2', '1']);
  });

  test('monthly-budget 12: a foreign row keeps its own amount, positive for money out', () => {
    const { topRows } = single({ rows: [row({ original: { minor: '-12345', currency: 'JPY' } })] });
    expect(topRows[0]!.original).toEqual({ minor: '12345', currency: 'JPY' });
  });

  test('monthly-budget 12: the previous month, with no percentage of nothing', () => {
    expect(single({}).previousMonth).toEqual({
      month: '2025-02',
      spent: eur('30000'),
      delta: eur('6000'),
      deltaPctTenths: 200,
    });
    expect(single({ previousSpentMinor: 0n }).previousMonth.deltaPctTenths).toBeNull();
    expect(single({ previousSpentMinor: 72_000n }).previousMonth.deltaPctTenths).toBe(-500);
  });

  test('monthly-budget 12: totals of each currency; one without a limit adds to spent only', () => {
    const untracked = budget({
      budgetId: 'b',
      baseMinor: null,
      categories: [{ categoryId: 'x', name: 'X', spentMinor: 900n, refundsMinor: 0n, rows: 1 }],
    });
    const { totals } = buildReport(inputs({ budgets: [budget(), untracked, budget({ currency: 'CHF' })] }));
    expect(totals.map(({ currency, budgets }) => [currency, budgets])).toEqual([
      ['CHF', 1],
      ['EUR', 2],
    ]);
    expect(totals[1]).toMatchObject({
      spent: eur('36900'),
      spentWithinLimits: eur('36000'),
      limit: eur('50000'),
      remaining: eur('14000'),
      pctTenths: 720,
    });
    expect(buildReport(inputs({ budgets: [untracked] })).totals[0]).toMatchObject({
      limit: null,
      remaining: null,
      pctTenths: null,
    });
  });

  test('monthly-budget 6: rows without a rate are named, and the report is incomplete', () => {
    const unconverted = [
      { transactionId: '9', date: '2025-03-05', description: 'Taxi', amount: { minor: '-500', currency: 'THB' } },
    ];
    const report = buildReport(inputs({ budgets: [budget({ unconverted })] }));
    expect(report.header.status).toBe('incomplete');
    expect(report.budgets[0]).toMatchObject({ unconverted, unconvertedCount: 1 });
  });

  test('monthly-budget 12: recurring occurrences are posted, late, skipped or failed', () => {
    const entry = (name: string, outcome: 'posted' | 'skipped' | 'failed', late = false) => ({
      templateId: name,
      name,
      nominalDate: '2025-03-01',
      bookingDate: null,
      amount: null,
      reason: null,
      outcome,
      late,
    });
    const { recurring } = buildReport(
      inputs({
        recurring: [
          entry('b', 'posted'),
          entry('a', 'posted'),
          entry('c', 'posted', true),
          entry('d', 'skipped'),
          entry('e', 'failed'),
        ],
      }),
    );
    const names = Object.entries(recurring).map(([kind, entries]) => [
      kind,
      entries.map(({ name }: { name: string }) => name),
    ]);
    expect(Object.fromEntries(names)).toEqual({ posted: ['a', 'b'], late: ['c'], skipped: ['d'], failed: ['e'] });
    expect(recurring.posted[0]).not.toHaveProperty('outcome');
  });

  test('the report survives JSON unchanged', () => {
    const report = buildReport(inputs());
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});

describe('contentHash', () => {
  const hash = (change: Partial<ReportInputs> = {}) => contentHash(buildReport(inputs(change)));

  test('monthly-budget 13: when and how often it was told does not matter, what it says does', () => {
    expect(hash({ generatedAt: '2025-05-01T00:00:00Z', revision: 7 })).toBe(hash());
    expect(hash({ budgets: [budget({ previousSpentMinor: 30_001n })] })).not.toBe(hash());
    expect(hash({ month: '2025-02' })).not.toBe(hash());
  });

  test('monthly-budget 13: the order in which the database gave the rows does not matter', () => {
    const { categories, rows } = budget();
    const reversed = budget({ categories: categories.toReversed(), rows: rows.toReversed() });
    expect(hash({ budgets: [reversed] })).toBe(hash());
  });

  test('monthly-budget 13: a report that was stored as JSON has the hash it had', () => {
    const report = buildReport(inputs());
    expect(contentHash(JSON.parse(JSON.stringify(report)))).toBe(contentHash(report));
  });

  test('canonical JSON orders keys and leaves nothing to chance', () => {
    expect(canonicalJson({ b: [1, { z: null, a: 'ü"' }], a: undefined })).toBe('{"b":[1,{"a":"ü\\"","z":null}]}');
  });
});

describe('renderReportCsv', () => {
  const csv = (change: Partial<BudgetInputs>) => renderReportCsv(buildReport(inputs({ budgets: [budget(change)] })));

  test.each(['=1+1', '+49 170', '-2', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1', '\u0000=1'])(
    'monthly-budget 21: %j cannot run as a formula',
    (description) => {
      const line = csv({ rows: [row({ description })] })
        .split(/\r\n(?=largest|recurring|total|$)/)
        .find((text) => text.startsWith('largest'))!;
      expect(line.split(',')[2]!.replace(/^"/, '').startsWith("'")).toBe(true);
    },
  );

  test('monthly-budget 21: amounts are plain numbers with the digits of the currency', () => {
    const lines = csv({
      currency: 'KWD',
      categories: [{ categoryId: 'c', name: 'Back', spentMinor: -1_005n, refundsMinor: 1_005n, rows: 1 }],
    });
    expect(lines).toContain('category,Food,Back,,-1.005,KWD,1 rows\r\n');
    expect(csv({ currency: 'JPY' })).toContain('budget,Food,spent,,36000,JPY,\r\n');
  });

  test('monthly-budget 21: commas, quotes and line ends stay in their cell', () => {
    expect(csv({ rows: [row({ description: 'a "b", c\r\nd' })] })).toContain(
      'largest,Food,"a ""b"", c\r\nd",2025-03-02,1.00,EUR,Groceries',
    );
  });
});

describe('renderReportHtml', () => {
  const page = (change: Partial<ReportInputs> = {}) => renderReportHtml(buildReport(inputs(change)));
  const heading = (change: Partial<ReportInputs>) => /<h1>(.*?)<\/h1>/s.exec(page(change))![1]!.trim();

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
    expect(svgs.length).toBeGreaterThan(3);
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
    const text = page({
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
});
