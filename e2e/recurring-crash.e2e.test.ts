import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type TestDatabase, fetchRuns } from '@backend/shared/testing';
import { Client, Connection } from '@temporalio/client';
import {
  RECURRING_HANDLERS,
  type RecurringState,
  type RecurringTransactionResult,
  TASK_QUEUE,
  WORKFLOW_TYPES,
  recurringWorkflowId,
} from '../apps/tracc-worker/src/contract';
import { OCCURRENCES_PER_RUN } from '../apps/tracc-worker/test/recurring-fixtures';
import { addUser } from '../apps/tracc-worker/test/support';
import { openTestDatabase, testServers } from '../test/support/servers';
import { untilBlocked, waitFor } from '../test/support/wait';
import { type FreezableProxy, type WorkerProcess, startProxy, startWorkerProcess } from './stack';

const NAMESPACE = 'tracc-recurring';
const USER = 'crash';
const KILLS = 25;
const NOMINAL = '2026-01-31';
let database: TestDatabase;
let directory: string;
let connection: Connection;
let client: Client;
let proxy: FreezableProxy;
let worker: WorkerProcess;
let env: Record<string, string>;

beforeAll(async () => {
  database = await openTestDatabase('tracc');
  directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-recurring-'));
  const { temporalAddress } = testServers();
  proxy = await startProxy(temporalAddress!);
  env = {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: proxy.address,
    TEMPORAL_NAMESPACE: NAMESPACE,
  };
  await addUser(database, USER);
  connection = await Connection.connect({ address: temporalAddress! });
  client = new Client({ connection, namespace: NAMESPACE });
  worker = await startWorkerProcess('tracc', env);
});

