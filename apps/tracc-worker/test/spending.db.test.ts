import type { Queryable } from '@backend/shared/pg';
import type { TestDatabase } from '@backend/shared/testing';
import { openTestDatabase } from '../../../test/support/servers';
import { type SpentRow, readSpentByDay, readSpentByMonth, reportRows } from '../src/repositories';
import { createLedger } from './ledger';
import { addUser } from './support';

const USER = 'u1';
let database: TestDatabase;
const { addBudget, add, rate } = createLedger(() => database, USER);
beforeAll(async () => {
  database = await openTestDatabase('tracc');
  await addUser(database, USER, 'Europe/Berlin');
  await addUser(database, 'havana', 'America/Havana');
  await addUser(database, 'u2', 'Europe/Berlin');
  for (const user of [USER, 'havana', 'u2']) {
    await addBudget(user, { budgetId: `food-${user}` });
    await addBudget(user, { budgetId: `all-${user}`, categories: ['food', 'rent', 'salary'] });
    await addBudget(user, { budgetId: `mid-${user}`, startDay: 15 });
  }
  await addBudget(USER, { budgetId: 'yen', currency: 'JPY' });
});
beforeEach(async () => database.query('truncate transactions, fx_rates'));
afterAll(async () => database.drop());

/** The sums of one month of one budget; nothing when it has no rows. */
async function spent(
  budgetId: string,
  { user = USER, month = '2026-03', from = '2026-03-01', to = '2026-04-01' } = {},
): Promise<SpentRow | undefined> {
  const rows = await database.scope(user, async (tx) => readSpentByMonth(tx, { budgetIds: [budgetId], from, to }));
  expect(rows.every((row) => row.budgetId === budgetId)).toBe(true);
  return rows.find((row) => row.month === month);
}

const FOOD = `food-${USER}`;
const sums = (posted: number, { pending = 0, refunds = 0, unconverted = 0 } = {}) => ({
  budgetId: expect.any(String),
  month: '2026-03',
  postedMinor: String(posted),
  pendingMinor: String(pending),
  refundsMinor: String(refunds),
  unconverted,
  topCategories: expect.any(Array),
});

