import { IMPORT_HANDLERS } from '@backend/importer/contract';
import { addDays } from '@backend/shared/kernel';
import { type Hold, hold } from '../../../test/support/gate';
import { attributesOfExecution, detailsOf, summariesOfExecution } from '../../../test/support/shown';
import { readUntil } from '../../../test/support/wait';
import {
  RECURRING_HANDLERS,
  type ScheduledBudgetResult,
  WORKFLOW_TYPES,
  budgetScheduleRunId,
  budgetWorkflowId,
} from '../src/contract';
import { USER, createImporting } from './import-fixtures';
import { createRecurring } from './recurring-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

// What a person sees of an execution in the Temporal UI, and finds it by.

let rig: TraccRig;
let loading: Hold | undefined;
let checking: Hold | undefined;
const { start, asked } = createImporting(() => rig);
const recurring = createRecurring(() => rig);

beforeAll(async () => {
  rig = await startTraccRig({
    change: ({ importToDatabase, generateMonthlyReport }) => ({
      importToDatabase: async (input) => {
        await loading?.stop();
        return importToDatabase(input);
      },
      generateMonthlyReport: async (input) => {
        await checking?.stop();
        return generateMonthlyReport(input);
      },
    }),
  });
  await addUser(rig.database, USER);
  await rig.database.query(
    `insert into budgets (budget_id, user_id, name, currency, zone, limit_minor, month_start_day, rollover_since)
     values ('food', $1, 'Groceries of Ada', 'EUR', 'UTC', 10000, 1, '2026-03')`,
    [USER],
  );
  await rig.database.query(
    `insert into budget_categories (user_id, budget_id, category_id) values ($1, 'food', 'food')`,
    [USER],
  );
});
beforeEach(() => {
  loading = undefined;
  checking = undefined;
});
afterEach(async () => {
  await recurring.stopAll();
  await rig.verify();
});
afterAll(async () => rig.stop());

test('platform: an import shows its phase, rows and what it waits for, and is found by its status', async () => {
  loading = hold();
  const handle = await start('Date;Amount;Text\n01.02.2026;-1,00;a\n02.03.2026;-2,00;b\n', { importId: 'shown' });
  await asked(handle);
  expect(await detailsOf(handle)).toBe('**needsInput**\n- waits for an answer: AmbiguousDateFormat');
  expect(await attributesOfExecution(handle)).toEqual({ ImportStatus: 'needsInput' });

  await handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [{ dateFormat: 'DMY' }] });
  await loading.reached;
  expect(await attributesOfExecution(handle)).toEqual({ ImportStatus: 'running' });
  expect(await detailsOf(handle)).toMatch(
    /^\*\*importing\*\*: 0 of 2 rows \(0 %\)\n- 2 rows, 0 refused, 0 imported, 0 duplicates$/,
  );
  await handle.signal(IMPORT_HANDLERS.pause);
  await readUntil(
    async () => attributesOfExecution(handle),
    ({ ImportStatus }) => ImportStatus === 'paused',
    {
      what: 'the import to be paused',
    },
  );
  expect(await detailsOf(handle)).toMatch(/^\*\*paused while importing\*\*: 0 of 2 rows/);
  await handle.signal(IMPORT_HANDLERS.resume);
  loading.letGo();
  await handle.result();
  expect(await attributesOfExecution(handle)).toEqual({ ImportStatus: 'completed' });
  expect(await detailsOf(handle)).toBe('**done**\n- 2 rows, 0 refused, 2 imported, 0 duplicates');
  expect(await summariesOfExecution(handle)).toEqual(
    expect.arrayContaining([
      'Check type, size and hash of the file (commit)',
      'Find out the layout from all of the file',
      'Wait for an answer about the layout',
      'Read the layout, as stated',
      'Validate batches of 100 rows, slice 1',
      'Load rows in chunks, slice 1',
      'Sum up the import (completed)',
    ]),
  );
});

