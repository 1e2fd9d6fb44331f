import { failureType } from '@backend/shared/failures';
import type { BudgetStatusKind, MonthlyBudgetResult, RolloverMode } from '../src/contract';
import { type BudgetFixture, MONTH, createBudgetFixtures } from './budget-fixtures';
import { type TraccRig, startTraccRig } from './support';

let rig: TraccRig;
/** What each check was asked for, in order. */
const asked: { asOf: string }[] = [];
const { newUser, addBudget, book, rate, start, run, alertsIn, revisionsOf, everything } = createBudgetFixtures(
  () => rig,
);

beforeAll(async () => {
  rig = await startTraccRig({
    change: ({ checkBudgetStatus }) => ({
      async checkBudgetStatus(input) {
        asked.push(input);
        return checkBudgetStatus(input);
      },
    }),
  });
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

const idsOf = ({ budgets }: MonthlyBudgetResult) => budgets.map(({ budgetId }) => budgetId).sort();

describe('input', () => {
  test('monthly-budget 1: the mode is full when none is given, so there is a report', async () => {
    const userId = await newUser();
    await addBudget(userId);
    expect((await run(userId)).result).toMatchObject({ reportId: `report:${userId}:${MONTH}:1`, reportRevision: 1 });
    expect(await revisionsOf(userId)).toEqual([{ month: MONTH, revision: 1 }]);
  });

  test('monthly-budget 1: asOf is the start of the workflow when none is given', async () => {
    const userId = await newUser();
    await addBudget(userId);
    for (const [months, partial] of [
      [-2, false],
      [2, true],
    ] as const) {
      const now = new Date(await rig.env.currentTimeMs());
      const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months)).toISOString().slice(0, 7);
      asked.length = 0;
      const handle = await start(userId, { month, asOf: undefined as unknown as string, mode: 'check' });
      expect(((await handle.result()) as MonthlyBudgetResult).partial).toBe(partial);
      const { startTime } = await handle.describe();
      expect(asked.map(({ asOf }) => Date.parse(asOf))).toEqual([startTime.getTime()]);
    }
  });

  test('monthly-budget 1: a budget begins on the 1st and alerts at 80 and 100 unless its row says otherwise', async () => {
    const userId = await newUser();
    const budgetId = await addBudget(userId);
    await book(userId, -7999, { date: '2026-03-01' });
    await book(userId, -70_000, { date: '2026-02-28' });
    await book(userId, -70_000, { date: '2026-04-01' });
    expect((await run(userId)).result.budgets[0]).toMatchObject({ status: 'ok', spentMinor: '7999', alerts: [] });
    await book(userId, -1, { date: '2026-03-31' });
    expect((await run(userId)).result.budgets[0]?.alerts.map(({ pct }) => pct)).toEqual([80]);
    await book(userId, -2000);
    expect((await run(userId)).result.budgets[0]?.alerts.map(({ pct }) => pct)).toEqual([80]);
    await book(userId, -1);
    expect((await run(userId)).result.budgets[0]).toMatchObject({
      budgetId,
      spentMinor: '10001',
      alerts: [{ pct: 80 }, { pct: 100 }],
    });
  });

  test("monthly-budget 1: every budget of the user is checked, or the ones named, and no other user's", async () => {
    const [userId, other] = [await newUser(), await newUser()];
    const own = [];
    for (const name of ['a', 'b', 'c']) own.push(await addBudget(userId, { name }));
    await addBudget(other, { name: 'd' });
    await book(userId, -9000);
    expect(idsOf((await run(userId, { mode: 'check', dryRun: true })).result)).toEqual(own);
    const named = await run(userId, { mode: 'check', budgetIds: [own[2]!, own[0]!] });
    expect(idsOf(named.result)).toEqual([own[0], own[2]]);
    expect((await alertsIn(userId)).map(({ key }) => key)).toEqual(
      [own[0], own[2]].map((budgetId) => `alert:${budgetId}:${MONTH}:80`),
    );
  });
});