describe('which rows count', () => {
  test('monthly-budget 4: posted and pending rows of the categories of the budget, and no others', async () => {
    await add({ minor: -1000 });
    await add({ minor: -50, status: 'pending' });
    await add({ minor: -7, category: 'rent' });
    await add({ minor: -7, category: null });
    await add({ minor: -7, user: 'u2' });
    expect(await spent(FOOD)).toEqual(sums(1000, { pending: 50 }));
    expect(await spent(`all-${USER}`)).toEqual(sums(1007, { pending: 50 }));
    expect(await spent('food-u2', { user: 'u2' })).toEqual(sums(7));
  });

  test('monthly-budget 4: void rows and transfers do not count', async () => {
    await add({ minor: -1000 });
    await add({ minor: -300, status: 'void' });
    await add({ minor: -200, kind: 'transfer' });
    await add({ minor: 200, kind: 'transfer' });
    expect(await spent(FOOD)).toEqual(sums(1000));
  });

  test('monthly-budget 4: the parent of a split is ignored, its lines are counted', async () => {
    const parent = await add({ minor: -1000, isSplit: true });
    await add({ minor: -600, parent });
    await add({ minor: -400, parent, category: 'rent' });
    expect(await spent(FOOD)).toEqual(sums(600));
    expect(await spent(`all-${USER}`)).toEqual(sums(1000));
  });

  test('monthly-budget 4: a split that is made void, or a transfer, takes its lines along', async () => {
    const parent = await add({ minor: -1000, isSplit: true });
    await add({ minor: -600, parent });
    await add({ minor: -400, parent, category: 'rent' });
    const change = async (set: string) => database.query(`update transactions set ${set} where is_split`);
    await change(`status = 'pending'`);
    expect(await spent(`all-${USER}`)).toEqual(sums(0, { pending: 1000 }));
    await change(`status = 'void'`);
    expect(await spent(`all-${USER}`)).toBeUndefined();
    await change(`status = 'posted', kind = 'transfer'`);
    expect(await spent(`all-${USER}`)).toBeUndefined();
    await change(`kind = 'normal'`);
    expect(await spent(`all-${USER}`)).toEqual(sums(1000));
  });

  test('monthly-budget 4: a row is counted once, although it has both a date and an instant', async () => {
    await database.query(
      `insert into transactions (user_id, account_id, booking_date, occurred_at, amount_minor, currency, category_id) values ($1, 'checking', '2026-03-31', '2026-04-01T10:00:00Z', -100, 'EUR', 'food')`,
      [USER],
    );
    expect(await spent(FOOD)).toEqual(sums(100));
    expect(await spent(FOOD, { month: '2026-04', from: '2026-04-01', to: '2026-05-01' })).toBeUndefined();
  });

  test('monthly-budget 5: a refund lowers spent and is reported beside it, and spent may be negative', async () => {
    await add({ minor: -1000 });
    await add({ minor: 300 });
    expect(await spent(FOOD)).toEqual(sums(700, { refunds: 300 }));
    await add({ minor: 900, status: 'pending' });
    expect(await spent(FOOD)).toEqual(sums(700, { pending: -900, refunds: 1200 }));
    await add({ minor: 800 });
    expect(await spent(FOOD)).toEqual(sums(-100, { pending: -900, refunds: 2000 }));
  });

  test('monthly-budget 5: income never counts, even in a budget that names the category', async () => {
    await add({ minor: -1000 });
    await add({ minor: 500_000, category: 'salary' });
    await add({ minor: -100, category: 'salary' });
    expect(await spent(`all-${USER}`)).toEqual(sums(1000));
  });

  test('monthly-budget 4: sums have no size at which they lose a cent', async () => {
    const largest = 2n ** 63n - 1n;
    await add({ minor: -largest });
    await add({ minor: -largest });
    await add({ minor: -1 });
    expect(await spent(FOOD)).toMatchObject({ postedMinor: (2n * largest + 1n).toString() });
  });

  test('monthly-budget 10: the top categories are those with the most spent, net of refunds', async () => {
    await add({ minor: -500, category: 'rent' });
    await add({ minor: -1000 });
    await add({ minor: 600 });
    await add({ minor: -9000, category: 'salary' });
    await add({ minor: -800, category: 'rent', status: 'pending' });
    const rows = [await spent(`all-${USER}`), await spent(FOOD)];
    expect(rows.map((row) => row?.topCategories)).toEqual([
      [
        { name: 'Rent', spentMinor: '1300' },
        { name: 'Food', spentMinor: '400' },
      ],
      [{ name: 'Food', spentMinor: '400' }],
    ]);
    await add({ minor: 500 });
    expect((await spent(FOOD))?.topCategories).toEqual([]);
  });
});

