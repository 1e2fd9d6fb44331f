import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestDatabase } from '@backend/shared/testing';
import { Client, Connection, type ScheduleHandle, ScheduleNotFoundError } from '@temporalio/client';
import {
  type MonthlyBudgetResult,
  type ScheduledBudgetResult,
  TASK_QUEUE,
  WORKFLOW_TYPES,
  budgetScheduleId,
  budgetScheduleRunId,
  budgetWorkflowId,
  parseBudgetScheduleRunId,
} from '../apps/tracc-worker/src/contract';
import { addUser } from '../apps/tracc-worker/test/support';
import { openTestDatabase, testServers } from '../test/support/servers';
import { waitFor } from '../test/support/wait';
import { type WorkerProcess, runCommand, startWorkerProcess } from './stack';

const NAMESPACE = 'tracc-schedules';
const DAY_MS = 24 * 60 * 60_000;
const ZONE = 'America/Santiago';
/** Ids of Schedules are the server's, which other files use too. */
const USER = 'scheduled/1';
const report = { userId: USER, kind: 'report' } as const;
const check = { userId: USER, kind: 'check' } as const;
let database: TestDatabase;
let directory: string;
let connection: Connection;
let client: Client;
let worker: WorkerProcess;
let env: Record<string, string>;

beforeAll(async () => {
  database = await openTestDatabase('tracc');
  directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-schedule-'));
  const { temporalAddress } = testServers();
  env = {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: temporalAddress!,
    TEMPORAL_NAMESPACE: NAMESPACE,
  };
  await addUser(database, USER, ZONE);
  await addUser(database, 'scheduled/2', 'UTC');
  connection = await Connection.connect({ address: temporalAddress! });
  client = new Client({ connection, namespace: NAMESPACE });
  worker = await startWorkerProcess('tracc', env);
});

