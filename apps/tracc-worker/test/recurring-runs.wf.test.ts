import { addDays } from '@backend/shared/kernel';
import { fetchRuns } from '@backend/shared/testing';
import type { WorkflowHandleWithStartDetails } from '@temporalio/client';
import { hold } from '../../../test/support/gate';
import { type RecurrenceRule, WORKFLOW_TYPES } from '../src/contract';
import { DAILY, OCCURRENCES_PER_RUN, USER, createRecurring } from './recurring-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

let rig: TraccRig;
const { stopAll, noon, addTemplate, start, until, update, refusal, posted, recorded, sleepUntil } = createRecurring(
  () => rig,
);
/** The posting of the template `held`, before its transaction. */
const held = hold();
let attempts: Record<string, number> = {};
let today: string;
const day = (n: number): string => addDays(today, n);

beforeAll(async () => {
  rig = await startTraccRig({
    change: ({ processTransaction, recordOccurrences }) => {
      const fail = (templateId: string, times: number): void => {
        attempts[templateId] = (attempts[templateId] ?? 0) + 1;
        if (attempts[templateId] <= times) throw new Error('Connection terminated unexpectedly');
      };
      return {
        async processTransaction(request) {
          if (request.templateId === 'held') await held.stop();
          if (request.templateId === 'flaky') fail('flaky', 4);
          if (request.templateId === 'away' && request.occurrence.index === 2) fail('away', Number.POSITIVE_INFINITY);
          return processTransaction(request);
        },
        async recordOccurrences(request) {
          if (request.templateId === 'flaky') fail('flaky-record', 3);
          return recordOccurrences(request);
        },
      };
    },
  });
  await addUser(rig.database, USER);
});
beforeEach(async () => {
  attempts = {};
  today = await noon();
});
afterEach(async () => {
  await stopAll();
  await rig.verify();
});
afterAll(async () => rig.stop());

const runsOf = async ({ workflowId, firstExecutionRunId: runId }: WorkflowHandleWithStartDetails) =>
  fetchRuns(rig.env.client.workflow, { workflowId, runId });

test('common, recurring-transaction 20: two starts of one template are one workflow', async () => {
  const options = { ...(await addTemplate('once', { startDate: day(2), end: { count: 2 } })), workflowIdConflictPolicy: 'USE_EXISTING' } as const; // prettier-ignore
  const first = await rig.start(WORKFLOW_TYPES.recurringTransaction, options);
  const second = await rig.start(WORKFLOW_TYPES.recurringTransaction, options);
  expect(second.firstExecutionRunId).toBe(first.firstExecutionRunId);
  expect(await second.result()).toMatchObject({ posted: 2 });
  expect(await posted('once')).toHaveLength(2);
});

describe('1,200 daily occurrences', () => {
  test('recurring-transaction 9, 16: a confirmed backlog is posted in many short runs, and no order is lost between them', async () => {
    const handle = await start('backlog', { startDate: day(-1199), schedule: DAILY, end: { count: 1320 } });
    await until(handle, ({ status }) => status === 'needsAttention');
    // Carried from run to run until their time comes: days 1 to 60 are skipped, days 61 to 120 moved by a hundred days.
    // Not while it posts: the time-skipping server forgets an update that meets a continue-as-new.
    for (let n = 1; n <= 60; n += 1) await update(handle, 'skip', { nominalDate: day(n) });
    for (let n = 61; n <= 120; n += 1)
      await update(handle, 'reschedule', { nominalDate: day(n), toDate: day(n + 100) });
    await update(handle, 'confirmCatchUp', { policy: 'all' });
    expect(await handle.result()).toEqual({
      posted: 1260,
      skipped: 60,
      failed: 0,
      reason: 'count',
      lastNominal: day(120),
    });

    const rows = await posted('backlog');
    const skipped = (await recorded('backlog')).filter(({ outcome }) => outcome === 'skipped');
    expect(rows.map(({ nominal, booked }) => [nominal, booked])).toEqual([
      ...Array.from({ length: 1200 }, (_, at) => [day(at - 1199), day(at - 1199)]),
      ...Array.from({ length: 60 }, (_, at) => [day(at + 61), day(at + 161)]),
    ]);
    expect(skipped).toEqual(
      Array.from({ length: 60 }, (_, at) => ({ nominal: day(at + 1), outcome: 'skipped', reason: 'user' })),
    );
    const lengths = (await runsOf(handle)).map(({ events }) => events?.length ?? 0);
    expect(lengths.length).toBeGreaterThanOrEqual(1320 / OCCURRENCES_PER_RUN);
    expect(Math.max(...lengths)).toBeLessThan(5000);
  }, 240_000);

  test('recurring-transaction 9, 13: in four parts of 300 each, none of which needs a person', async () => {
    for (const part of [0, 1, 2, 3]) {
      const startDate = day(-1199 + 300 * part);
      const handle = await start(`part-${part}`, { startDate, schedule: DAILY, end: { count: 300 } });
      expect(await handle.result()).toMatchObject({ posted: 300, skipped: 0, lastNominal: addDays(startDate, 299) });
      expect((await runsOf(handle)).length).toBeGreaterThanOrEqual(300 / OCCURRENCES_PER_RUN);
    }
    const [{ n, first, last }] = (await rig.database.query<{ n: number; first: string; last: string }>(
      `select count(distinct nominal_date)::int as n, min(nominal_date)::text as first, max(nominal_date)::text as last from transactions where template_id like 'part-%'`,
    )) as [{ n: number; first: string; last: string }];
    expect({ n, first, last }).toEqual({ n: 1200, first: day(-1199), last: day(0) });
  }, 240_000);
});