describe('which month a row is in', () => {
  test('monthly-budget 3: the period is from the first day of the month to the day before the next', async () => {
    for (const [date, minor] of [
      ['2026-02-28', -1],
      ['2026-03-01', -10],
      ['2026-03-31', -100],
      ['2026-04-01', -1000],
    ] as const)
      await add({ date, minor });
    expect(await spent(FOOD)).toEqual(sums(110));
  });

  test('monthly-budget 3: with start day 15 the month is [M-15, (M+1)-15)', async () => {
    for (const [date, minor] of [
      ['2026-03-14', -1],
      ['2026-03-15', -10],
      ['2026-04-14', -100],
      ['2026-04-15', -1000],
    ] as const)
      await add({ date, minor });
    expect(await spent(`mid-${USER}`, { from: '2026-03-15', to: '2026-04-15' })).toEqual(sums(110));
    const all = await database.scope(USER, async (tx) =>
      readSpentByMonth(tx, { budgetIds: [`mid-${USER}`, FOOD], from: '2026-01-01', to: '2026-12-31' }),
    );
    expect(all.map(({ budgetId, month, postedMinor }) => `${budgetId} ${month} ${postedMinor}`).sort()).toEqual([
      'food-u1 2026-03 11',
      'food-u1 2026-04 1100',
      'mid-u1 2026-02 1',
      'mid-u1 2026-03 110',
      'mid-u1 2026-04 1000',
    ]);
  });

  test("monthly-budget 3: a row with only an instant is dated in the user's zone, to the second", async () => {
    await add({ at: '2026-02-28T22:59:59Z', minor: -1 });
    await add({ at: '2026-02-28T23:00:00Z', minor: -10 });
    // Summer time since 29 March: midnight in Berlin is 22:00 UTC now.
    await add({ at: '2026-03-31T21:59:59.999Z', minor: -100 });
    await add({ at: '2026-03-31T22:00:00Z', minor: -1000 });
    expect(await spent(FOOD)).toEqual(sums(110));
    expect(await spent(FOOD, { month: '2026-04', from: '2026-04-01', to: '2026-05-01' })).toMatchObject({
      postedMinor: '1000',
    });
  });

  test('monthly-budget 3: midnight that comes twice belongs to the day that begins with it', async () => {
    // In Havana the clocks go back at 01:00 on 1 November 2026, so 00:00 to 01:00 of that day happens twice.
    await add({ user: 'havana', at: '2026-11-01T03:59:59Z', minor: -1 });
    await add({ user: 'havana', at: '2026-11-01T04:00:00Z', minor: -10 });
    await add({ user: 'havana', at: '2026-11-01T04:30:00Z', minor: -100 });
    await add({ user: 'havana', at: '2026-11-01T05:30:00Z', minor: -1000 });
    const november = { user: 'havana', month: '2026-11', from: '2026-11-01', to: '2026-12-01' };
    expect(await spent('food-havana', november)).toMatchObject({ postedMinor: '1110' });
    const october = { user: 'havana', month: '2026-10', from: '2026-10-01', to: '2026-11-01' };
    expect(await spent('food-havana', october)).toMatchObject({ postedMinor: '1' });
  });
});

describe('currency', () => {
  test("monthly-budget 6: the row's own foreign amount in the budget's currency goes before any rate", async () => {
    await rate('2026-03-10', 'USD', 'EUR', '0.5');
    await add({ minor: -1000, currency: 'USD', foreign: [-920, 'EUR'] });
    await add({ minor: -1000, currency: 'USD', foreign: [-800, 'GBP'] });
    await add({ minor: -100, foreign: [-110, 'USD'] });
    expect(await spent(FOOD)).toEqual(sums(920 + 500 + 100));
  });

  test('monthly-budget 6: the last rate on or before the date of the row is taken, never a later one', async () => {
    await rate('2026-03-05', 'USD', 'EUR', '0.5');
    await rate('2026-03-09', 'USD', 'EUR', '0.8');
    await rate('2026-03-11', 'USD', 'EUR', '0.1');
    await add({ minor: -1000, currency: 'USD' });
    expect(await spent(FOOD)).toEqual(sums(800));
    await add({ minor: -1000, currency: 'USD', date: '2026-03-11' });
    expect(await spent(FOOD)).toEqual(sums(900));
  });

  test('monthly-budget 6: a rate of 10 days before is taken, one of 11 days is not', async () => {
    await rate('2026-03-01', 'USD', 'EUR', '0.5');
    await add({ minor: -1000, currency: 'USD', date: '2026-03-11' });
    expect(await spent(FOOD)).toEqual(sums(500));
    const late = await add({ minor: -3000, currency: 'USD', date: '2026-03-12' });
    expect(await spent(FOOD)).toEqual(sums(500, { unconverted: 1 }));
    const period = { budgetIds: [FOOD], month: '2026-03', from: '2026-03-01', to: '2026-04-01', limit: 10 };
    expect(await database.scope(USER, async (tx) => reportRows.unconvertedRows(tx, period))).toEqual([
      {
        budgetId: FOOD,
        transactionId: late,
        date: '2026-03-12',
        description: 'row',
        ownMinor: '-3000',
        ownCurrency: 'USD',
        total: 1,
      },
    ]);
  });

  test('monthly-budget 6: a rate the other way round, or of another pair, converts nothing', async () => {
    await rate('2026-03-10', 'EUR', 'USD', '2');
    await rate('2026-03-10', 'USD', 'GBP', '0.7');
    await add({ minor: -1000, currency: 'USD' });
    expect(await spent(FOOD)).toEqual(sums(0, { unconverted: 1 }));
  });

  test('monthly-budget 6: each row is rounded half-even, not the sum', async () => {
    await rate('2026-03-10', 'USD', 'EUR', '0.5');
    for (const minor of [-1, -3, -5, 1, 3, 5]) await add({ minor, currency: 'USD' });
    // 0.5, 1.5, 2.5 become 0, 2, 2 on either side of zero.
    expect(await spent(FOOD)).toEqual(sums(0, { refunds: 4 }));
    await add({ minor: -1, currency: 'USD' });
    await add({ minor: -1, currency: 'USD' });
    expect(await spent(FOOD)).toEqual(sums(0, { refunds: 4 }));
  });

  test('monthly-budget 6: minor units of different sizes are brought to those of the budget', async () => {
    await rate('2026-03-10', 'EUR', 'JPY', '163.45');
    await rate('2026-03-10', 'KWD', 'JPY', '489.5');
    await rate('2026-03-10', 'JPY', 'EUR', '0.006118');
    await add({ minor: -1000 });
    await add({ minor: -1000, currency: 'KWD' });
    // 10.00 EUR are 1634.5 yen, 1.000 KWD are 489.5 yen: both ties, both to even.
    expect(await spent('yen')).toEqual(sums(1634 + 490));
    await add({ minor: -1000, currency: 'JPY', date: '2026-03-12' });
    // 1000 yen are 6.118 EUR; the dinars have no rate to euros.
    expect(await spent(FOOD)).toEqual(sums(1000 + 612, { unconverted: 1 }));
  });
});