describe('steps', () => {
  test('monthly-budget 2: a check, then one alert for each budget that has something to say, then one report', async () => {
    const userId = await newUser();
    const [food, quiet, rent] = [
      await addBudget(userId, { name: 'food' }),
      await addBudget(userId, { name: 'quiet', limitMinor: 1_000_000 }),
      await addBudget(userId, { name: 'rent', categories: ['rent'] }),
    ];
    await book(userId, -9000);
    await book(userId, -10_001, { category: 'rent' });
    const { result, activities } = await run(userId);
    expect(activities).toEqual(['checkBudgetStatus', 'sendBudgetAlert', 'sendBudgetAlert', 'generateMonthlyReport']);
    const alerts = new Map(
      result.budgets.map(({ budgetId, alerts: own }) => [
        budgetId,
        own.map(({ pct, delivery }) => `${pct} ${delivery}`),
      ]),
    );
    expect(alerts).toEqual(
      new Map([
        [food, ['80 sent']],
        [quiet, []],
        [rent, ['80 superseded', '100 sent']],
      ]),
    );
    expect((await run(userId)).activities).toEqual(['checkBudgetStatus', 'generateMonthlyReport']);
  });

  test('monthly-budget 2: a check alerts and makes no report', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await book(userId, -9000);
    const { result, activities } = await run(userId, { mode: 'check' });
    expect(activities).toEqual(['checkBudgetStatus', 'sendBudgetAlert']);
    for (const field of ['reportId', 'reportRevision', 'reportFiles']) expect(result).not.toHaveProperty(field);
    expect(await revisionsOf(userId)).toEqual([]);
  });
});

describe('spending', () => {
  test('monthly-budget 4: pending rows count, and can cross a threshold', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await book(userId, -7999);
    expect((await run(userId, { mode: 'check' })).result.budgets[0]).toMatchObject({ status: 'ok', alerts: [] });
    await book(userId, -1, { status: 'pending' });
    expect((await run(userId, { mode: 'check' })).result.budgets[0]).toMatchObject({
      status: 'warning',
      spentMinor: '8000',
      remainingMinor: '2000',
      pctTenths: 800,
      alerts: [{ pct: 80, delivery: 'sent' }],
    });
  });

  test('monthly-budget 4: a row counts in every budget that has its category', async () => {
    const userId = await newUser();
    await addBudget(userId, { name: 'both', categories: ['food', 'rent'] });
    await addBudget(userId, { name: 'food' });
    await book(userId, -700);
    await book(userId, -50, { category: 'rent' });
    const { result } = await run(userId, { mode: 'check' });
    expect(result.budgets.map(({ name, spentMinor }) => [name, spentMinor])).toEqual([
      ['both', '750'],
      ['food', '700'],
    ]);
  });

  test('monthly-budget 6: a row without a rate leaves the run incomplete, until something is worse', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await book(userId, -100);
    await book(userId, -5000, { currency: 'SEK' });
    await book(userId, -6000, { currency: 'SEK' });
    const { result } = await run(userId);
    expect(result).toMatchObject({
      status: 'incomplete',
      budgets: [{ status: 'ok', spentMinor: '100', unconverted: 2 }],
    });
    expect(result.reportRevision).toBe(1);
    await book(userId, -20_000);
    expect((await run(userId)).result).toMatchObject({ status: 'over', budgets: [{ status: 'over', unconverted: 2 }] });
  });

  test('monthly-budget 6: a rate that comes later completes the month', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await book(userId, -5000, { currency: 'NOK' });
    expect((await run(userId)).result).toMatchObject({ status: 'incomplete' });
    await rate('2026-03-09', 'NOK', 'EUR', '0.0853');
    expect((await run(userId)).result).toMatchObject({
      status: 'ok',
      reportRevision: 2,
      budgets: [{ spentMinor: '426', unconverted: 0 }],
    });
  });
});

test.each([
  ['none', ['0', '10000', '0'], ['0', '10000', '0']],
  ['surplus', ['0', '10000', '10000'], ['16000', '26000', '23000']],
  ['full', ['-15000', '0', '-5000'], ['1000', '11000', '8000']],
] as const)(
  'monthly-budget 7: with rollover %s the limit follows from months that never ran',
  async (rollover: RolloverMode, february, april) => {
    const userId = await newUser();
    await addBudget(userId, { rollover, rolloverSince: '2026-01' });
    // January overspends by 15000, February has no row at all.
    await book(userId, -25_000, { date: '2026-01-10' });
    await book(userId, -4000, { date: '2026-03-10' });
    await book(userId, -3000, { date: '2026-04-10' });
    // From before the chain begins, and so no part of it.
    await book(userId, -70_000, { date: '2025-12-31' });
    const of = async (month: string) => {
      const [budget] = (await run(userId, { month, mode: 'check' })).result.budgets;
      return [budget!.carryInMinor, budget!.limitMinor, budget!.carryOutMinor];
    };
    expect(await of('2026-04')).toEqual(april);
    expect(await of('2026-02')).toEqual(february);
    expect((await of('2026-01')).slice(0, 2)).toEqual(['0', '10000']);
  },
);

