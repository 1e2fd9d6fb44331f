import { createHash } from 'node:crypto';
import { failureType } from '@backend/shared/failures';
import { parse } from 'csv-parse/sync';
import { untilBlocked } from '../../../test/support/wait';
import type { Activities } from '../src/activities';
import type { MonthlyBudgetResult, ReportFiles } from '../src/contract';
import { type MonthlyReport, renderReportCsv, renderReportHtml } from '../src/domain/report';
import { AS_OF, MONTH, createBudgetFixtures } from './budget-fixtures';
import { type TraccRig, startTraccRig } from './support';

let rig: TraccRig;
let real: Activities;
/** Failure types of the attempts to make a report. */
const failed: (string | undefined)[] = [];
const { newUser, addBudget, book, start, run, reportOf, revisionsOf } = createBudgetFixtures(() => rig);

beforeAll(async () => {
  rig = await startTraccRig({
    change(activities) {
      real = activities;
      return {
        async generateMonthlyReport(input) {
          try {
            return await real.generateMonthlyReport(input);
          } catch (error) {
            failed.push(failureType(error));
            throw error;
          }
        },
      };
    },
  });
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

const eur = (minor: number) => ({ minor: String(minor), currency: 'EUR' });
const reported = async (userId: string, month = MONTH): Promise<MonthlyReport> =>
  reportOf((await run(userId, { month })).result);

describe('content', () => {
  test('monthly-budget 12: the header names month, revision and the time of making, each budget its period and zone', async () => {
    const userId = await newUser();
    const budgetId = await addBudget(userId, { name: 'Groceries', monthStartDay: 15, zone: 'Pacific/Auckland' });
    const before = Date.now();
    const report = await reported(userId);
    expect(report.schemaVersion).toBe(1);
    expect(report.header).toMatchObject({ userId, month: MONTH, revision: 1, partial: true, status: 'ok' });
    expect(report.header.generatedAt).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/);
    expect(Date.parse(report.header.generatedAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(report.header.generatedAt)).toBeLessThanOrEqual(Date.now());
    expect(report.budgets).toMatchObject([
      {
        budgetId,
        name: 'Groceries',
        currency: 'EUR',
        zone: 'Pacific/Auckland',
        period: { from: '2026-03-15', to: '2026-04-15' },
      },
    ]);
  });

  test('monthly-budget 12: pending rows are left out of the totals and shown apart', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await book(userId, -7000);
    await book(userId, 500, { date: '2026-03-12' });
    await book(userId, -4000, { status: 'pending' });
    await book(userId, 1000, { status: 'pending' });
    const { result } = await run(userId);
    expect(result.budgets[0]).toMatchObject({ status: 'warning', spentMinor: '9500' });
    const report = await reportOf(result);
    const [budget] = report.budgets;
    expect(budget!.totals).toEqual({
      base: eur(10_000),
      carryIn: eur(0),
      limit: eur(10_000),
      spent: eur(6500),
      refunds: eur(500),
      pendingProvisional: eur(3000),
      remaining: eur(3500),
      pctTenths: 650,
    });
    expect(budget!.categories).toMatchObject([{ name: 'Food', spent: eur(6500) }]);
    expect(budget!.topRows.map(({ spent }) => spent)).toEqual([eur(7000)]);
    expect(budget!.cumulative.find(({ date }) => date === '2026-03-09')?.spent).toEqual(eur(0));
    expect(budget!.cumulative.find(({ date }) => date === '2026-03-10')?.spent).toEqual(eur(7000));
    expect(budget!.cumulative.at(-1)).toEqual({ date: '2026-03-31', spent: eur(6500) });
    expect(report.totals).toMatchObject([{ currency: 'EUR', spent: eur(6500), pendingProvisional: eur(3000) }]);
  });

  test('monthly-budget 12: an alert that the run has just sent is in its report', async () => {
    const userId = await newUser();
    const budgetId = await addBudget(userId);
    await book(userId, -10_001);
    const [budget] = (await reported(userId)).budgets;
    expect(budget!.alerts).toEqual([
      { pct: 80, kind: 'warning', key: `alert:${budgetId}:${MONTH}:80`, delivery: 'superseded' },
      { pct: 100, kind: 'over', key: `alert:${budgetId}:${MONTH}:100`, delivery: 'sent' },
    ]);
  });

  test('monthly-budget 12: categories stand by what was spent, then by name, and rows by their size', async () => {
    const userId = await newUser();
    await rig.database.query(
      `insert into categories (user_id, category_id, name, kind) values ($1, 'z', 'Bread', 'expense'), ($1, 'a', 'Cheese', 'expense')`,
      [userId],
    );
    await addBudget(userId, { categories: ['food', 'rent', 'z', 'a'] });
    for (let minor = 1; minor <= 11; minor += 1) await book(userId, -minor, { category: 'rent' });
    await book(userId, -100, { category: 'a' });
    await book(userId, -100, { category: 'z' });
    await book(userId, -40);
    await book(userId, 30);
    const [budget] = (await reported(userId)).budgets;
    expect(budget!.categories.map(({ name, spent }) => [name, spent])).toEqual([
      ['Bread', eur(100)],
      ['Cheese', eur(100)],
      ['Rent', eur(66)],
      ['Food', eur(10)],
    ]);
    expect(budget!.topRows.map(({ spent }) => Number(spent.minor))).toEqual([100, 100, 40, 11, 10, 9, 8, 7, 6, 5]);
  });

  test.each([
    ['spent nothing', 0, { spent: eur(0), delta: eur(1000), deltaPctTenths: null }],
    ['spent half', -500, { spent: eur(500), delta: eur(500), deltaPctTenths: 1000 }],
    ['spent more', -3000, { spent: eur(3000), delta: eur(-2000), deltaPctTenths: -667 }],
    ['got money back', 2000, { spent: eur(-2000), delta: eur(3000), deltaPctTenths: 1500 }],
  ])('monthly-budget 12: the month is compared with one that %s', async (_, before, expected) => {
    const userId = await newUser();
    await addBudget(userId);
    await book(userId, -1000);
    await book(userId, before, { date: '2026-02-28' });
    await book(userId, -9, { date: '2026-02-28', status: 'pending' });
    await book(userId, -70_000, { date: '2026-01-31' });
    const report = await reported(userId);
    expect(report.budgets[0]!.previousMonth).toMatchObject({ month: '2026-02', ...expected });
    expect(report.totals[0]!.previousMonth).toMatchObject({ month: '2026-02', ...expected });
  });

  test('monthly-budget 12: occurrences are listed as posted, late or skipped, by their nominal date', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await rig.database.query(
      `insert into recurring_templates (template_id, user_id, description, account_id, category_id, amount_minor, currency, rule)
       values ($1 || '.gym', $1, 'Gym', 'checking', 'food', -2500, 'EUR', '{}')`,
      [userId],
    );
    await rig.database.query(
      `insert into recurring_occurrences (user_id, template_id, nominal_date, posting_date, outcome, reason, late)
       select $1, $1 || '.gym', date, case when outcome = 'posted' then date end, outcome, reason, late
       from (values ('2026-02-28'::date, 'posted', null, false), ('2026-03-01', 'posted', null, false),
         ('2026-03-08', 'posted', null, true), ('2026-03-15', 'skipped', 'user', false), ('2026-03-31', 'posted', null, false),
         ('2026-04-01', 'posted', null, false)) as o (date, outcome, reason, late)`,
      [userId],
    );
    await rig.database.query(
      `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, category_id, source, template_id, nominal_date)
       select $1, 'checking', posting_date, -2500, 'EUR', 'food', 'recurring', template_id, nominal_date
       from recurring_occurrences where user_id = $1 and outcome = 'posted'`,
      [userId],
    );
    const { recurring, budgets } = await reported(userId);
    const entry = (nominalDate: string) => ({
      templateId: `${userId}.gym`,
      name: 'Gym',
      nominalDate,
      bookingDate: nominalDate,
      amount: eur(-2500),
    });
    expect(recurring.posted).toMatchObject([entry('2026-03-01'), entry('2026-03-31')]);
    expect(recurring.late).toMatchObject([entry('2026-03-08')]);
    expect(recurring.skipped).toMatchObject([
      { ...entry('2026-03-15'), bookingDate: null, amount: null, reason: 'user' },
    ]);
    expect(budgets[0]!.totals.spent).toEqual(eur(7500));
  });

  test('monthly-budget 6: the report is incomplete and names the rows that no rate converts', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await book(userId, -100);
    const later = await book(userId, -6000, { currency: 'SEK', date: '2026-03-20' });
    const earlier = await book(userId, -5000, { currency: 'SEK', date: '2026-03-05' });
    const report = await reported(userId);
    expect(report.header.status).toBe('incomplete');
    expect(report.budgets[0]).toMatchObject({
      unconverted: [
        { transactionId: earlier, date: '2026-03-05', amount: { minor: '-5000', currency: 'SEK' } },
        { transactionId: later, date: '2026-03-20', amount: { minor: '-6000', currency: 'SEK' } },
      ],
      totals: { spent: eur(100) },
    });
    await book(userId, -20_000);
    expect((await reported(userId)).header.status).toBe('over');
  });

  test.each([
    ['none', 0, 10_000, 0],
    ['surplus', 16_000, 26_000, 23_000],
    ['full', 1000, 11_000, 8000],
  ] as const)(
    'monthly-budget 7: the report carries what rollover %s leaves over',
    async (rollover, carryIn, limit, carryOut) => {
      const userId = await newUser();
      await addBudget(userId, { rollover });
      await book(userId, -25_000, { date: '2026-01-10' });
      await book(userId, -4000, { date: '2026-03-10' });
      await book(userId, -3000, { date: '2026-04-10' });
      const [budget] = (await reported(userId, '2026-04')).budgets;
      expect(budget).toMatchObject({
        totals: { base: eur(10_000), carryIn: eur(carryIn), limit: eur(limit), remaining: eur(limit - 3000) },
        carryOut: eur(carryOut),
      });
    },
  );
});

