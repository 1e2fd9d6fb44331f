import { addDays } from '@backend/shared/kernel';
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

beforeAll(async () => {
  rig = await startTraccRig();
  await addUser(rig.database, USER);
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
  template: { kind?: string; to?: string | null; splits?: unknown[] } = {},
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
     values ($1, $2, $1, $3, 'checking', $4, $5, -1000, 'EUR', $6, $7)`,
    [
      templateId,
      USER,
      template.kind ?? 'normal',
      template.to ?? null,
      template.to ? null : 'rent',
      JSON.stringify(template.splits ?? []),
      JSON.stringify(full),
    ],
  );
  return { workflowId: recurringWorkflowId({ templateId }), args: [{ templateId, userId: USER, ...full }] };
}

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
  let state = await handle.query<RecurringState>(RECURRING_HANDLERS.state);
  while (state.status !== 'paused') state = await handle.query<RecurringState>(RECURRING_HANDLERS.state);
  expect(state).toMatchObject({ reason: 'TemplateNotFound', counts: { failed: 3 } });
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
  let state = await handle.query<RecurringState>(RECURRING_HANDLERS.state);
  while (state.counts.posted < 1) state = await handle.query<RecurringState>(RECURRING_HANDLERS.state);
  await handle.cancel();
  expect(await handle.result()).toMatchObject({ posted: 1, reason: 'cancelled' });
});