test('recurring-transaction 15: a cancelled transfer is finished with both legs, and nothing comes after it', async () => {
  const handle = await start('held', { startDate: day(-3), schedule: DAILY }, { to: 'savings' });
  await held.reached;
  await handle.cancel();
  held.letGo();
  expect(await handle.result()).toEqual({
    posted: 1,
    skipped: 0,
    failed: 0,
    reason: 'cancelled',
    lastNominal: day(-3),
  });
  expect((await posted('held')).map(({ account, minor }) => [account, minor])).toEqual([['checking', '-1000'], ['savings', '1000']]); // prettier-ignore
  const [legs] = await rig.database.query<{ n: number }>(
    `select count(distinct transfer_id)::int as n from transactions where template_id = 'held'`,
  );
  expect(legs).toEqual({ n: 1 });
});

test.each([
  ['all', [-95, -65, -35, -5]],
  ['latest', [-5]],
  ['none', []],
] as const)(
  'recurring-transaction 8, 9: what is due at the start is caught up by the policy %s, late',
  async (catchUp, days) => {
    const handle = await start(catchUp, { startDate: day(-95), end: { count: 5 } }, { catchUp });
    const counts = { posted: days.length + 1, skipped: 4 - days.length, failed: 0 };
    expect(await handle.result()).toEqual({ ...counts, reason: 'count', lastNominal: day(25) });
    expect((await posted(catchUp)).map(({ nominal, booked, late }) => ({ nominal, booked, late }))).toEqual([
      ...days.map((n) => ({ nominal: day(n), booked: day(n), late: true })),
      { nominal: day(25), booked: day(25), late: false },
    ]);
    expect((await recorded(catchUp)).filter(({ outcome }) => outcome === 'skipped')).toEqual(
      [-95, -65, -35, -5].filter((n) => !days.some((each) => each === n)).map((n) => ({ nominal: day(n), outcome: 'skipped', reason: 'missed' })), // prettier-ignore
    );
  },
);

test.each(['all', 'latest', 'none'] as const)(
  'recurring-transaction 4, 9: Saturday, Sunday and Monday that are booked on one Monday are three rows, with catch-up %s too',
  async (catchUp) => {
    const monday = Array.from({ length: 7 }, (_, n) => day(n + 3)).find((date) => new Date(date).getUTCDay() === 1)!;
    const startDate = addDays(monday, -2);
    const templateId = `weekend-${catchUp}`;
    const handle = await start(
      templateId,
      { startDate, schedule: DAILY, weekend: 'next', end: { count: 4 } },
      { catchUp },
    );
    expect(await handle.result()).toMatchObject({ posted: 4, skipped: 0 });
    expect((await posted(templateId)).map(({ booked }) => booked)).toEqual([
      monday,
      monday,
      monday,
      addDays(monday, 1),
    ]);
  },
);

describe('dates', () => {
  const weekday = (date: string): number => new Date(date).getUTCDay();
  const lastSunday = (year: number, month: number): string => {
    const last = new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
    return addDays(last, -weekday(last));
  };

  test('recurring-transaction 4, 13: weekends that are left out are recorded, and counted by the end', async () => {
    const handle = await start('workdays', { startDate: day(1), schedule: DAILY, weekend: 'skip', end: { count: 14 } });
    expect(await handle.result()).toMatchObject({ posted: 10, skipped: 4, reason: 'count', lastNominal: day(14) });
    for (const { nominal, outcome, reason } of await recorded('workdays')) {
      const isWeekend = weekday(nominal) % 6 === 0;
      expect({ nominal, outcome, reason }).toEqual(
        isWeekend ? { nominal, outcome: 'skipped', reason: 'weekend' } : { nominal, outcome: 'posted', reason: null },
      );
    }
  });

  test('recurring-transaction 4, 5, 13: short months are left out, Sundays booked on Friday, the last date included', async () => {
    const year = Number(today.slice(0, 4)) + 1;
    const ends = ['01', '03', '05', '07', '08', '10', '12'].map((month) => `${year}-${month}-31`);
    const handle = await start('long-months', {
      startDate: `${year}-01-31`,
      schedule: { kind: 'monthly', every: 1, day: 31 },
      monthEnd: 'skip',
      weekend: 'previous',
      end: { until: `${year}-12-31` },
    });
    expect(await handle.result()).toMatchObject({ posted: 7, reason: 'until', lastNominal: `${year}-12-31` });
    const back = (date: string): number => [2, 0, 0, 0, 0, 0, 1][weekday(date)]!;
    expect((await posted('long-months')).map(({ nominal, booked }) => [nominal, booked])).toEqual(
      ends.map((date) => [date, addDays(date, -back(date))]),
    );
  });

  test.each([
    ['gap', 3, '01:30'],
    ['overlap', 10, '00:30'],
  ] as const)(
    'recurring-transaction 6: a time in the %s of summer time is booked on its own date',
    async (name, month, utc) => {
      const date = lastSunday(Number(today.slice(0, 4)) + 1, month);
      const rule = { startDate: date, schedule: DAILY, zone: 'Europe/Berlin', postAt: '02:30', end: { count: 1 } };
      const handle = await start(name, rule);
      const { next } = await until(handle, (each) => each.next !== undefined);
      expect(next?.fireAt).toBe(`${date}T${utc}:00Z`);
      expect(await handle.result()).toMatchObject({ posted: 1 });
      expect(await posted(name)).toMatchObject([{ nominal: date, booked: date, late: false }]);
    },
  );
});

