import { createGuardedFetch } from '@backend/shared/http';
import { failureType, userFailure } from '@backend/shared/failures';
import type { WorkflowHandleWithStartDetails } from '@temporalio/client';
import { type Hold, hold } from '../../../test/support/gate';
import { untilAccepted, waitFor } from '../../../test/support/wait';
import {
  BUDGET_HANDLERS,
  FAILURES,
  type MonthlyBudgetResult,
  type MonthlyBudgetStatus,
  budgetWorkflowId,
} from '../src/contract';
import { MONTH, activitiesOf, createBudgetFixtures } from './budget-fixtures';
import { type TraccRig, startTraccRig } from './support';

let rig: TraccRig;
let requests = 0;
const { newUser, addBudget, book, start, run, reportOf, alertsIn, revisionsOf, everything } = createBudgetFixtures(
  () => rig,
);

type Step = 'checkBudgetStatus' | 'sendBudgetAlert' | 'generateMonthlyReport';
/** Steps that stop before their work, as `step userId`, until they are let go. */
const holds = new Map<string, Hold>();
/** Users whose next checks fail. */
const broken = new Set<string>();

/** What happens in the middle of each check of a user. */
const restless = new Map<string, () => Promise<void>>();

beforeAll(async () => {
  const fetch = createGuardedFetch({ allowHosts: [] });
  const stop = async (step: Step, userId: string) => holds.get(`${step} ${userId}`)?.stop();
  rig = await startTraccRig({
    deps: {
      fetch: async (...request) => {
        requests += 1;
        return fetch(...request);
      },
    },
    change: ({ checkBudgetStatus, sendBudgetAlert, generateMonthlyReport }) => ({
      async checkBudgetStatus(input) {
        const checked = await checkBudgetStatus(input);
        await restless.get(input.userId)?.();
        await stop('checkBudgetStatus', input.userId);
        if (broken.has(input.userId)) throw userFailure(FAILURES.CurrencyUnknown, 'There is no such currency.');
        return checked;
      },
      async sendBudgetAlert(input) {
        await stop('sendBudgetAlert', input.userId);
        return sendBudgetAlert(input);
      },
      async generateMonthlyReport(input) {
        const made = await generateMonthlyReport(input);
        await stop('generateMonthlyReport', input.userId);
        return made;
      },
    }),
  });
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

/** Stops a step of the user's runs until it is let go, for good. */
function holdAt(step: Step, userId: string): Hold {
  const held = hold();
  holds.set(`${step} ${userId}`, held);
  return held;
}

const statusOf = async (handle: WorkflowHandleWithStartDetails) =>
  handle.query<MonthlyBudgetStatus>(BUDGET_HANDLERS.status);
const resultOf = async (handle: WorkflowHandleWithStartDetails) => (await handle.result()) as MonthlyBudgetResult;
/** Seconds of each timer that the execution started, and how long it took by the execution's own time. */
async function timersOf(handle: WorkflowHandleWithStartDetails): Promise<{ seconds: number; tookMs: number }[]> {
  const { events } = await handle.fetchHistory();
  const at = (time: { seconds?: unknown; nanos?: number | null } | null | undefined) =>
    Number(time?.seconds) * 1000 + Number(time?.nanos) / 1e6;
  return (events ?? []).flatMap(({ timerStartedEventAttributes: timer, eventTime, eventId }) => {
    if (!timer) return [];
    const fired = events!.find(({ timerFiredEventAttributes }) =>
      timerFiredEventAttributes?.startedEventId?.eq(eventId ?? -1),
    );
    return [{ seconds: Number(timer.startToFireTimeout?.seconds), tookMs: at(fired?.eventTime) - at(eventTime) }];
  });
}

describe('handlers', () => {
  test('monthly-budget 14, 15: the query follows a run from computing to done, and answers after its end', async () => {
    const userId = await newUser();
    const budgetId = await addBudget(userId);
    await book(userId, -9000);
    const steps = [
      holdAt('checkBudgetStatus', userId),
      holdAt('sendBudgetAlert', userId),
      holdAt('generateMonthlyReport', userId),
    ];
    const handle = await start(userId);
    const seen: MonthlyBudgetStatus[] = [];
    for (const { reached, letGo } of steps) {
      await reached;
      seen.push(await statusOf(handle));
      letGo();
    }
    const result = await resultOf(handle);
    expect(seen.map(({ state }) => state)).toEqual(['computing', 'alerting', 'reporting']);
    expect(seen[0]!.budgets).toEqual([]);
    expect(seen[2]!.budgets).toEqual(result.budgets);
    expect(result.budgets).toMatchObject([{ budgetId, spentMinor: '9000', alerts: [{ pct: 80, delivery: 'sent' }] }]);
    expect(await statusOf(handle)).toEqual({ state: 'done', budgets: result.budgets });
  });

  test('monthly-budget 14: a recheck looks again while the run goes on, and is refused after its end', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await book(userId, -100);
    const check = holdAt('checkBudgetStatus', userId);
    const handle = await start(userId);
    await check.reached;
    await book(userId, -200);
    const recheck = handle.executeUpdate<MonthlyBudgetStatus, []>(BUDGET_HANDLERS.recheck);
    await untilAccepted(handle);
    check.letGo();
    expect((await recheck).budgets).toMatchObject([{ spentMinor: '300' }]);
    expect((await resultOf(handle)).budgets).toMatchObject([{ spentMinor: '300' }]);
    await expect(handle.executeUpdate(BUDGET_HANDLERS.recheck)).rejects.toThrow();
    expect((await handle.describe()).status.name).toBe('COMPLETED');
  });

  test('monthly-budget 14: a recheck whose check fails is answered, and does not hold the run open', async () => {
    const userId = await newUser();
    await addBudget(userId);
    const check = holdAt('checkBudgetStatus', userId);
    const handle = await start(userId);
    await check.reached;
    broken.add(userId);
    const recheck = handle.executeUpdate<MonthlyBudgetStatus, []>(BUDGET_HANDLERS.recheck).then(
      ({ state }) => state,
      () => 'refused',
    );
    await untilAccepted(handle);
    check.letGo();
    expect(['failed', 'refused']).toContain(await recheck);
    expect(failureType(await handle.result().catch((error: unknown) => error))).toBe('CurrencyUnknown');
  });

  test('monthly-budget 14: all that changes within two seconds is answered by one check after them', async () => {
    const userId = await newUser();
    await addBudget(userId);
    const check = holdAt('checkBudgetStatus', userId);
    const handle = await start(userId);
    await check.reached;
    await handle.signal(BUDGET_HANDLERS.transactionsChanged);
    check.letGo();
    await waitFor(async () => (await timersOf(handle)).length > 0, 'the run to wait for more');
    await book(userId, -300);
    await handle.signal(BUDGET_HANDLERS.transactionsChanged);
    await handle.signal(BUDGET_HANDLERS.transactionsChanged);
    const result = await resultOf(handle);
    expect(result.budgets).toMatchObject([{ spentMinor: '300' }]);
    const timers = await timersOf(handle);
    expect(timers.map(({ seconds }) => seconds)).toEqual([2]);
    expect(timers[0]!.tookMs).toBeGreaterThanOrEqual(2000);
    const checks = (await activitiesOf(handle)).filter((name) => name === 'checkBudgetStatus');
    expect(checks).toHaveLength(2);
  });

  test('monthly-budget 14: a run that nothing changes checks once and does not wait', async () => {
    const userId = await newUser();
    await addBudget(userId);
    const handle = await start(userId);
    await handle.result();
    expect(await timersOf(handle)).toEqual([]);
    expect(await activitiesOf(handle)).toEqual(['checkBudgetStatus', 'generateMonthlyReport']);
  });

  test('monthly-budget 14: what changes while the report is made is in the result and in a further report', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await book(userId, -7000);
    const report = holdAt('generateMonthlyReport', userId);
    const handle = await start(userId);
    await report.reached;
    await book(userId, -2000);
    await handle.signal(BUDGET_HANDLERS.transactionsChanged);
    report.letGo();
    const result = await resultOf(handle);
    expect(result).toMatchObject({
      status: 'warning',
      reportRevision: 2,
      budgets: [{ spentMinor: '9000', alerts: [{ pct: 80, delivery: 'sent' }] }],
    });
    expect((await reportOf(result)).budgets[0]!.totals.spent.minor).toBe('9000');
    expect(await alertsIn(userId)).toHaveLength(1);
  });
});

