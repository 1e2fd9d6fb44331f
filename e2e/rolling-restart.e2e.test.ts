import { mkdtemp, rm } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestDatabase } from '@backend/shared/testing';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { TASK_QUEUE, WORKFLOW_TYPES, budgetWorkflowId } from '../apps/tracc-worker/src/contract';
import { openTestDatabase, testServers } from '../test/support/servers';
import { startWorkerProcess } from './stack';

const NAMESPACE = 'tracc-rolling';
const MONTH = '2026-03';
/** The whole of it takes three minutes: `ROLLING_RESTART_S=180`. */
const LOAD_MS = Number(process.env['ROLLING_RESTART_S'] ?? 45) * 1000;
const BETWEEN_SIGNALS_MS = 20_000;
const BETWEEN_STARTS_MS = 500;
/** How long the receiver of alerts takes to answer: most are quick, and one in eight takes most of what a webhook may. */
const answerAfterMs = (n: number): number => (n % 8 === 0 ? 7000 : 200 + (n % 7) * 400);

let database: TestDatabase;
let directory: string;
let connection: Connection;
let client: Client;
let receiver: Server;
let env: Record<string, string>;
const received: string[] = [];

beforeAll(async () => {
  database = await openTestDatabase('tracc');
  directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-rolling-'));
  receiver = createServer((request, response) => {
    const { url } = request;
    received.push(url!);
    request.resume();
    setTimeout(() => response.writeHead(204).end(), answerAfterMs(Number(url!.slice(2))));
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { temporalAddress } = testServers();
  env = {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    HTTP_ALLOW_HOSTS: `127.0.0.1:${(receiver.address() as AddressInfo).port}`,
    TEMPORAL_ADDRESS: temporalAddress!,
    TEMPORAL_NAMESPACE: NAMESPACE,
  };
  connection = await Connection.connect({ address: temporalAddress! });
  client = new Client({ connection, namespace: NAMESPACE });
});

afterAll(async () => {
  await connection?.close();
  receiver?.closeAllConnections();
  receiver?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

/** Users who have overspent, each with a webhook of its own. */
async function addOverspenders(users: readonly string[]): Promise<void> {
  const webhook = `http://${env['HTTP_ALLOW_HOSTS']}/`;
  for (const statement of [
    `insert into users (user_id, display_name, zone) select id, id, 'Europe/Berlin'`,
    `insert into accounts (user_id, account_id, name, kind, currency) select id, 'checking', 'Checking', 'checking', 'EUR'`,
    `insert into categories (user_id, category_id, name, kind) select id, 'food', 'Food', 'expense'`,
    `insert into budgets (budget_id, user_id, name, currency, zone, limit_minor, rollover_since, notify)
     select id || '-food', id, 'Food', 'EUR', 'Europe/Berlin', 100, '2026-01',
            jsonb_build_array(jsonb_build_object('kind', 'webhook', 'url', '${webhook}' || id))`,
    `insert into budget_categories (user_id, budget_id, category_id) select id, id || '-food', 'food'`,
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, category_id, description)
     select id, 'checking', '2026-03-05', -500, 'EUR', 'food', 'Market'`,
  ])
    await database.query(`${statement} from unnest($1::text[]) id`, [users]);
}

async function start(userId: string): Promise<WorkflowHandle> {
  return client.workflow.start(WORKFLOW_TYPES.monthlyBudget, {
    workflowId: budgetWorkflowId({ userId, month: MONTH }),
    taskQueue: TASK_QUEUE,
    args: [{ userId, month: MONTH, mode: 'check' }],
  });
}

/** The attempts of a workflow's activities that did not end with a result, in words. */
async function lostAttempts(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap((event) => {
    const { activityTaskStartedEventAttributes: started } = event;
    if (started && Number(started.attempt) !== 1)
      return [`${handle.workflowId}: attempt ${started.attempt} after ${started.lastFailure?.message}`];
    const isLost =
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes;
    return isLost ? [`${handle.workflowId}: event ${event.eventType}`] : [];
  });
}

test(
  `reliability R10: two workers are told to stop in turn every 20 s for ${LOAD_MS / 1000} s under load: no workflow fails, no attempt of an activity is lost, each worker ends with 0`,
  async () => {
    const users = Array.from({ length: Math.ceil(LOAD_MS / BETWEEN_STARTS_MS) }, (_, n) => `u${n}`);
    await addOverspenders(users);
    const workers = [await startWorkerProcess('tracc', env), await startWorkerProcess('tracc', env)];
    const exitCodes: (number | null)[] = [];
    const from = performance.now();
    const until = from + LOAD_MS;

    const handles: WorkflowHandle[] = [];
    const load = (async () => {
      for (const [n, user] of users.entries()) {
        await delay(Math.max(0, from + n * BETWEEN_STARTS_MS - performance.now()));
        handles.push(await start(user));
      }
    })();
    const restarts = (async () => {
      for (let turn = 0; performance.now() < until; turn += 1) {
        const place = turn % workers.length;
        const next = delay(BETWEEN_SIGNALS_MS);
        exitCodes.push(await workers[place]!.stop());
        workers[place] = await startWorkerProcess('tracc', env);
        await next;
      }
    })();
    await Promise.all([load, restarts]);
    const results = await Promise.allSettled(handles.map(async (handle) => handle.result()));
    exitCodes.push(...(await Promise.all(workers.map(async (worker) => worker.stop()))));

    expect(results.filter(({ status }) => status !== 'fulfilled')).toEqual([]);
    expect(handles.length).toBe(users.length);
    expect((await Promise.all(handles.map(lostAttempts))).flat()).toEqual([]);
    expect(received.length).toBe(users.length);
    expect(new Set(exitCodes)).toEqual(new Set([0]));
    // Each of the two, and the one in its place, at least.
    expect(exitCodes.length).toBeGreaterThanOrEqual(4);
  },
  LOAD_MS + 150_000,
);