test.each([
  ['no limit', { limitMinor: null }, -99_999, ['untracked', null, null], []],
  ['a limit of 0 and no spending', { limitMinor: 0 }, 0, ['ok', '0', null], []],
  ['a limit of 0 and any spending', { limitMinor: 0, thresholdsPct: [50, 100, 120] }, -1, ['over', '-1', null], [100]],
  ['less than the lowest threshold', {}, -7999, ['ok', '2001', 799], []],
  ['the lowest threshold', { thresholdsPct: [90, 80] }, -8000, ['warning', '2000', 800], [80]],
  ['exactly the limit', {}, -10_000, ['warning', '0', 1000], [80]],
  ['exactly the limit, and no threshold below it', { thresholdsPct: [100] }, -10_000, ['warning', '0', 1000], []],
  ['a unit above the limit', {}, -10_001, ['over', '-1', 1000], [80, 100]],
  ['more back than out', {}, 500, ['ok', '10500', 0], []],
] as const)('monthly-budget 8, 9: status and alerts with %s', async (_, budget, minor, standing, alerts) => {
  const userId = await newUser();
  await addBudget(userId, budget);
  await book(userId, minor);
  const { result } = await run(userId, { mode: 'check' });
  const { status, remainingMinor, pctTenths, limitMinor, spentMinor } = result.budgets[0]!;
  expect([status, remainingMinor, pctTenths]).toEqual(standing);
  expect(spentMinor).toBe(String(-minor));
  expect(limitMinor).toBe('limitMinor' in budget ? (budget.limitMinor?.toString() ?? null) : '10000');
  expect(result.status).toBe(status);
  expect(result.budgets[0]!.alerts.map(({ pct }) => pct)).toEqual(alerts);
});

describe('alerts', () => {
  test('monthly-budget 9: no alert is repeated in its month, though spending falls and rises or the limit changes', async () => {
    const userId = await newUser();
    const budgetId = await addBudget(userId);
    const limit = async (minor: number) =>
      rig.database.query(`update budgets set limit_minor = $2 where budget_id = $1`, [budgetId, minor]);
    const sent = async () => (await run(userId, { mode: 'check' })).activities.includes('sendBudgetAlert');
    await book(userId, -9000);
    expect(await sent()).toBe(true);
    await book(userId, 5000);
    expect(await sent()).toBe(false);
    await book(userId, -5500);
    expect(await sent()).toBe(false);
    await limit(8000);
    expect(await sent()).toBe(true);
    await limit(100_000);
    expect(await sent()).toBe(false);
    await limit(9500);
    expect(await sent()).toBe(false);
    await limit(5000);
    expect(await sent()).toBe(false);
    expect(await alertsIn(userId)).toEqual([
      { key: `alert:${budgetId}:${MONTH}:80`, month: MONTH, pct: 80, kind: 'warning', delivery: 'sent' },
      { key: `alert:${budgetId}:${MONTH}:100`, month: MONTH, pct: 100, kind: 'over', delivery: 'sent' },
    ]);
  });

  test('monthly-budget 9: a threshold above 100 is reached at its share, and is of kind over', async () => {
    const userId = await newUser();
    await addBudget(userId, { thresholdsPct: [120, 100, 50] });
    const after = async (minor: number) => {
      await book(userId, minor);
      const [budget] = (await run(userId, { mode: 'check' })).result.budgets;
      return budget!.alerts.map(({ pct, kind, delivery }) => `${pct} ${kind} ${delivery}`);
    };
    expect(await after(-11_999)).toEqual(['50 warning superseded', '100 over sent']);
    expect(await after(-1)).toEqual(['50 warning superseded', '100 over sent', '120 over sent']);
  });

  test('monthly-budget 9: the next month alerts anew', async () => {
    const userId = await newUser();
    const budgetId = await addBudget(userId);
    for (const month of ['2026-03', '2026-04']) {
      await book(userId, -9000, { date: `${month}-05` });
      const { result } = await run(userId, { month, mode: 'check' });
      expect(result.budgets[0]?.alerts).toEqual([
        { pct: 80, kind: 'warning', key: `alert:${budgetId}:${month}:80`, delivery: 'sent' },
      ]);
    }
  });
});