describe('failures', () => {
  /** The run's failure type and last state; nothing may have been written. */
  async function failureOf(userId: string, input: Parameters<typeof start>[1]) {
    const before = await everything();
    const handle = await start(userId, input);
    const error = await handle.result().catch((failure: unknown) => failure);
    expect(await everything()).toEqual(before);
    return { type: failureType(error), state: (await statusOf(handle)).state, activities: await activitiesOf(handle) };
  }

  test.each([
    '2026-13',
    '2026-00',
    '2026-3',
    '',
    '0000-01',
    '2026-03-01',
    ' 2026-03',
    '\uff12026-03',
    '2026-03\n',
    202_603 as unknown as string,
  ])('monthly-budget 15: %j is an InvalidMonth, before anything is looked at', async (month) => {
    const userId = await newUser();
    await addBudget(userId);
    await book(userId, -9000);
    const handle = await start(userId, { month, mode: 'full' });
    const error = await handle.result().catch((failure: unknown) => failure);
    expect(failureType(error)).toBe('InvalidMonth');
    expect(await activitiesOf(handle)).toEqual([]);
  });

  test('monthly-budget 15: a budget that is not there is BudgetNotFound, though others are', async () => {
    const [userId, other] = [await newUser(), await newUser()];
    const food = await addBudget(userId);
    const [foreign, old] = [await addBudget(other), await addBudget(userId, { name: 'old' })];
    await rig.database.query(`update budgets set archived_at = now() where budget_id = $1`, [old]);
    await book(userId, -9000);
    for (const budgetId of ['nothing', foreign, old])
      expect(await failureOf(userId, { budgetIds: [food, budgetId] })).toMatchObject({
        type: 'BudgetNotFound',
        state: 'failed',
      });
  });

  test('monthly-budget 15: a user without budgets is BudgetNotFound, an unknown one UserNotFound', async () => {
    expect(await failureOf(await newUser(), {})).toMatchObject({ type: 'BudgetNotFound', state: 'failed' });
    expect(await failureOf('nobody', {})).toMatchObject({ type: 'UserNotFound', state: 'failed' });
  });

  describe('with a currency that ISO 4217 does not have', () => {
    beforeAll(async () => rig.database.query(`insert into currencies (code, exponent) values ('XTS', 2)`));

    test.each([
      ['the budget', ['odd']],
      ['all budgets', undefined],
      ['another budget than that one, which the report covers too', ['food']],
    ])('monthly-budget 15: a run of %s fails with CurrencyUnknown and writes nothing', async (_, names) => {
      const userId = await newUser();
      await addBudget(userId);
      await addBudget(userId, { name: 'odd', currency: 'XTS' });
      await book(userId, -9000);
      const budgetIds = names?.map((name) => `${userId}.${name}`);
      expect(await failureOf(userId, budgetIds ? { budgetIds } : {})).toMatchObject({
        type: 'CurrencyUnknown',
        state: 'failed',
      });
    });

    test('monthly-budget 15: the other budgets can still be checked', async () => {
      const userId = await newUser();
      const food = await addBudget(userId);
      await addBudget(userId, { name: 'odd', currency: 'XTS' });
      expect((await run(userId, { mode: 'check', budgetIds: [food] })).result.status).toBe('ok');
    });
  });
});