describe('with 100,000 rows', () => {
  interface Plan {
    readonly 'Node Type': string;
    readonly 'Relation Name'?: string;
    readonly Plans?: readonly Plan[];
  }
  const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];

  /** The nodes of the plan that the worker's own query gets. */
  async function planOf(read: (tx: Queryable) => Promise<unknown>): Promise<string[]> {
    const plans: Plan[] = [];
    await database.scope(USER, async (tx) => {
      const explaining = {
        query: async (sql: string, values: unknown[]) => {
          const { rows } = await tx.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(`explain (format json) ${sql}`, values);
          plans.push(rows[0]!['QUERY PLAN'][0]!.Plan);
          return { rows: [] };
        },
      };
      await read(explaining as unknown as Queryable);
    });
    return plans.flatMap(nodes).map((node) => `${node['Node Type']} ${node['Relation Name'] ?? ''}`.trim());
  }

  test('monthly-budget 18: a month is read through the indexes, whatever else the ledger holds, and its sums are right', async () => {
    await database.query(
      `insert into transactions (user_id, account_id, booking_date, occurred_at, amount_minor, currency, category_id)
       select case when i % 2 = 0 then $1 else 'u2' end, 'checking',
         case when i % 20 > 1 then date '2016-01-01' + (i % 3650) end, timestamptz '2016-01-01 12:00Z' + (i % 3650) * interval '1 day',
         -(i % 997), 'EUR', case when i % 3 = 0 then 'food' else 'rent' end
       from generate_series(1, 100000) as i`,
      [USER],
    );
    await database.query('analyze transactions');
    const period = { from: '2024-03-01', to: '2024-04-01' };
    const month = { budgetIds: [FOOD], month: '2024-03', ...period, limit: 10 };
    for (const read of [
      async (tx: Queryable) => readSpentByMonth(tx, { budgetIds: [FOOD], ...period }),
      async (tx: Queryable) => readSpentByDay(tx, month),
      async (tx: Queryable) => reportRows.largestRows(tx, month),
      async (tx: Queryable) => reportRows.unconvertedRows(tx, month),
    ]) {
      const plan = await planOf(read);
      expect(plan.filter((node) => node.endsWith(' transactions')).length).toBeGreaterThanOrEqual(2);
      expect(plan).not.toContain('Seq Scan transactions');
    }

    const [expected] = await database.query<{ minor: string }>(
      `select (-sum(amount_minor))::text as minor from transactions
       where user_id = $1 and category_id = 'food' and coalesce(booking_date, (occurred_at at time zone 'Europe/Berlin')::date) between '2024-03-01' and '2024-03-31'`,
      [USER],
    );
    expect(await spent(FOOD, { month: '2024-03', ...period })).toMatchObject({ postedMinor: expected!.minor });
  });
});