describe('limits', () => {
  async function userWith(count: number): Promise<string> {
    const userId = await newUser();
    for (let index = 0; index < count; index += 1)
      await addBudget(userId, { name: `b${String(index).padStart(2, '0')}` });
    await book(userId, -9000);
    return userId;
  }

  test('monthly-budget 18: a run takes 50 budgets', async () => {
    const userId = await userWith(50);
    const { result } = await run(userId);
    expect(result.budgets).toHaveLength(50);
    expect(result.reportRevision).toBe(1);
    expect(await alertsIn(userId)).toHaveLength(50);
  });

  test.each([
    ['none is', undefined],
    ['one is', ['b00']],
  ])('monthly-budget 18: 51 budgets are refused before anything is written, when %s named', async (_, names) => {
    const userId = await userWith(51);
    const before = await everything();
    const budgetIds = names?.map((name) => `${userId}.${name}`);
    const refused = await run(userId, budgetIds ? { budgetIds } : {}).catch((error: unknown) => error);
    expect(failureType(refused)).toBe('TooManyBudgets');
    expect(await everything()).toEqual(before);
  });

  test('monthly-budget 18: of 51 budgets those that are named can be checked', async () => {
    const userId = await userWith(51);
    const { result } = await run(userId, { mode: 'check', budgetIds: [`${userId}.b00`] });
    expect(idsOf(result)).toEqual([`${userId}.b00`]);
  });

  const counting = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  test('monthly-budget 18: the database takes 10 thresholds of 1 to 1000', async () => {
    const budget = addBudget(await newUser(), { thresholdsPct: [1000, ...counting(9)] });
    await expect(budget).resolves.toEqual(expect.any(String));
  });
  test.each([[counting(11)], [[80, 0]], [[80, -1]], [[80, 1001]], [[80, null]]])(
    'monthly-budget 18: the database refuses thresholds %j',
    async (thresholdsPct) => {
      const budget = addBudget(await newUser(), { thresholdsPct: thresholdsPct as number[] });
      await expect(budget).rejects.toMatchObject({ code: '23514' });
    },
  );
});

describe('result', () => {
  test('monthly-budget 19: says of each budget all that the specification lists', async () => {
    const userId = await newUser();
    const budgetId = await addBudget(userId, { rollover: 'surplus', rolloverSince: '2026-02' });
    await book(userId, -9000, { date: '2026-02-10' });
    await book(userId, -9900);
    const { result } = await run(userId);
    expect(result).toMatchObject({
      status: 'warning',
      partial: false,
      reportId: expect.any(String),
      reportRevision: 1,
    });
    expect(result.budgets).toEqual([
      expect.objectContaining({
        budgetId,
        status: 'warning',
        limitMinor: '11000',
        spentMinor: '9900',
        remainingMinor: '1100',
        pctTenths: 900,
        carryInMinor: '1000',
        carryOutMinor: '1100',
        alerts: [{ pct: 80, kind: 'warning', key: `alert:${budgetId}:${MONTH}:80`, delivery: 'sent' }],
        unconverted: 0,
      }),
    ]);
  });

  const SPENDING: Record<BudgetStatusKind | 'incomplete', BudgetFixture> = {
    untracked: { limitMinor: null },
    ok: { limitMinor: 1_000_000 },
    incomplete: { limitMinor: 1_000_000, categories: ['rent'] },
    warning: { limitMinor: 10_000 },
    over: { limitMinor: 1 },
  };
  test.each<[BudgetStatusKind | 'incomplete', (BudgetStatusKind | 'incomplete')[]]>([
    ['untracked', ['untracked']],
    ['ok', ['untracked', 'ok']],
    ['incomplete', ['incomplete', 'ok', 'untracked']],
    ['warning', ['ok', 'warning', 'incomplete']],
    ['over', ['over', 'warning', 'ok', 'untracked', 'incomplete']],
  ])('monthly-budget 19: the status is the worst of the budgets: %s of %j', async (worst, budgets) => {
    const userId = await newUser();
    for (const status of budgets) await addBudget(userId, { name: status, ...SPENDING[status] });
    await book(userId, -9000);
    await book(userId, -9000, { category: 'rent', currency: 'SEK' });
    expect((await run(userId, { mode: 'check' })).result.status).toBe(worst);
  });

  test('monthly-budget 19: partial while the period of some budget has not ended where the budget is', async () => {
    const userId = await newUser();
    const first = await addBudget(userId, { name: 'first' });
    await addBudget(userId, { name: 'mid', monthStartDay: 15 });
    const partial = async (asOf: string, budgetIds?: string[]) =>
      (await run(userId, { asOf, mode: 'check', ...(budgetIds ? { budgetIds } : {}) })).result.partial;
    expect(await partial('2026-03-31T21:59:59Z', [first])).toBe(true);
    expect(await partial('2026-03-31T22:00:00Z', [first])).toBe(false);
    expect(await partial('2026-03-31T22:00:00Z')).toBe(true);
    expect(await partial('2026-04-14T21:59:59Z')).toBe(true);
    expect(await partial('2026-04-14T22:00:00Z')).toBe(false);
  });
});
