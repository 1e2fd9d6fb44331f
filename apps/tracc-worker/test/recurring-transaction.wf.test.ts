import { addDays } from '@backend/shared/kernel';
import type { WorkflowHandle } from '@temporalio/client';
import { hold } from '../../../test/support/gate';
import { readUntil } from '../../../test/support/wait';
import {
  type RecurrenceRule,
  RECURRING_HANDLERS,
  type RecurringState,
  type RecurringTransactionResult,
  WORKFLOW_TYPES,
  recurringWorkflowId,
} from '../src/contract';
import { type TraccRig, addUser, startTraccRig } from './support';

const USER = 'u1';
let rig: TraccRig;
/** The posting of the template `slow`. */
const slow = hold();

beforeAll(async () => {
  let attempts = 0;
  rig = await startTraccRig({
    change: ({ processTransaction }) => ({
      async processTransaction(request) {
        if (request.templateId === 'slow') await slow.stop();
        const result = await processTransaction(request);
        // The posting is committed, its completion is lost, and the account is closed before the next attempt.
        if (request.templateId === 'lost-completion' && ++attempts === 1) {
          await rig.database.query(`update accounts set closed_at = now() where account_id = 'closing'`);
          throw new Error('connection lost');
        }
        return result;
      },
    }),
  });
  await addUser(rig.database, USER);
  await rig.database.query(
    `insert into accounts (user_id, account_id, name, kind, currency)
     values ($1, 'closing', 'Closing', 'checking', 'EUR'), ($1, 'dollars', 'Dollars', 'savings', 'USD')`,
    [USER],
  );
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

/** The time-skipping server's clock runs ahead, so dates are taken from it. */
async function today(plusDays = 0): Promise<string> {
  return new Date((await rig.env.currentTimeMs()) + plusDays * 86_400_000).toISOString().slice(0, 10);
}

async function addTemplate(
  templateId: string,
  rule: Partial<RecurrenceRule>,
  template: { kind?: string; account?: string; to?: string | null; splits?: unknown[] } = {},
) {
  const full = {
    startDate: await today(),
    schedule: { kind: 'interval', everyDays: 30 },
    zone: 'Europe/Berlin',
    postAt: '00:05',
    monthEnd: 'clamp',
    weekend: 'none',
    ...rule,
  } as RecurrenceRule;
  await rig.database.query(
    `insert into recurring_templates (template_id, user_id, description, kind, account_id, to_account_id, category_id, amount_minor, currency, splits, rule)
     values ($1, $2, $1, $3, $8, $4, $5, -1000, 'EUR', $6, $7)`,
    [
      templateId,
      USER,
      template.kind ?? 'normal',
      template.to ?? null,
      template.to ? null : 'rent',
      JSON.stringify(template.splits ?? []),
      JSON.stringify(full),
      template.account ?? 'checking',
    ],
  );
  return { workflowId: recurringWorkflowId({ templateId }), args: [{ templateId, userId: USER, ...full }] };
}

/** Waits for what the workflow's own progress brings. */
const until = async (handle: WorkflowHandle, isWanted: (state: RecurringState) => boolean) =>
  readUntil(async () => handle.query<RecurringState>(RECURRING_HANDLERS.state), isWanted, {
    what: `what is wanted of ${handle.workflowId}`,
  });
const untilStatus = async (handle: WorkflowHandle, wanted: RecurringState['status']) =>
  until(handle, ({ status }) => status === wanted);

const recorded = async (templateId: string) =>
  rig.database.query<{ outcome: string; reason: string | null; n: number }>(
    `select outcome, reason, count(*)::int as n from recurring_occurrences where template_id = $1 group by 1, 2 order by 1, 2`,
    [templateId],
  );

const posted = async (templateId: string) =>
  rig.database.query<{ nominal: string; account_id: string; amount_minor: string }>(
    `select nominal_date::text as nominal, account_id, amount_minor from transactions where template_id = $1 and parent_id is null order by nominal_date, account_id`,
    [templateId],
  );

test('recurring-transaction 3, 4, 7: a year of month ends is posted on its own dates, each once, over continued runs', async () => {
  const year = Number((await today(40)).slice(0, 4)) + 1;
  const options = await addTemplate('month-end', {
    startDate: `${year}-01-31`,
    schedule: { kind: 'monthly', every: 1, day: 31 },
    end: { count: 14 },
  });
  const result = await rig.execute<RecurringTransactionResult>(WORKFLOW_TYPES.recurringTransaction, options);
  expect(result).toMatchObject({ posted: 14, skipped: 0, failed: 0, reason: 'count' });
  const lastDays = Array.from({ length: 14 }, (_, month) =>
    new Date(Date.UTC(year, month + 1, 0)).toISOString().slice(0, 10),
  );
  expect((await posted('month-end')).map(({ nominal }) => nominal)).toEqual(lastDays);
});

test('recurring-transaction 9: missed occurrences are caught up on their own dates and marked late', async () => {
  const startDate = await today(-95);
  const options = await addTemplate('missed', { startDate, end: { count: 4 } });
  const result = await rig.execute<RecurringTransactionResult>(WORKFLOW_TYPES.recurringTransaction, options);
  expect(result).toMatchObject({ posted: 4, reason: 'count' });
  expect((await posted('missed')).map(({ nominal }) => nominal)).toEqual(
    [0, 30, 60, 90].map((days) => addDays(startDate, days)),
  );
  expect(
    await rig.database.query(
      `select distinct late from transactions where template_id = 'missed' and nominal_date < $1`,
      [addDays(startDate, 90)],
    ),
  ).toEqual([{ late: true }]);
});

test('recurring-transaction 17: an execution that starts over posts nothing twice', async () => {
  const options = await addTemplate('again', { startDate: await today(-65), end: { count: 3 } });
  await rig.execute(WORKFLOW_TYPES.recurringTransaction, options);
  expect(await rig.execute(WORKFLOW_TYPES.recurringTransaction, options)).toMatchObject({ posted: 3 });
  expect(await posted('again')).toHaveLength(3);
});

test('recurring-transaction 8: both legs of a transfer are one posting; split lines that do not add up are refused', async () => {
  const transfer = await addTemplate(
    'transfer',
    { startDate: await today(-5), end: { count: 1 } },
    { kind: 'transfer', to: 'savings' },
  );
  await rig.execute(WORKFLOW_TYPES.recurringTransaction, transfer);
  expect((await posted('transfer')).map(({ account_id, amount_minor }) => [account_id, amount_minor])).toEqual([
    ['checking', '-1000'],
    ['savings', '1000'],
  ]);
  const splits = [{ categoryId: 'food', amountMinor: '-400' }];
  const wrong = await addTemplate('wrong-split', { startDate: await today(-5), end: { count: 1 } }, { splits });
  expect(await rig.execute(WORKFLOW_TYPES.recurringTransaction, wrong)).toMatchObject({ posted: 0, failed: 1 });
  expect(await posted('wrong-split')).toEqual([]);
});

test('recurring-transaction 14: three permanent failures in a row pause it with the reason, and a stop ends it', async () => {
  const options = await addTemplate('lost', { startDate: await today(-95) });
  await rig.database.query(`delete from recurring_templates where template_id = 'lost'`);
  const handle = await rig.start(WORKFLOW_TYPES.recurringTransaction, options);
  expect(await untilStatus(handle, 'paused')).toMatchObject({ reason: 'TemplateNotFound', counts: { failed: 3 } });
  await handle.signal(RECURRING_HANDLERS.stop);
  expect(await handle.result()).toMatchObject({ failed: 3, reason: 'stopped' });
});

test('recurring-transaction 10, 11: a skipped occurrence is recorded and not posted; a date that is none is refused with the reason', async () => {
  const options = await addTemplate('skip', { startDate: await today(10), end: { count: 2 } });
  const handle = await rig.start(WORKFLOW_TYPES.recurringTransaction, options);
  await expect(
    handle.executeUpdate(RECURRING_HANDLERS.skip, { args: [{ nominalDate: await today(11) }] }),
  ).rejects.toMatchObject({
    cause: { message: expect.stringContaining('is not an occurrence of this template') },
  });
  const first = await today(10);
  await handle.executeUpdate(RECURRING_HANDLERS.skip, { args: [{ nominalDate: first }] });
  expect(await handle.result()).toMatchObject({ posted: 1, skipped: 1 });
  expect((await posted('skip')).map(({ nominal }) => nominal)).not.toContain(first);
  expect(
    await rig.database.query(
      `select reason from recurring_occurrences where template_id = 'skip' and outcome = 'skipped'`,
    ),
  ).toEqual([{ reason: 'user' }]);
});

test('recurring-transaction 15: a cancelled execution ends with what it had done', async () => {
  const options = await addTemplate('cancel', { startDate: await today(-5) });
  const handle = await rig.start(WORKFLOW_TYPES.recurringTransaction, options);
  await until(handle, ({ counts }) => counts.posted >= 1);
  await handle.cancel();
  expect(await handle.result()).toMatchObject({ posted: 1, reason: 'cancelled' });
});

const DAILY = { kind: 'interval', everyDays: 1 } as const;

test.each([
  ['none', { posted: 0, skipped: 800 }],
  ['latest', { posted: 1, skipped: 799 }],
] as const)(
  'recurring-transaction 9: more than 366 due wait for a person, and the confirmed policy %s holds for all of them',
  async (policy, counts) => {
    const templateId = `backlog-${policy}`;
    const options = await addTemplate(templateId, {
      startDate: await today(-900),
      schedule: DAILY,
      end: { count: 800 },
    });
    const handle = await rig.start(WORKFLOW_TYPES.recurringTransaction, options);
    const { counts: before } = await untilStatus(handle, 'needsAttention');
    expect(before).toEqual({ posted: 0, skipped: 0, failed: 0 });
    await expect(
      handle.executeUpdate(RECURRING_HANDLERS.skip, { args: [{ nominalDate: await today(-899) }] }),
    ).rejects.toMatchObject({ cause: { message: expect.stringContaining('is due since') } });
    await handle.executeUpdate(RECURRING_HANDLERS.confirmCatchUp, { args: [{ policy }] });
    expect(await handle.result()).toMatchObject({ ...counts, failed: 0, reason: 'count' });
    expect((await posted(templateId)).length).toBe(counts.posted);
  },
);

test('recurring-transaction 9: a single occurrence that was missed before the start is not posted with none', async () => {
  const options = await addTemplate('one-missed', { startDate: await today(-5), end: { count: 2 } });
  const [input] = options.args;
  const result = await rig.execute(WORKFLOW_TYPES.recurringTransaction, {
    ...options,
    args: [{ ...input, catchUp: 'none' }],
  });
  expect(result).toMatchObject({ posted: 1, skipped: 1, reason: 'count' });
  expect(await recorded('one-missed')).toEqual([
    { outcome: 'posted', reason: null, n: 1 },
    { outcome: 'skipped', reason: 'missed', n: 1 },
  ]);
});

test('recurring-transaction 11: a resume skips all that was missed in the pause, however much it is', async () => {
  const options = await addTemplate('paused', { startDate: await today(-900), schedule: DAILY, end: { count: 800 } });
  const handle = await rig.start(WORKFLOW_TYPES.recurringTransaction, options);
  await untilStatus(handle, 'needsAttention');
  // What a client sends that leaves the argument out.
  await handle.signal(RECURRING_HANDLERS.pause, null);
  await untilStatus(handle, 'paused');
  await handle.signal(RECURRING_HANDLERS.resume);
  expect(await handle.result()).toMatchObject({ posted: 0, skipped: 800, reason: 'count' });
  expect(await recorded('paused')).toEqual([{ outcome: 'skipped', reason: 'paused', n: 800 }]);
});

test('recurring-transaction 11: the last of pause, resume and pause counts', async () => {
  const options = await addTemplate('to-and-fro', { startDate: await today(20) });
  const handle = await rig.start(WORKFLOW_TYPES.recurringTransaction, options);
  await handle.signal(RECURRING_HANDLERS.pause, {});
  await handle.signal(RECURRING_HANDLERS.resume);
  await handle.signal(RECURRING_HANDLERS.pause, { onResume: 'catchUp' });
  expect(await handle.query(RECURRING_HANDLERS.state, { upcoming: 3 })).toMatchObject({ status: 'paused' });
  await handle.signal(RECURRING_HANDLERS.resume);
  const state = await untilStatus(handle, 'active');
  expect(state.counts).toEqual({ posted: 0, skipped: 0, failed: 0 });
  await handle.signal(RECURRING_HANDLERS.stop);
  expect(await handle.result()).toMatchObject({ reason: 'stopped' });
});

test('recurring-transaction 10: an occurrence that is being posted cannot be skipped', async () => {
  const startDate = await today(-2);
  const options = await addTemplate('slow', { startDate, end: { count: 1 } });
  const handle = await rig.start(WORKFLOW_TYPES.recurringTransaction, options);
  await slow.reached;
  await expect(
    handle.executeUpdate(RECURRING_HANDLERS.skip, { args: [{ nominalDate: startDate }] }),
  ).rejects.toMatchObject({ cause: { message: expect.stringContaining('is being posted') } });
  slow.letGo();
  expect(await handle.result()).toMatchObject({ posted: 1, skipped: 0 });
});

test('recurring-transaction 17: an execution that starts over leaves what was skipped before', async () => {
  const options = await addTemplate('skipped-before', { startDate: await today(-65), end: { count: 3 } });
  const [input] = options.args;
  const none = { ...options, args: [{ ...input, catchUp: 'none' }] };
  expect(await rig.execute(WORKFLOW_TYPES.recurringTransaction, none)).toMatchObject({ posted: 0, skipped: 3 });
  expect(await rig.execute(WORKFLOW_TYPES.recurringTransaction, options)).toMatchObject({ posted: 0, skipped: 3 });
  expect(await posted('skipped-before')).toEqual([]);
});

test('recurring-transaction 8: a retry after a lost completion reports what was posted, though the account is closed since', async () => {
  const rule = { startDate: await today(-2), end: { count: 1 } };
  const options = await addTemplate('lost-completion', rule, { account: 'closing' });
  expect(await rig.execute(WORKFLOW_TYPES.recurringTransaction, options)).toMatchObject({ posted: 1, failed: 0 });
  expect(await posted('lost-completion')).toHaveLength(1);
});

test('recurring-transaction 14: a transfer into an account of another currency is refused', async () => {
  const rule = { startDate: await today(-2), end: { count: 1 } };
  const options = await addTemplate('into-dollars', rule, { kind: 'transfer', to: 'dollars' });
  expect(await rig.execute(WORKFLOW_TYPES.recurringTransaction, options)).toMatchObject({ posted: 0, failed: 1 });
  expect(await recorded('into-dollars')).toEqual([{ outcome: 'failed', reason: 'TemplateInvalid', n: 1 }]);
});

test('recurring-transaction 13: an RRULE that ends by its own UNTIL ends with until', async () => {
  const startDate = await today(-10);
  const until = addDays(startDate, 2).replaceAll('-', '');
  const options = await addTemplate('own-until', {
    startDate,
    schedule: { kind: 'rrule', text: `FREQ=DAILY;UNTIL=${until}` },
  });
  expect(await rig.execute(WORKFLOW_TYPES.recurringTransaction, options)).toMatchObject({ posted: 3, reason: 'until' });
});

test.each([
  ['until', 2],
  ['count', 2],
  ['stopped', 1],
  ['cancelled', 1],
] as const)(
  'recurring-transaction 19: the result of one that ends by %s has its counts, last nominal and reason',
  async (reason, days) => {
    const startDate = await today(-1);
    const end =
      reason === 'until'
        ? { until: addDays(startDate, 1) }
        : reason === 'count'
          ? { count: 2 }
          : { until: addDays(startDate, 900) };
    const schedule = reason === 'until' || reason === 'count' ? DAILY : ({ kind: 'interval', everyDays: 400 } as const);
    const options = await addTemplate(`ends-${reason}`, { startDate, schedule, end });
    const handle = await rig.start(WORKFLOW_TYPES.recurringTransaction, options);
    if (reason === 'stopped' || reason === 'cancelled') {
      await until(handle, ({ counts }) => counts.posted >= 1);
      await (reason === 'stopped' ? handle.signal(RECURRING_HANDLERS.stop) : handle.cancel());
    }
    expect(await handle.result()).toEqual({
      posted: days,
      skipped: 0,
      failed: 0,
      lastNominal: addDays(startDate, days - 1),
      reason,
    });
  },
);
