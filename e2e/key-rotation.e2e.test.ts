import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { parseKeyRing } from '@backend/shared/codec';
import { connectClient } from '@backend/shared/temporal';
import type { TestDatabase } from '@backend/shared/testing';
import type { Client } from '@temporalio/client';
import { TASK_QUEUE, WORKFLOW_TYPES, budgetWorkflowId, recurringWorkflowId } from '../apps/tracc-worker/src/contract';
import { addUser } from '../apps/tracc-worker/test/support';
import { openTestDatabase, testServers } from '../test/support/servers';
import { waitFor } from '../test/support/wait';
import { type WorkerProcess, freePort, runCommand, startWorkerProcess } from './stack';

const NAMESPACE = 'payload-keys';
const USER = 'rotation';
const MONTH = '2026-03';
/** Eight starts of workers and commands, and a workflow task that the server gives out again after 10 s. */
const TIMEOUT_MS = 180_000;
const A = `a:${Buffer.alloc(32, 1).toString('base64')}`;
const B = `b:${Buffer.alloc(32, 2).toString('base64')}`;
let database: TestDatabase;
let directory: string;
let receiver: Server;
let held: ServerResponse | undefined;
let delivered = 0;
let env: Record<string, string>;
let client: Client;
let close: () => Promise<void>;
let worker: WorkerProcess;