describe('revisions', () => {
  /** The three files, each checked against its reference. */
  async function filesOf({ json, html, csv }: ReportFiles): Promise<Record<keyof ReportFiles, string>> {
    const read = async (ref: ReportFiles['json']) => {
      const content = await rig.blobs.read(ref);
      expect(content).toHaveLength(ref.bytes);
      expect(createHash('sha256').update(content).digest('hex')).toBe(ref.sha256);
      return content.toString();
    };
    return { json: await read(json), html: await read(html), csv: await read(csv) };
  }

  test('monthly-budget 13: the files of an older revision stay as they were', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await book(userId, -100);
    const first = (await run(userId)).result;
    const files = await filesOf(first.reportFiles!);
    await book(userId, -200);
    const second = (await run(userId)).result;
    expect([first.reportRevision, second.reportRevision]).toEqual([1, 2]);
    expect(second.reportId).not.toBe(first.reportId);
    expect(await filesOf(first.reportFiles!)).toEqual(files);
    expect((JSON.parse(files.json) as MonthlyReport).header.revision).toBe(1);
    expect((JSON.parse(files.json) as MonthlyReport).budgets[0]!.totals.spent).toEqual(eur(100));
    const stored = await rig.database.query<ReportFiles>(
      `select json_ref as json, html_ref as html, csv_ref as csv from reports where user_id = $1 order by revision`,
      [userId],
    );
    expect(stored).toEqual([first.reportFiles, second.reportFiles]);
  });

  test('monthly-budget 13: content that was there before the last revision is a new revision again', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await book(userId, -100);
    await run(userId);
    const added = await book(userId, -200);
    await run(userId);
    await rig.database.query(`delete from transactions where transaction_id = $1`, [added]);
    expect((await run(userId)).result.reportRevision).toBe(3);
  });

  test('monthly-budget 13: of runs that make the same report at once, one stores it', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await book(userId, -100);
    const request = { userId, month: MONTH, asOf: AS_OF, dryRun: false };
    const made = await Promise.allSettled([1, 2, 3, 4].map(async () => real.generateMonthlyReport(request)));
    expect(await revisionsOf(userId)).toEqual([{ month: MONTH, revision: 1 }]);
    for (const outcome of made) {
      if (outcome.status === 'fulfilled')
        expect(outcome.value).toMatchObject({ reportId: `report:${userId}:${MONTH}:1` });
      else expect(failureType(outcome.reason)).toBe('RevisionTaken');
    }
    expect(made.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await real.generateMonthlyReport(request)).toMatchObject({ revision: 1 });
  });

  /** A run whose insert waits for a revision that someone else has written and commits only then. */
  async function runAgainst(userId: string, contentHash: string) {
    await rig.database.query(`create temporary table theirs as select * from reports where user_id = $1`, [userId]);
    await rig.database.query(`delete from reports where user_id = $1`, [userId]);
    await rig.database.query('begin');
    await rig.database.query(`update theirs set content_hash = $1`, [contentHash]);
    await rig.database.query(`insert into reports select * from theirs`);
    failed.length = 0;
    const handle = await start(userId);
    await untilBlocked(rig.database);
    await rig.database.query('drop table theirs');
    await rig.database.query('commit');
    const result = (await handle.result()) as MonthlyBudgetResult;
    expect(failed).toEqual(['RevisionTaken']);
    return result;
  }

  test('monthly-budget 13: a report that another run stores meanwhile is found by the retry', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await book(userId, -100);
    const first = (await run(userId)).result;
    const [stored] = await rig.database.query<{ hash: string }>(
      `select content_hash as hash from reports where user_id = $1`,
      [userId],
    );
    const { reportId, reportRevision, reportFiles } = await runAgainst(userId, stored!.hash);
    expect({ reportId, reportRevision, reportFiles }).toEqual({
      reportId: first.reportId,
      reportRevision: 1,
      reportFiles: first.reportFiles,
    });
    expect(await revisionsOf(userId)).toEqual([{ month: MONTH, revision: 1 }]);
  });

  test('monthly-budget 13: another report that is stored meanwhile stays, and the retry makes the next revision', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await run(userId);
    const result = await runAgainst(userId, 'other content');
    expect(result).toMatchObject({ reportId: `report:${userId}:${MONTH}:2`, reportRevision: 2 });
    expect((await reportOf(result)).header.revision).toBe(2);
    expect(await revisionsOf(userId)).toHaveLength(2);
  });
});