describe('failures', () => {
  test('recurring-transaction 14: a connection that is lost a few times costs nothing but time', async () => {
    const handle = await start('flaky', { startDate: day(1), schedule: DAILY, end: { count: 3 } });
    await until(handle, ({ next }) => next !== undefined);
    await update(handle, 'skip', { nominalDate: day(2) });
    expect(await handle.result()).toMatchObject({ posted: 2, skipped: 1, failed: 0 });
    expect(attempts).toMatchObject({ flaky: 6, 'flaky-record': 4 });
    expect((await posted('flaky')).map(({ nominal, late }) => [nominal, late])).toEqual([[day(1), false], [day(3), false]]); // prettier-ignore
  });

  test('recurring-transaction 14: after a day without the database one is given up, and the others are posted', async () => {
    const handle = await start('away', { startDate: day(1), schedule: { kind: 'interval', everyDays: 3 }, end: { count: 3 } }); // prettier-ignore
    expect(await handle.result()).toMatchObject({ posted: 2, failed: 1, lastNominal: day(7) });
    expect((await recorded('away')).map(({ outcome }) => outcome)).toEqual(['posted', 'failed', 'posted']);
    // Backed off to 15 minutes: about a hundred attempts a day, not thousands.
    expect(attempts['away']).toBeGreaterThan(50);
    expect(attempts['away']).toBeLessThan(150);
  });

  test('recurring-transaction 14: a template that is deleted fails by name; put back, the rest is posted', async () => {
    const handle = await start('deleted', { startDate: day(1), schedule: DAILY, end: { count: 4 } });
    await rig.database.query(`delete from recurring_templates where template_id = 'deleted'`);
    await sleepUntil(`${day(2)}T12:00:00Z`);
    const { recent } = await until(handle, ({ counts }) => counts.failed === 2);
    expect(recent).toEqual([2, 1].map((n) => ({ nominalDate: day(n), outcome: 'failed', reason: 'TemplateNotFound' }))); // prettier-ignore
    expect(await refusal(handle, 'updateSchedule', { postAt: '10:00' })).toMatch('no template deleted');
    await addTemplate('deleted');
    expect(await update(handle, 'retry', { nominalDate: day(1) })).toMatchObject({ counts: { posted: 1, failed: 1 } });
    expect(await handle.result()).toMatchObject({ posted: 3, failed: 1 });
  });
});

test('recurring-transaction 7: each timer ends within a minute after its instant, at the same second for each occurrence of a template', async () => {
  const ids = ['timer-a', 'timer-b', 'timer-c'];
  const rule: Partial<RecurrenceRule> = { startDate: day(1), schedule: DAILY, postAt: '09:00', end: { count: 15 } };
  const handles = await Promise.all(ids.map(async (id) => start(id, rule)));
  const delays: number[] = [];
  for (const handle of handles) {
    await handle.result();
    const ends = (await runsOf(handle)).flatMap(({ events }) =>
      (events ?? []).flatMap(({ eventTime, timerStartedEventAttributes: timer }) =>
        timer ? [milliseconds(eventTime) + milliseconds(timer.startToFireTimeout)] : [],
      ),
    );
    expect(ends).toHaveLength(15);
    const each = ends.map((end, at) => end - Date.parse(`${day(at + 1)}T09:00:00Z`));
    expect(Math.min(...each)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...each)).toBeLessThan(60_000);
    // The instant of a workflow's own clock is that of its task, some milliseconds before the event.
    expect(Math.max(...each) - Math.min(...each)).toBeLessThan(1000);
    delays.push(Math.min(...each));
  }
  const sorted = delays.toSorted((a, b) => a - b);
  expect(sorted[2]! - sorted[0]!).toBeGreaterThan(1000);
});

function milliseconds(value: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(value?.seconds ?? 0) * 1000 + (value?.nanos ?? 0) / 1e6;
}