describe('dry run', () => {
  const WEBHOOK = [{ kind: 'webhook', url: 'https://alerts.example/budget' }, { kind: 'log' }] as const;

  test('monthly-budget 16: a dry run computes all, and writes and sends nothing', async () => {
    const userId = await newUser();
    await addBudget(userId, { rollover: 'full', rolloverSince: '2026-02', notify: WEBHOOK });
    await addBudget(userId, { name: 'rent', categories: ['rent'], notify: WEBHOOK });
    await book(userId, -12_000, { date: '2026-02-10' });
    await book(userId, -9000);
    await book(userId, -100, { category: 'rent' });
    await book(userId, -100, { category: 'rent', currency: 'SEK' });
    const before = await everything();
    requests = 0;
    const { result, activities } = await run(userId, { dryRun: true });
    expect(await everything()).toEqual(before);
    expect(requests).toBe(0);
    expect(activities).toEqual(['checkBudgetStatus', 'generateMonthlyReport']);
    for (const field of ['reportId', 'reportRevision', 'reportFiles']) expect(result).not.toHaveProperty(field);
    expect(result).toMatchObject({
      status: 'over',
      partial: false,
      budgets: [
        {
          status: 'over',
          limitMinor: '8000',
          spentMinor: '9000',
          remainingMinor: '-1000',
          pctTenths: 1125,
          carryInMinor: '-2000',
          carryOutMinor: '-1000',
          unconverted: 0,
        },
        { status: 'ok', spentMinor: '100', unconverted: 1, alerts: [] },
      ],
    });
    expect(result.budgets[0]!.alerts.map(({ pct, kind }) => [pct, kind])).toEqual([
      [80, 'warning'],
      [100, 'over'],
    ]);
    await rig.database.query(`update budgets set notify = '[{"kind": "log"}]' where user_id = $1`, [userId]);
    const { budgets } = (await run(userId)).result;
    const numbers = (all: MonthlyBudgetResult['budgets']) => all.map(({ alerts: _alerts, ...budget }) => budget);
    expect(numbers(result.budgets)).toEqual(numbers(budgets));
  });

  test('monthly-budget 16: a dry run leaves alerts alone that were sent or are still to be sent', async () => {
    const userId = await newUser();
    const budgetId = await addBudget(userId, { thresholdsPct: [50, 80, 100], notify: WEBHOOK });
    await rig.database.query(
      `insert into alerts (alert_key, user_id, budget_id, month, pct, kind, delivery, body)
       select 'alert:' || $2 || ':' || $3 || ':' || pct, $1, $2, $3, pct, 'warning', delivery, '{}'
       from (values (50, 'sent'), (80, 'pending')) as a (pct, delivery)`,
      [userId, budgetId, MONTH],
    );
    await book(userId, -10_001);
    const before = await everything();
    requests = 0;
    const { result, activities } = await run(userId, { dryRun: true, mode: 'check' });
    expect(activities).toEqual(['checkBudgetStatus']);
    expect(await everything()).toEqual(before);
    expect(requests).toBe(0);
    expect(result.budgets[0]!.alerts.map(({ pct, delivery }) => [pct, delivery])).toEqual([
      [50, 'sent'],
      [80, 'pending'],
      [100, 'dryRun'],
    ]);
  });

  test('monthly-budget 16: a dry run of a month that has a report makes no revision of what has changed since', async () => {
    const userId = await newUser();
    await addBudget(userId);
    await run(userId);
    await book(userId, -100);
    const before = await everything();
    expect((await run(userId, { dryRun: true })).result.budgets).toMatchObject([{ spentMinor: '100' }]);
    expect(await everything()).toEqual(before);
    expect(await revisionsOf(userId)).toEqual([{ month: MONTH, revision: 1 }]);
  });
});

test('common: a month that is signalled without end goes on in a new run, and the last signal is answered too', async () => {
  const userId = await newUser();
  await addBudget(userId);
  let signals = 0;
  const workflowId = budgetWorkflowId({ userId, month: MONTH });
  restless.set(userId, async () => {
    signals += 1;
    if (signals > 60) return;
    await book(userId, -1);
    await rig.env.client.workflow.getHandle(workflowId).signal(BUDGET_HANDLERS.transactionsChanged);
  });
  const handle = await start(userId, { mode: 'check' });
  const result = await resultOf(handle);
  expect(result.budgets[0]!.spentMinor).toBe('60');
  expect(signals).toBe(61);
  const first = await rig.env.client.workflow.getHandle(workflowId, handle.firstExecutionRunId).describe();
  expect(first.status.name).toBe('CONTINUED_AS_NEW');
  expect(first.historyLength).toBeLessThan(1500);
});