describe('formats', () => {
  const FORMULA = `=cmd|' /C calc'!A0`;

  test('monthly-budget 21: the stored HTML and CSV are those of the stored JSON', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await addBudget(userId, { name: FORMULA, categories: ['rent'], limitMinor: null });
    await book(userId, -9000);
    await book(userId, -700, { category: 'rent' });
    const { reportFiles } = (await run(userId)).result;
    const text = async (ref: ReportFiles['json']) => (await rig.blobs.read(ref)).toString();
    const report = JSON.parse(await text(reportFiles!.json)) as MonthlyReport;
    expect(await text(reportFiles!.csv)).toBe(renderReportCsv(report));
    expect(await text(reportFiles!.html)).toBe(renderReportHtml(report));
    expect(await text(reportFiles!.html)).toContain('<svg');
  });

  test('monthly-budget 21: no cell of the CSV is a formula, whatever budgets, categories and rows are called', async () => {
    const userId = await newUser();
    await rig.database.query(`update categories set name = $2 where user_id = $1 and category_id = 'food'`, [
      userId,
      FORMULA,
    ]);
    await addBudget(userId, { name: FORMULA });
    const texts = [FORMULA, '+1+1', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '\uff1d1', ' =1'];
    for (const text of texts) {
      const id = await book(userId, -1000);
      await rig.database.query(`update transactions set description = $2 where transaction_id = $1`, [id, text]);
    }
    const foreign = await book(userId, -5, { currency: 'SEK' });
    await rig.database.query(`update transactions set payee = $2 where transaction_id = $1`, [foreign, FORMULA]);
    const { reportFiles } = (await run(userId)).result;
    const rows: Record<string, string>[] = parse(await rig.blobs.read(reportFiles!.csv), { columns: true });
    expect(rows.filter(({ section }) => section === 'largest')).toHaveLength(texts.length);
    for (const { amount, ...cells } of rows) {
      expect(amount).toMatch(/^(-?\d+\.\d{2})?$/);
      for (const cell of Object.values(cells))
        expect(cell).not.toMatch(/^\s*[=+\-@\uff0b\uff0d\uff1d\uff20]|^[\t\r\n]/u);
    }
    for (const column of ['budget', 'item']) expect(rows.map((row) => row[column])).toContain(`'${FORMULA}`);
  });
});

test('monthly-budget 7, 12: what one report carries over is what the next one begins with, pending rows included', async () => {
  const userId = await newUser();
  await addBudget(userId, { rollover: 'full', rolloverSince: '2026-03' });
  await book(userId, -4000);
  await book(userId, -1000, { status: 'pending' });
  const march = await reportOf((await run(userId, { month: '2026-03' })).result);
  const april = await reportOf((await run(userId, { month: '2026-04' })).result);
  expect(march.budgets[0]!.totals.remaining).toEqual(eur(6000));
  expect(march.budgets[0]!.carryOut).toEqual(eur(5000));
  expect(april.budgets[0]!.totals.carryIn).toEqual(eur(5000));
});