beforeAll(async () => {
  database = await openTestDatabase('tracc');
  directory = await mkdtemp(path.join(os.tmpdir(), 'payload-keys-'));
  receiver = createServer((request, response) => {
    request.resume();
    // The first request is never answered: its worker ends while it waits.
    if (held) response.writeHead(204).end(() => (delivered += 1));
    else held = response;
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const address = testServers().temporalAddress!;
  env = {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    HTTP_ALLOW_HOSTS: host,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: NAMESPACE,
    METRICS_ADDRESS: `127.0.0.1:${await freePort()}`,
  };
  await addUser(database, USER);
  await database.query(
    `insert into budgets (budget_id, user_id, name, currency, zone, limit_minor, rollover_since, notify)
     values ('food', $1, 'Food', 'EUR', 'Europe/Berlin', 100, '2026-01', $2)`,
    [USER, JSON.stringify([{ kind: 'webhook', url: `http://${host}/alerts` }])],
  );
  await database.query(`insert into budget_categories (user_id, budget_id, category_id) values ($1, 'food', 'food')`, [
    USER,
  ]);
  await database.query(
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, category_id) values ($1, 'checking', '2026-03-05', -500, 'EUR', 'food')`,
    [USER],
  );
  // What the test itself starts is of the time of A.
  const payloadKeys = parseKeyRing(`${A},${B}`, 'PAYLOAD_KEYS');
  ({ client, close } = await connectClient({ address, namespace: NAMESPACE, connection: { address }, payloadKeys }));
});

afterEach(async () => void (await worker?.stop()));
afterAll(async () => {
  await close?.();
  receiver?.closeAllConnections();
  receiver?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

/** The worker, from now on with these keys. */
async function workWith(keys: string): Promise<void> {
  worker = await startWorkerProcess('tracc', { ...env, PAYLOAD_KEYS: keys });
}
async function tracc(keys: string, ...args: string[]): Promise<void> {
  const answer = await runCommand('tracc', [...args, '--user', USER], { ...env, PAYLOAD_KEYS: keys });
  if (answer.code !== 0) throw new Error(`tracc ${args.join(' ')}: ${answer.err} ${worker.output()}`);
}
const create = async (keys: string, id: string) =>
  tracc(keys, 'recurring', 'create', id, '--amount', '-980', '--account', 'checking', '--start', '2090-01-31');
const statusOf = async (workflowId: string) => (await client.workflow.getHandle(workflowId).describe()).status.name;
/** The ids of the keys that a history names. */
async function keysOf(workflowId: string): Promise<string[]> {
  const ids = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
    const { metadata } = value as { metadata?: Record<string, Uint8Array> };
    if (metadata?.['encryption-key-id']) ids.add(Buffer.from(metadata['encryption-key-id']).toString());
    for (const part of Object.values(value)) collect(part);
  };
  collect(await client.workflow.getHandle(workflowId).fetchHistory());
  return [...ids].sort();
}
async function unknownKeys(): Promise<number> {
  const text = await (await fetch(`http://${env['METRICS_ADDRESS']}/metrics`)).text();
  return Number(/^worker_codec_unknown_keys_total(?:\{.*\})? (\S+)$/m.exec(text)?.[1] ?? 0);
}

test(
  'reliability S9: keys are rotated under running workflows; what lacks its key is retried and alerted, and goes on with it',
  async () => {
    const [first, second] = ['first', 'second'].map((templateId) => recurringWorkflowId({ templateId })) as [
      string,
      string,
    ];

    // A.
    await workWith(A);
    await create(A, 'first');
    expect(await worker.stop()).toBe(0);

    // A and B, B first: the running workflow goes on, and what is new has B only.
    await workWith(`${B},${A}`);
    await tracc(`${B},${A}`, 'recurring', 'update', 'first', '--schedule', 'monthly last');
    await create(`${B},${A}`, 'second');
    const refused = await runCommand('tracc', ['recurring', 'skip', 'first', '2090-01-01', '--user', USER], {
      ...env,
      PAYLOAD_KEYS: `${B},${A}`,
    });
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('2090-01-01') as string });
    expect({ first: await keysOf(first), second: await keysOf(second) }).toEqual({ first: ['a', 'b'], second: ['b'] });
    expect(await unknownKeys()).toBe(0);
    expect(await worker.stop()).toBe(0);

    // B: the new one finishes. For the old one A has gone too early: its tasks fail, and it does not.
    await workWith(B);
    await tracc(B, 'recurring', 'stop', 'second');
    await waitFor(async () => (await statusOf(second)) === 'COMPLETED', 'the workflow of the new key to finish');
    expect(await unknownKeys()).toBe(0);
    await client.workflow.getHandle(first).signal('stop');
    await waitFor(async () => (await unknownKeys()) > 0, 'the unknown key to be counted');
    await waitFor(() => worker.output().includes('"keyId":"a"'), 'the unknown key to be in the log');
    const failed = async () => {
      const { events } = await client.workflow.getHandle(first).fetchHistory();
      return (events ?? []).some((event) => event.workflowTaskFailedEventAttributes);
    };
    await waitFor(failed, 'the workflow task to fail');
    expect(await statusOf(first)).toBe('RUNNING');
    expect(await worker.stop()).toBe(0);

    // A is given back.
    await workWith(`${B},${A}`);
    await waitFor(async () => (await statusOf(first)) === 'COMPLETED', 'the workflow of the old key to finish');
  },
  TIMEOUT_MS,
);

test(
  'reliability S9: an activity that lacks the key of its input is attempted again until the key is given',
  async () => {
    const workflowId = budgetWorkflowId({ userId: USER, month: MONTH });
    await workWith(A);
    await client.workflow.start(WORKFLOW_TYPES.monthlyBudget, {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [{ userId: USER, month: MONTH }],
    });
    await waitFor(() => held !== undefined, 'the webhook to be called');
    await worker.kill();

    await workWith(B);
    await waitFor(async () => {
      const { raw } = await client.workflow.getHandle(workflowId).describe();
      const failure = raw.pendingActivities?.[0]?.lastFailure?.applicationFailureInfo;
      return failure?.type === 'UnknownPayloadKeyError' && !failure.nonRetryable;
    }, 'an attempt of the activity to fail for its key');
    expect(await unknownKeys()).toBeGreaterThan(0);
    expect(await statusOf(workflowId)).toBe('RUNNING');
    expect(await worker.stop()).toBe(0);

    await workWith(`${B},${A}`);
    await waitFor(async () => (await statusOf(workflowId)) === 'COMPLETED', 'the budget to finish');
    expect(delivered).toBe(1);
  },
  TIMEOUT_MS,
);