afterAll(async () => {
  await worker?.stop();
  await connection?.close();
  await proxy?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

const RULE = {
  startDate: NOMINAL,
  schedule: { kind: 'monthly', every: 1, day: 31 },
  zone: 'Europe/Berlin',
  postAt: '00:05',
  monthEnd: 'clamp',
  weekend: 'none',
  end: { count: 1 },
};

async function start(templateId: string) {
  return client.workflow.start(WORKFLOW_TYPES.recurringTransaction, {
    workflowId: recurringWorkflowId({ templateId }),
    workflowIdConflictPolicy: 'USE_EXISTING',
    taskQueue: TASK_QUEUE,
    args: [{ templateId, userId: USER, ...RULE }],
  });
}

const rowsOf = async (templateId: string) =>
  database.query(`select account_id from transactions where template_id = $1 order by account_id`, [templateId]);
const BOTH_LEGS = [{ account_id: 'checking' }, { account_id: 'savings' }];

test(`recurring-transaction 8: kill -9 after the commit and before the result, ${KILLS} times: each occurrence is posted once, with both legs`, async () => {
  const templates = Array.from({ length: KILLS }, (_, n) => `killed-${n}`);
  const handles = [];
  for (const templateId of templates) {
    await database.query(
      `insert into recurring_templates (template_id, user_id, description, kind, account_id, to_account_id, amount_minor, currency, rule)
       values ($1, $2, $1, 'transfer', 'checking', 'savings', -100, 'EUR', $3)`,
      [templateId, USER, JSON.stringify(RULE)],
    );
    // The worker's transaction waits for this one, which holds the record of the same occurrence.
    await database.query('begin');
    await database.query(
      `insert into recurring_occurrences (user_id, template_id, nominal_date, outcome) values ($1, $2, $3, 'skipped')`,
      [USER, templateId, NOMINAL],
    );
    const handle = await start(templateId);
    handles.push(handle);
    await untilBlocked(database);
    // From here on nothing that the worker says arrives: it commits, and its result is lost with it.
    proxy.freeze();
    await database.query('rollback');
    await waitFor(async () => (await rowsOf(templateId)).length > 0, 'the worker to commit');
    await worker.kill();
    proxy.thaw();
    expect((await handle.describe()).status.name).toBe('RUNNING');
    worker = await startWorkerProcess('tracc', env);
  }
  for (const [n, templateId] of templates.entries()) {
    const result = (await handles[n]!.result()) as RecurringTransactionResult;
    expect(result).toEqual({ posted: 1, skipped: 0, failed: 0, lastNominal: NOMINAL, reason: 'count' });
    expect(await rowsOf(templateId)).toEqual(BOTH_LEGS);
  }
  expect(await database.query(`select count(*)::int as n from recurring_occurrences where outcome = 'posted'`)).toEqual(
    [{ n: KILLS }],
  );
}, 240_000);

test('common: starts of one template at once are one workflow, and one row', async () => {
  await database.query(
    `insert into recurring_templates (template_id, user_id, description, account_id, amount_minor, currency, rule) values ('many', $1, 'Many', 'checking', -100, 'EUR', $2)`,
    [USER, JSON.stringify(RULE)],
  );
  await database.query('begin');
  await database.query(
    `insert into recurring_occurrences (user_id, template_id, nominal_date, outcome) values ($1, 'many', $2, 'skipped')`,
    [USER, NOMINAL],
  );
  const handles = await Promise.all(Array.from({ length: 20 }, async () => start('many')));
  await database.query('rollback');
  expect(new Set(handles.map(({ firstExecutionRunId }) => firstExecutionRunId)).size).toBe(1);
  expect(await handles[0]!.result()).toMatchObject({ posted: 1, reason: 'count' });
  expect(await rowsOf('many')).toEqual([{ account_id: 'checking' }]);
});

test('recurring-transaction 16: hundreds of daily occurrences continue as new, and no update that was accepted is lost, whenever it comes', async () => {
  const DAYS = 400;
  const AHEAD = 200;
  const dayFrom = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const rule = {
    ...RULE,
    startDate: dayFrom(-DAYS),
    schedule: { kind: 'interval', everyDays: 1 },
    end: { count: DAYS + AHEAD },
  };
  await database.query(
    `insert into recurring_templates (template_id, user_id, description, account_id, amount_minor, currency, rule) values ('daily', $1, 'Daily', 'checking', -100, 'EUR', $2)`,
    [USER, JSON.stringify(rule)],
  );
  const workflowId = recurringWorkflowId({ templateId: 'daily' });
  const first = await client.workflow.start(WORKFLOW_TYPES.recurringTransaction, {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [{ templateId: 'daily', userId: USER, ...rule }],
  });
  const handle = client.workflow.getHandle(workflowId);
  const state = async () => handle.query<RecurringState>(RECURRING_HANDLERS.state);
  await waitFor(async () => (await state()).status === 'needsAttention', 'the backlog to be seen');
  await handle.executeUpdate(RECURRING_HANDLERS.confirmCatchUp, { args: [{ policy: 'all' }] });

  const posted = async () =>
    (
      await database.query<{ rows: number }>(
        `select count(*)::int as rows from transactions where template_id = 'daily'`,
      )
    )[0]!.rows;

  // Orders for dates to come, three at a time, all through the runs of the backlog.
  const accepted: string[] = [];
  let next = 2;
  const order = async (): Promise<void> => {
    while (next < AHEAD - 10 && (await posted()) < DAYS) {
      const nominalDate = dayFrom(next++);
      await handle.executeUpdate(RECURRING_HANDLERS.skip, { args: [{ nominalDate }] });
      accepted.push(nominalDate);
    }
  };
  await Promise.all([order(), order(), order()]);
  await waitFor(async () => (await posted()) >= DAYS, 'the backlog to be posted', 150_000);

  // Today's is due too, unless the day has only begun.
  const isThrough = async () => {
    const { counts, upcoming } = await state();
    return counts.posted >= DAYS && counts.posted === (await posted()) && Date.parse(upcoming[0]!.fireAt) > Date.now();
  };
  await waitFor(isThrough, 'the last of it to be counted');
  const { skips, counts } = await state();
  expect(accepted.length).toBeGreaterThan(50);
  expect(skips).toEqual([...accepted].sort());
  expect(counts).toMatchObject({ skipped: 0, failed: 0 });
  const [rows] = await database.query(
    `select count(*)::int as rows, count(distinct nominal_date)::int as days from transactions where template_id = 'daily'`,
  );
  expect(rows).toEqual({ rows: counts.posted, days: counts.posted });

  const runs = await fetchRuns(client.workflow, { workflowId, runId: first.firstExecutionRunId });
  const lengths = runs.map(({ events }) => events?.length ?? 0);
  expect(lengths.length).toBeGreaterThanOrEqual(DAYS / OCCURRENCES_PER_RUN);
  expect(Math.max(...lengths)).toBeLessThan(5000);
  await handle.signal(RECURRING_HANDLERS.stop);
  expect(await handle.result()).toMatchObject({ reason: 'stopped', failed: 0 });
}, 240_000);