test('platform: an import that fails, and one that was refused, are found as what they are', async () => {
  const failed = await start('', { importId: 'empty' });
  await expect(failed.result()).rejects.toThrow();
  expect(await attributesOfExecution(failed)).toEqual({ ImportStatus: 'failed' });
  expect(await detailsOf(failed)).toMatch(/^\*\*failed\*\*/);

  const aborted = await start('Date;Amount;Text\n31.01.2026;-1,00;a\n30.02.2026;-2,00;b\n', {
    importId: 'aborted',
    onRowError: 'abort',
  });
  await aborted.result();
  expect(await attributesOfExecution(aborted)).toEqual({ ImportStatus: 'aborted' });
});

test('data-import 5: the search attribute of an import adds two events to a history of less than 50', async () => {
  const handle = await start('Date;Amount;Text\n31.01.2026;-7,00;a\n', { importId: 'events' });
  await handle.result();
  const { events } = await handle.fetchHistory();
  const upserts = events!.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes);
  expect(upserts).toHaveLength(2);
  expect(events!.length).toBeLessThan(50);
});

test('platform: a template shows what comes next and what became of the last ones, and is found by its status', async () => {
  const today = await recurring.noon();
  const handle = await recurring.start('shown', { startDate: addDays(today, -30) });
  await recurring.until(handle, ({ counts, next }) => counts.posted === 2 && next !== undefined);
  expect(await attributesOfExecution(handle)).toEqual({ TemplateStatus: 'active' });
  const next = addDays(today, 30);
  expect(await detailsOf(handle)).toBe(
    [
      '**active**',
      `- next: ${next}, at ${next}T00:05:00Z`,
      '- 2 posted, 0 skipped, 0 failed',
      `- ${today}: posted`,
      `- ${addDays(today, -30)}: posted`,
    ].join('\n'),
  );

  await handle.signal(RECURRING_HANDLERS.pause);
  await readUntil(
    async () => attributesOfExecution(handle),
    ({ TemplateStatus }) => TemplateStatus === 'paused',
    {
      what: 'the template to be paused',
    },
  );
  expect(await detailsOf(handle)).toMatch(/^\*\*paused\*\*\n/);
  await handle.signal(RECURRING_HANDLERS.stop);
  await handle.result();
  expect(await attributesOfExecution(handle)).toEqual({ TemplateStatus: 'stopped' });
  expect(await summariesOfExecution(handle)).toEqual([
    'Plan up to 36 dates',
    `Post shown for ${addDays(today, -30)}`,
    `Post shown for ${today}`,
    `Wait for the occurrence of ${next}`,
  ]);
});

test('platform: a month shows its phase and how much is spent in per cent, without names and amounts', async () => {
  await rig.database.query(
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, category_id, description)
     values ($1, 'checking', '2026-03-05', -4250, 'EUR', 'food', 'Bakery')`,
    [USER],
  );
  checking = hold();
  const input = { userId: USER, month: '2026-03', asOf: '2026-04-02T00:00:00Z' };
  const handle = await rig.start(WORKFLOW_TYPES.monthlyBudget, { workflowId: budgetWorkflowId(input), args: [input] });
  await checking.reached;
  expect(await detailsOf(handle)).toBe('**reporting**: 2026-03\n- food: ok, 42.5 % spent');
  checking.letGo();
  await handle.result();
  expect(await detailsOf(handle)).toBe('**done**: 2026-03\n- food: ok, 42.5 % spent');
  expect(await summariesOfExecution(handle)).toEqual(['Sum up the budgets of 2026-03', 'Make the report of 2026-03']);
});

test('platform: a month that a schedule runs is found by its user and month, like one that a person runs', async () => {
  const handle = await rig.start(WORKFLOW_TYPES.scheduledBudget, {
    workflowId: budgetScheduleRunId({ userId: USER, kind: 'report' }),
    args: [{ userId: USER, mode: 'full' }],
  });
  const { at, runs } = (await handle.result()) as ScheduledBudgetResult;
  const { month } = runs[0]!;
  const run = rig.env.client.workflow.getHandle(budgetWorkflowId({ userId: USER, month }));
  expect(await attributesOfExecution(run)).toEqual({ TenantUser: USER, Month: month });
  expect(await summariesOfExecution(handle)).toEqual([`Find out which months run at ${at}`]);
});
