import { budget, eur, inputs, row } from '../../../test/report-inputs';
import {
  type BudgetInputs,
  type ReportInputs,
  buildReport,
  canonicalJson,
  contentHash,
  renderReportCsv,
} from './index';

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
    expect([report.status, report.provisionalStatus, report.carryOut]).toEqual(['warning', 'over', eur('-1000')]);
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
    expect(single({}).previousMonth).toMatchObject({
      month: '2025-02',
      spent: eur('30000'),
      delta: eur('6000'),
      deltaPctTenths: 200,
    });
    expect(single({ previousSpentMinor: 0n }).previousMonth.deltaPctTenths).toBeNull();
    expect(single({ previousSpentMinor: 72_000n }).previousMonth.deltaPctTenths).toBe(-500);
  });

  test('monthly-budget 12: the course of the previous month has every day of its own period', () => {
    const { cumulative } = single({}).previousMonth;
    expect(cumulative).toHaveLength(28);
    expect([cumulative[8], cumulative[9], cumulative.at(-1)]).toEqual([
      { date: '2025-02-09', spent: eur('0') },
      { date: '2025-02-10', spent: eur('10000') },
      { date: '2025-02-28', spent: eur('30000') },
    ]);
    expect(single({ today: '2025-03-04' }).previousMonth.cumulative).toEqual(cumulative);
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

  test('monthly-budget 21: both months day by day', () => {
    expect(csv({})).toContain('cumulative,Food,,2025-03-02,300.00,EUR,\r\n');
    expect(csv({})).toContain('cumulative previous month,Food,,2025-02-10,100.00,EUR,\r\n');
  });

  test('monthly-budget 21: commas, quotes and line ends stay in their cell', () => {
    expect(csv({ rows: [row({ description: 'a "b", c\r\nd' })] })).toContain(
      'largest,Food,"a ""b"", c\r\nd",2025-03-02,1.00,EUR,Groceries',
    );
  });
});
