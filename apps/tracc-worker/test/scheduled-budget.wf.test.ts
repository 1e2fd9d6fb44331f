import { failureType, userFailure } from '@backend/shared/failures';
import { requestHash } from '@backend/shared/pg';
import { type Hold, hold } from '../../../test/support/gate';
import {
  FAILURES,
  type MonthlyBudgetResult,
  type ScheduledBudgetInput,
  type ScheduledBudgetResult,
  WORKFLOW_TYPES,
  budgetScheduleRunId,
  budgetWorkflowId,
} from '../src/contract';
import { fireInstant } from '../src/domain/recurrence';
import { type TraccRig, addUser, startTraccRig } from './support';

// Of temporal.api.enums.v1.IndexedValueType.
const INDEXED_VALUE_TYPE_DATETIME = 6;
const SCHEDULED_START = { name: 'TemporalScheduledStartTime', type: 'DATETIME' } as const;
let rig: TraccRig;
/** Months whose check fails, as `userId/month`. */
const broken = new Set<string>();
/** Hold the check of a month back, as `userId/month`. */
const held = new Map<string, Hold>();

beforeAll(async () => {
  rig = await startTraccRig({
    change: ({ checkBudgetStatus }) => ({
      async checkBudgetStatus(input) {
        const month = `${input.userId}/${input.month}`;
        await held.get(month)?.stop();
        if (broken.has(month)) throw userFailure(FAILURES.CurrencyUnknown, 'There is no such currency.');
        return checkBudgetStatus(input);
      },
    }),
  });
  // Every real server has it; this one has no Schedules.
  await rig.env.connection.operatorService.addSearchAttributes({
    namespace: rig.env.client.options.namespace,
    searchAttributes: { [SCHEDULED_START.name]: INDEXED_VALUE_TYPE_DATETIME },
  });
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

let users = 0;
/** A user of the test's own; ids that need escaping are the rule. */
async function newUser(zone = 'Europe/Berlin'): Promise<string> {
  users += 1;
  const userId = `u/${users}`;
  await addUser(rig.database, userId, zone);
  return userId;
}

async function addBudget(
  userId: string,
  name: string,
  {
    startDay = 1,
    zone = 'Europe/Berlin',
    since = '2025-01',
  }: { startDay?: number; zone?: string; since?: string } = {},
): Promise<string> {
  const budgetId = `${userId}:${name}`;
  await rig.database.query(
    `insert into budgets (budget_id, user_id, name, currency, zone, limit_minor, month_start_day, rollover_since) values ($1, $2, $3, 'EUR', $4, 10000, $5, $6)`,
    [budgetId, userId, name, zone, startDay, since],
  );
  await rig.database.query(`insert into budget_categories (user_id, budget_id, category_id) values ($1, $2, 'food')`, [
    userId,
    budgetId,
  ]);
  return budgetId;
}

const start = async (input: ScheduledBudgetInput, at: string) => {
  const kind = input.mode === 'full' ? 'report' : 'check';
  return rig.start(WORKFLOW_TYPES.scheduledBudget, {
    // As a Schedule does it: the time is in the id and in a search attribute.
    workflowId: `${budgetScheduleRunId({ userId: input.userId, kind })}-${at}`,
    typedSearchAttributes: [{ key: SCHEDULED_START, value: new Date(at) }],
    args: [input],
  });
};
const run = async (input: ScheduledBudgetInput, at: string): Promise<ScheduledBudgetResult> =>
  (await (await start(input, at)).result()) as ScheduledBudgetResult;

const reports = async (userId: string) =>
  rig.database.query<{ month: string; revision: number; partial: boolean }>(
    `select month, revision, partial from reports where user_id = $1 order by month, revision`,
    [userId],
  );
const lastRun = (userId: string, month: string) =>
  rig.env.client.workflow.getHandle(budgetWorkflowId({ userId, month }));
const done = (month: string, mode: 'full' | 'check') => ({ month, mode, outcome: 'completed' });

describe.each(['Pacific/Kiritimati', 'Europe/Berlin', 'Pacific/Pago_Pago'])('in %s', (zone) => {
  test.each([
    [1, '2026-01-01', '2025-12'],
    [15, '2026-03-15', '2026-02'],
    [28, '2025-02-28', '2025-01'],
  ])(
    'monthly-budget 17: with start day %i, 00:15 of %s makes the report of %s under its own id',
    async (startDay, date, month) => {
      const userId = await newUser(zone);
      await addBudget(userId, 'food', { startDay, zone });
      const at = fireInstant({ date, postAt: '00:15', zone });
      expect(await run({ userId, mode: 'full' }, at)).toEqual({
        at: new Date(at).toISOString(),
        runs: [done(month, 'full')],
      });
      expect(await reports(userId)).toEqual([{ month, revision: 1, partial: false }]);
      const { memo, type } = await lastRun(userId, month).describe();
      expect(type).toBe(WORKFLOW_TYPES.monthlyBudget);
      // What `tracc budget report` asks for is the same run, and it joins it.
      expect(memo).toEqual({ request: requestHash({ userId, month, mode: 'full' }) });
    },
  );
});

test('monthly-budget 17: the same instant is another day, and another month, across the date line', async () => {
  const at = '2026-03-01T10:30:00Z';
  const [east, west] = [await newUser('Pacific/Kiritimati'), await newUser('Pacific/Pago_Pago')];
  await addBudget(east, 'food', { zone: 'Pacific/Kiritimati', since: '2026-03' });
  await addBudget(west, 'food', { zone: 'Pacific/Pago_Pago', since: '2026-03' });
  expect((await run({ userId: east, mode: 'full' }, at)).runs).toEqual([done('2026-02', 'full')]);
  expect((await run({ userId: west, mode: 'full' }, at)).runs).toEqual([done('2026-01', 'full')]);
  expect((await run({ userId: east, mode: 'check' }, at)).runs).toEqual([done('2026-03', 'check')]);
  expect((await run({ userId: west, mode: 'check' }, at)).runs).toEqual([done('2026-02', 'check')]);
});

test('monthly-budget 17: the zone of a budget decides which month it is in, the zone of the user which is reported', async () => {
  const userId = await newUser('Pacific/Kiritimati');
  await addBudget(userId, 'food', { zone: 'Pacific/Pago_Pago', since: '2026-03' });
  const at = '2026-03-01T10:30:00Z';
  expect((await run({ userId, mode: 'full' }, at)).runs).toEqual([done('2026-02', 'full')]);
  expect((await run({ userId, mode: 'check' }, at)).runs).toEqual([done('2026-02', 'check')]);
});

test('monthly-budget 17: the check makes up for a report that is missing, once', async () => {
  const userId = await newUser();
  await addBudget(userId, 'food', { since: '2026-02' });
  // January is before the budget's first month, February has not ended.
  expect((await run({ userId, mode: 'check' }, '2026-02-28T06:00:00Z')).runs).toEqual([done('2026-02', 'check')]);
  expect(await reports(userId)).toEqual([]);
  expect((await run({ userId, mode: 'check' }, '2026-03-01T06:00:00Z')).runs).toEqual([
    done('2026-03', 'check'),
    done('2026-02', 'full'),
  ]);
  expect(await reports(userId)).toEqual([{ month: '2026-02', revision: 1, partial: false }]);
  expect((await run({ userId, mode: 'check' }, '2026-03-02T06:00:00Z')).runs).toEqual([done('2026-03', 'check')]);
});

test('monthly-budget 17: the check makes the final report where there is only one of a month that had not ended', async () => {
  const userId = await newUser();
  await addBudget(userId, 'food', { startDay: 15, since: '2026-02' });
  await rig.execute(WORKFLOW_TYPES.monthlyBudget, {
    workflowId: budgetWorkflowId({ userId, month: '2026-02' }),
    args: [{ userId, month: '2026-02', asOf: '2026-03-14T22:59:59Z' }],
  });
  expect(await reports(userId)).toEqual([{ month: '2026-02', revision: 1, partial: true }]);
  expect((await run({ userId, mode: 'check' }, '2026-03-14T06:00:00Z')).runs).toEqual([done('2026-02', 'check')]);
  expect((await run({ userId, mode: 'check' }, '2026-03-15T06:00:00Z')).runs).toEqual([
    done('2026-03', 'check'),
    done('2026-02', 'full'),
  ]);
  expect(await reports(userId)).toEqual([
    { month: '2026-02', revision: 1, partial: true },
    { month: '2026-02', revision: 2, partial: false },
  ]);
});

test('monthly-budget 17: a report is missing as long as the month goes on for one of the budgets, and also after the calendar month', async () => {
  const userId = await newUser();
  await addBudget(userId, 'first', { startDay: 1, since: '2026-01' });
  await addBudget(userId, 'last', { startDay: 28, since: '2026-01' });
  // Until February 28 the January of the second one goes on, so December is the last month that has ended for both.
  expect((await run({ userId, mode: 'check' }, '2026-02-27T06:00:00Z')).runs).toEqual([
    done('2026-01', 'check'),
    done('2026-02', 'check'),
  ]);
  // The report of the 28th was missed, and it is March already.
  expect((await run({ userId, mode: 'check' }, '2026-03-02T06:00:00Z')).runs).toEqual([
    done('2026-02', 'check'),
    done('2026-03', 'check'),
    done('2026-01', 'full'),
  ]);
  expect(await reports(userId)).toEqual([{ month: '2026-01', revision: 1, partial: false }]);
});

test('monthly-budget 17: budgets that are in different months are checked month by month, each only in its own', async () => {
  const userId = await newUser();
  const first = await addBudget(userId, 'first', { startDay: 1, since: '2026-02' });
  const late = await addBudget(userId, 'late', { startDay: 20, since: '2026-02' });
  const later = await addBudget(userId, 'later', { startDay: 25, since: '2026-02' });
  expect((await run({ userId, mode: 'check' }, '2026-03-05T06:00:00Z')).runs).toEqual([
    done('2026-02', 'check'),
    done('2026-03', 'check'),
  ]);
  const budgetsOf = async (month: string) =>
    ((await lastRun(userId, month).result()) as MonthlyBudgetResult).budgets.map(({ budgetId }) => budgetId);
  expect(await budgetsOf('2026-02')).toEqual([late, later]);
  expect(await budgetsOf('2026-03')).toEqual([first]);
});

/** Something else that runs under the id of the month until its time is up; it sleeps, so that time can be skipped. */
async function occupy(userId: string, month: string, workflowRunTimeout: '10 minutes' | '3 days') {
  return rig.env.client.workflow.start(WORKFLOW_TYPES.recurringTransaction, {
    workflowId: budgetWorkflowId({ userId, month }),
    taskQueue: rig.taskQueue,
    workflowRunTimeout,
    args: [{ templateId: 'none', userId, startDate: '2999-01-01', zone: 'UTC' }],
  });
}

/** Lengths of the timers of a run, in minutes. */
async function pausesOf(workflowId: string): Promise<number[]> {
  const { events } = await rig.env.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
    timer ? [Number(timer.startToFireTimeout?.seconds ?? 0) / 60] : [],
  );
}

test('monthly-budget 17: a month that is under way is waited for, with growing pauses, and then run', async () => {
  const userId = await newUser();
  await addBudget(userId, 'food');
  const other = await occupy(userId, '2026-02', '10 minutes');
  const handle = await start({ userId, mode: 'full' }, '2026-03-01T00:15:00Z');
  expect(((await handle.result()) as ScheduledBudgetResult).runs).toEqual([done('2026-02', 'full')]);
  expect(await pausesOf(handle.workflowId)).toEqual([1, 2, 4, 8]);
  expect((await lastRun(userId, '2026-02').describe()).runId).not.toBe(other.firstExecutionRunId);
});

test('monthly-budget 17: a month that stays busy for a day is given up, and does not keep the others waiting', async () => {
  const userId = await newUser();
  await addBudget(userId, 'food', { since: '2026-02' });
  await occupy(userId, '2026-03', '3 days');
  const handle = await start({ userId, mode: 'check' }, '2026-03-02T06:00:00Z');
  expect(((await handle.result()) as ScheduledBudgetResult).runs).toEqual([
    { month: '2026-03', mode: 'check', outcome: 'busy' },
    done('2026-02', 'full'),
  ]);
  const pauses = await pausesOf(handle.workflowId);
  expect(Math.max(...pauses)).toBe(15);
  expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBe(24 * 60);
});

test('monthly-budget 17: a month that fails is in the result and does not stop the others', async () => {
  const userId = await newUser();
  await addBudget(userId, 'food', { since: '2026-02' });
  broken.add(`${userId}/2026-03`);
  expect((await run({ userId, mode: 'check' }, '2026-03-02T06:00:00Z')).runs).toEqual([
    { month: '2026-03', mode: 'check', outcome: 'failed', failure: 'CurrencyUnknown' },
    done('2026-02', 'full'),
  ]);
});

/** A Schedule's run whose month is in the middle of its check until `release` is called. */
async function startHeld() {
  const userId = await newUser();
  await addBudget(userId, 'food');
  const check = hold();
  held.set(`${userId}/2026-02`, check);
  const handle = await start({ userId, mode: 'full' }, '2026-03-01T00:15:00Z');
  await check.reached;
  return { userId, handle, release: check.letGo };
}

test('monthly-budget 17: a month that somebody cancels has failed, and the run goes on to its own end', async () => {
  const { userId, handle, release } = await startHeld();
  await lastRun(userId, '2026-02').cancel();
  release();
  expect(((await handle.result()) as ScheduledBudgetResult).runs).toEqual([
    { month: '2026-02', mode: 'full', outcome: 'failed', failure: 'CancelledFailure' },
  ]);
});

test("monthly-budget 17: the end of a Schedule's run does not end the month's", async () => {
  const { userId, handle, release } = await startHeld();
  await handle.cancel();
  await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  release();
  expect(await lastRun(userId, '2026-02').result()).toMatchObject({ reportRevision: 1 });
});

test('monthly-budget 17: without budgets, or when they were dropped, nothing is run', async () => {
  const userId = await newUser();
  const at = '2026-03-01T06:00:00Z';
  const idle = { at: new Date(at).toISOString(), runs: [] };
  expect(await run({ userId, mode: 'check' }, at)).toEqual(idle);
  await addBudget(userId, 'food');
  await rig.database.query(`update budgets set archived_at = now() where user_id = $1`, [userId]);
  expect(await run({ userId, mode: 'check' }, at)).toEqual(idle);
  expect(await run({ userId, mode: 'full' }, at)).toEqual(idle);
  expect(await reports(userId)).toEqual([]);
});

test('monthly-budget 17: a run without a Schedule is for the time of its start', async () => {
  const userId = await newUser('UTC');
  await addBudget(userId, 'food', { zone: 'UTC' });
  const handle = await rig.start(WORKFLOW_TYPES.scheduledBudget, {
    workflowId: budgetScheduleRunId({ userId, kind: 'report' }),
    args: [{ userId, mode: 'full' }],
  });
  const { at, runs } = (await handle.result()) as ScheduledBudgetResult;
  expect(at).toBe((await handle.describe()).startTime.toISOString());
  const before = new Date(at);
  before.setUTCDate(0);
  expect(runs).toEqual([done(before.toISOString().slice(0, 7), 'full')]);
});

test.each([
  ['UserNotFound', { userId: 'nobody', mode: 'full' }],
  ['InvalidInput', { userId: '', mode: 'full' }],
  ['InvalidInput', { userId: 'nobody', mode: 'report' }],
  ['InvalidInput', undefined],
])('monthly-budget 17: fails with %s when it cannot be found out what to run', async (type, input) => {
  const failed = rig.execute(WORKFLOW_TYPES.scheduledBudget, {
    workflowId: budgetScheduleRunId({ userId: 'nobody', kind: 'report' }),
    args: [input],
  });
  expect(failureType(await failed.catch((error: unknown) => error))).toBe(type);
});
