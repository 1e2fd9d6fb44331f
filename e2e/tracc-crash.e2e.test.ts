import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { type DataImportResult, importWorkflowId } from '@backend/importer/contract';
import { createBlobStore } from '@backend/shared/blob';
import type { TestDatabase } from '@backend/shared/testing';
import { Client, Connection } from '@temporalio/client';
import {
  type MonthlyBudgetResult,
  NAMESPACE,
  type RecurringTransactionResult,
  TASK_QUEUE,
  WORKFLOW_TYPES,
  budgetWorkflowId,
  recurringWorkflowId,
} from '../apps/tracc-worker/src/contract';
import { addUser } from '../apps/tracc-worker/test/support';
import { openTestDatabase, testServers } from '../test/support/servers';
import { waitFor } from '../test/support/wait';
import { type WorkerProcess, startWorkerProcess } from './stack';

const USER = 'crash';
const ROWS = 150_000;
const OCCURRENCES = 200;
let database: TestDatabase;
let directory: string;
let connection: Connection;
let client: Client;
let receiver: Server;
let worker: WorkerProcess;
const keys: string[] = [];
let held: ServerResponse | undefined;
let env: Record<string, string>;

beforeAll(async () => {
  database = await openTestDatabase('tracc');
  directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-crash-'));
  receiver = createServer((request, response) => {
    keys.push(String(request.headers['idempotency-key']));
    request.resume();
    // The first request is never answered: the worker dies while it waits for it.
    if (held) response.writeHead(204).end();
    else held = response;
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const { temporalAddress } = testServers();
  env = {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    HTTP_ALLOW_HOSTS: host,
    TEMPORAL_ADDRESS: temporalAddress!,
  };
  await addUser(database, USER);
  await database.query(
    `insert into budgets (budget_id, user_id, name, currency, zone, limit_minor, rollover_since, notify)
     values ('crash-food', $1, 'Food', 'EUR', 'Europe/Berlin', 100, '2026-01', $2)`,
    [USER, JSON.stringify([{ kind: 'webhook', url: `http://${host}/alerts` }])],
  );
  await database.query(
    `insert into budget_categories (user_id, budget_id, category_id) values ($1, 'crash-food', 'food')`,
    [USER],
  );
  await database.query(
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, category_id) values ($1, 'checking', '2026-03-05', -500, 'EUR', 'food')`,
    [USER],
  );
  connection = await Connection.connect({ address: temporalAddress! });
  client = new Client({ connection, namespace: NAMESPACE });
  worker = await startWorkerProcess('tracc', env);
});

afterAll(async () => {
  await worker?.stop();
  await connection?.close();
  receiver?.closeAllConnections();
  receiver?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

const count = async (sql: string): Promise<number> =>
  (await database.query<{ n: number }>(`select (${sql})::int as n`))[0]!.n;

test('common, data-import 13, monthly-budget 9, recurring-transaction 8: kill -9 in the middle of all three workflows loses nothing and doubles nothing', async () => {
  const month = '2026-03';
  const blob = await createBlobStore(env['BLOB_DIR']!).put(bankFile());
  const rule = {
    startDate: '2024-01-01',
    schedule: { kind: 'interval', everyDays: 1 },
    zone: 'Europe/Berlin',
    postAt: '00:05',
    monthEnd: 'clamp',
    weekend: 'none',
    end: { count: OCCURRENCES },
  };
  await database.query(
    `insert into recurring_templates (template_id, user_id, description, kind, account_id, to_account_id, amount_minor, currency, rule)
     values ('crash-daily', $1, 'Daily transfer', 'transfer', 'checking', 'savings', -100, 'EUR', $2)`,
    [USER, JSON.stringify(rule)],
  );
  const start = async (type: string, workflowId: string, input: object) =>
    client.workflow.start(type, { workflowId, taskQueue: TASK_QUEUE, args: [input] });

  const budget = await start(WORKFLOW_TYPES.monthlyBudget, budgetWorkflowId({ userId: USER, month }), {
    userId: USER,
    month,
  });
  await waitFor(async () => held !== undefined, 'the webhook to be called');
  const recurring = await start(
    WORKFLOW_TYPES.recurringTransaction,
    recurringWorkflowId({ templateId: 'crash-daily' }),
    { templateId: 'crash-daily', userId: USER, ...rule },
  );
  const load = await start(WORKFLOW_TYPES.dataImport, importWorkflowId({ tenant: 'tracc', importId: 'crash-import' }), {
    importId: 'crash-import',
    userId: USER,
    accountId: 'savings',
    source: { ...blob, filename: 'bank.csv' },
  });
  await waitFor(
    async () => (await count(`select coalesce(max(loaded_batches), 0) from imports`)) > 0,
    'the first chunk to be loaded',
  );
  await waitFor(
    async () => (await count(`select count(*) from recurring_occurrences`)) > 0,
    'the first occurrence to be posted',
  );
  await worker.kill();

  // All three were in the middle: an alert unanswered, chunks and occurrences still to come.
  expect(await database.query(`select delivery from alerts where pct = 100`)).toEqual([{ delivery: 'pending' }]);
  expect(await count(`select loaded_batches from imports`)).toBeLessThan(ROWS / 100);
  expect(await count(`select count(*) from recurring_occurrences`)).toBeLessThan(OCCURRENCES);

  worker = await startWorkerProcess('tracc', env);
  const results = await Promise.all([budget.result(), recurring.result(), load.result()]);
  const [budgetResult, recurringResult, importResult] = results as [
    MonthlyBudgetResult,
    RecurringTransactionResult,
    DataImportResult,
  ];

  expect(budgetResult).toMatchObject({ status: 'over', reportRevision: 1 });
  expect(new Set(keys)).toEqual(new Set([`alert:crash-food:${month}:100`]));
  expect(await database.query(`select pct, delivery from alerts order by pct`)).toEqual([
    { pct: 80, delivery: 'superseded' },
    { pct: 100, delivery: 'sent' },
  ]);
  expect(await count(`select count(*) from reports`)).toBe(1);

  expect(recurringResult).toMatchObject({ posted: OCCURRENCES, failed: 0, skipped: 0, reason: 'count' });
  expect(await count(`select count(*) from transactions where template_id = 'crash-daily'`)).toBe(2 * OCCURRENCES);
  expect(
    await count(
      `select count(distinct (account_id, nominal_date)) from transactions where template_id = 'crash-daily'`,
    ),
  ).toBe(2 * OCCURRENCES);
  expect(await count(`select sum(amount_minor) from transactions where template_id = 'crash-daily'`)).toBe(0);

  expect(importResult).toMatchObject({ status: 'completed', rows: ROWS, imported: ROWS, duplicates: 0, errors: 0 });
  expect(await count(`select count(*) from transactions where import_id = 'crash-import'`)).toBe(ROWS);
  expect(await count(`select count(distinct import_line) from transactions where import_id = 'crash-import'`)).toBe(
    ROWS,
  );
}, 180_000);

/** Rows that differ by number, with an equal pair in every thousand. */
function bankFile(): string {
  const lines = ['Date,Amount,Description'];
  for (let row = 0; row < ROWS; row += 1) {
    const number = row % 1000 === 999 ? row - 1 : row;
    lines.push(`2025-${String(1 + (number % 12)).padStart(2, '0')}-15,-${1 + (number % 90)}.25,purchase ${number}`);
  }
  return `${lines.join('\n')}\n`;
}