afterAll(async () => {
  for (const id of [report, check])
    await client.schedule
      .getHandle(budgetScheduleId(id))
      .delete()
      .catch(() => undefined);
  await worker?.stop();
  await connection?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

const tracc = async (args: readonly string[], more: Record<string, string> = {}) =>
  runCommand('tracc', args, { ...env, ...more });

interface Shown {
  kind: string;
  change: string;
  paused: boolean;
  zone: string;
  next: string[];
}
async function schedule(...args: string[]): Promise<Shown[]> {
  const { code, out, err } = await tracc(['budget', 'schedule', '--user', USER, '--json', ...args]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Shown[];
}
const changes = (shown: readonly Shown[]) => shown.map(({ kind, change }) => [kind, change]);
const set = async (id: string, startDay: number, more: Record<string, string> = {}) =>
  tracc(
    ['budget', 'set', id, '--user', USER, '--category', 'food', '--since', '2025-03', '--start-day', String(startDay)],
    more,
  );

const handleOf = (id: typeof report | typeof check): ScheduleHandle => client.schedule.getHandle(budgetScheduleId(id));
const daysOf = async (id: typeof report | typeof check): Promise<number[]> =>
  (await handleOf(id).describe()).spec.calendars![0]!.dayOfMonth.map(({ start }) => start);

/** What the Schedule's run for this instant answers; it is started in the next moments. */
async function resultFor(id: typeof report | typeof check, at: string): Promise<ScheduledBudgetResult> {
  const handle = client.workflow.getHandle(`${budgetScheduleRunId(id)}-${at}`);
  await waitFor(
    async () =>
      handle.describe().then(
        () => true,
        () => false,
      ),
    `a run for ${at}`,
  );
  return (await handle.result()) as ScheduledBudgetResult;
}

test('monthly-budget 17: a user without budgets is told to set one', async () => {
  const { code, err } = await tracc(['budget', 'schedule', '--user', 'scheduled/2']);
  expect(code).toBe(2);
  expect(err).toContain('"tracc budget set"');
  const paused = await tracc(['budget', 'schedule', '--user', 'scheduled/2', '--pause']);
  expect(paused.code).toBe(1);
  expect(paused.err).toContain('"tracc budget schedule"');
  expect((await tracc(['budget', 'schedule', '--user', USER, '--off', '--pause'])).code).toBe(2);
});

test('monthly-budget 17: one command makes both schedules, with their days, times, zone and policies; again it changes nothing', async () => {
  expect((await set('food', 1)).code).toBe(0);
  expect((await set('fun', 15)).code).toBe(0);
  const made = await schedule();
  expect(changes(made)).toEqual([
    ['report', 'made'],
    ['check', 'made'],
  ]);

  const policies = { overlap: 'SKIP', catchupWindow: 30 * DAY_MS, pauseOnFailure: false };
  const only = (value: number) => [{ start: value, end: value, step: 1 }];
  const first = await handleOf(report).describe();
  expect(first).toMatchObject({ policies, spec: { timezone: ZONE }, state: { paused: false } });
  expect(first.spec.calendars).toHaveLength(1);
  expect(first.spec.calendars![0]).toMatchObject({
    dayOfMonth: [...only(1), ...only(15)],
    hour: only(0),
    minute: only(15),
    second: only(0),
  });
  expect(first.action).toMatchObject({
    workflowType: WORKFLOW_TYPES.scheduledBudget,
    workflowId: budgetScheduleRunId(report),
    taskQueue: TASK_QUEUE,
    args: [{ userId: USER, mode: 'full' }],
  });
  const daily = await handleOf(check).describe();
  expect(daily).toMatchObject({ policies, spec: { timezone: ZONE } });
  expect(daily.spec.calendars![0]).toMatchObject({
    dayOfMonth: [{ start: 1, end: 31, step: 1 }],
    hour: only(7),
    minute: only(0),
  });
  expect(daily.action.args).toEqual([{ userId: USER, mode: 'check' }]);

  // The times that are printed are those of the zone.
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short', timeStyle: 'short' });
  expect(made[0]!.next.map((at) => local.format(new Date(at)).slice(-8))).toEqual(
    expect.arrayContaining(['01 00:15', '15 00:15']),
  );
  expect(made[1]!.next.every((at) => local.format(new Date(at)).endsWith(' 07:00'))).toBe(true);
  const { out } = await tracc(['budget', 'schedule', '--user', USER]);
  expect(out).toContain(local.format(new Date(made[0]!.next[0]!)));
  expect(out).toContain(ZONE);

  expect(changes(await schedule())).toEqual([
    ['report', 'unchanged'],
    ['check', 'unchanged'],
  ]);
  expect((await handleOf(report).describe()).info.lastUpdatedAt).toEqual(first.info.lastUpdatedAt);
});

test('monthly-budget 17: schedules in UTC, whose zone a server may leave out, are found unchanged too', async () => {
  const user = ['--user', 'scheduled/2'];
  expect((await tracc(['budget', 'set', 'utc', ...user, '--category', 'food'])).code).toBe(0);
  const states = async () =>
    changes(JSON.parse((await tracc(['budget', 'schedule', ...user, '--json'])).out) as Shown[]);
  expect(await states()).toEqual([
    ['report', 'made'],
    ['check', 'made'],
  ]);
  expect(await states()).toEqual([
    ['report', 'unchanged'],
    ['check', 'unchanged'],
  ]);
  expect((await tracc(['budget', 'schedule', ...user, '--off'])).code).toBe(0);
});

test('monthly-budget 17: a pause outlasts other changes, and ends with the resume', async () => {
  expect((await schedule('--pause')).map(({ paused, next }) => [paused, next])).toEqual([
    [true, []],
    [true, []],
  ]);
  await handleOf(check).update((known) => ({ ...known, policies: { ...known.policies, overlap: 'ALLOW_ALL' } }));
  const repaired = await schedule();
  expect(changes(repaired)).toEqual([
    ['report', 'unchanged'],
    ['check', 'changed'],
  ]);
  expect(repaired.every(({ paused }) => paused)).toBe(true);
  expect((await handleOf(check).describe()).policies.overlap).toBe('SKIP');
  expect((await schedule('--resume')).map(({ paused }) => paused)).toEqual([false, false]);
});

test('monthly-budget 17: set keeps the days in step, and is not stopped by a Temporal server that is away', async () => {
  expect((await set('fun', 20)).err).toBe('');
  expect(await daysOf(report)).toEqual([1, 20]);
  const away = await set('fun', 15, { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect(away.code).toBe(0);
  expect(away.err).toContain('"tracc budget schedule"');
  expect(await database.query(`select month_start_day as day from budgets where budget_id = 'fun'`)).toEqual([
    { day: 15 },
  ]);
  expect(await daysOf(report)).toEqual([1, 20]);
  expect(changes(await schedule())).toEqual([
    ['report', 'changed'],
    ['check', 'unchanged'],
  ]);
  expect(await daysOf(report)).toEqual([1, 15]);
}, 120_000);

test('monthly-budget 17: a start day that was missed makes the report of its month, under the id of the month', async () => {
  // 00:15 of 15 March in Santiago, where it is summer time.
  const at = '2025-03-15T03:15:00Z';
  await handleOf(report).backfill({ start: new Date('2025-03-14T12:00:00Z'), end: new Date('2025-03-15T12:00:00Z') });
  expect(await resultFor(report, at)).toEqual({
    at: new Date(at).toISOString(),
    runs: [{ month: '2025-02', mode: 'full', outcome: 'completed' }],
  });
  const month = client.workflow.getHandle(budgetWorkflowId({ userId: USER, month: '2025-02' }));
  const result = (await month.result()) as MonthlyBudgetResult;
  expect(result).toMatchObject({ partial: false, reportRevision: 1 });
  expect(result.budgets.map(({ budgetId }) => budgetId)).toEqual(['food', 'fun']);
  expect(await database.query(`select report_id, partial from reports`)).toEqual([
    { report_id: `report:${USER}:2025-02:1`, partial: false },
  ]);
});

test('monthly-budget 17: a day of the check is that of its time, and a run by hand is that of now', async () => {
  const at = '2025-03-10T10:00:00Z';
  await handleOf(check).backfill({ start: new Date('2025-03-10T00:00:00Z'), end: new Date('2025-03-10T23:00:00Z') });
  expect((await resultFor(check, at)).runs).toEqual([
    { month: '2025-02', mode: 'check', outcome: 'completed' },
    { month: '2025-03', mode: 'check', outcome: 'completed' },
  ]);

  const before = Date.now();
  await handleOf(check).trigger();
  let workflowId = '';
  await waitFor(async () => {
    const { recentActions } = (await handleOf(check).describe()).info;
    workflowId = recentActions.at(-1)?.action.workflow.workflowId ?? '';
    return recentActions.some(({ takenAt }) => takenAt.getTime() >= before - 1000) && !workflowId.endsWith(at);
  }, 'the run by hand');
  expect(parseBudgetScheduleRunId(workflowId)).toEqual(check);
  const byHand = (await client.workflow.getHandle(workflowId).result()) as ScheduledBudgetResult;
  expect(Math.abs(Date.parse(byHand.at) - before)).toBeLessThan(60_000);
  expect(byHand.runs.every(({ outcome }) => outcome === 'completed')).toBe(true);
});

test('monthly-budget 17: a report whose 00:15 daylight saving leaves out is made by the check of that morning', async () => {
  // Santiago had no hour from midnight on 7 September 2025.
  expect((await set('fun', 7)).err).toBe('');
  const after = '2025-10-01T03:15:00Z';
  await handleOf(report).backfill({ start: new Date('2025-09-06T12:00:00Z'), end: new Date('2025-10-01T12:00:00Z') });
  expect((await resultFor(report, after)).runs).toEqual([{ month: '2025-09', mode: 'full', outcome: 'completed' }]);
  const times = (await handleOf(report).describe()).info.recentActions.map(({ scheduledAt }) =>
    scheduledAt.toISOString().slice(0, 10),
  );
  expect(times).toEqual(['2025-03-15', '2025-10-01']);

  await handleOf(check).backfill({ start: new Date('2025-09-07T08:00:00Z'), end: new Date('2025-09-07T12:00:00Z') });
  expect((await resultFor(check, '2025-09-07T10:00:00Z')).runs).toEqual([
    { month: '2025-09', mode: 'check', outcome: 'completed' },
    { month: '2025-08', mode: 'full', outcome: 'completed' },
  ]);
});

test('monthly-budget 17: --off removes both, and finds nothing the second time', async () => {
  const off = async () => tracc(['budget', 'schedule', '--user', USER, '--off', '--json']);
  expect(JSON.parse((await off()).out)).toEqual({ removed: [budgetScheduleId(report), budgetScheduleId(check)] });
  for (const id of [report, check]) await expect(handleOf(id).describe()).rejects.toBeInstanceOf(ScheduleNotFoundError);
  const again = await off();
  expect([again.code, JSON.parse(again.out)]).toEqual([0, { removed: [] }]);
  // A budget whose days change now makes none.
  expect((await set('fun', 3)).code).toBe(0);
  await expect(handleOf(report).describe()).rejects.toBeInstanceOf(ScheduleNotFoundError);
});
