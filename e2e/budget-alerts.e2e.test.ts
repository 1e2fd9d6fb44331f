import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { TestDatabase } from '@backend/shared/testing';
import { Client, Connection } from '@temporalio/client';
import {
  type MonthlyBudgetResult,
  TASK_QUEUE,
  WORKFLOW_TYPES,
  budgetWorkflowId,
} from '../apps/tracc-worker/src/contract';
import { addUser } from '../apps/tracc-worker/test/support';
import { openTestDatabase, testServers } from '../test/support/servers';
import { untilBlocked, waitFor } from '../test/support/wait';
import { type WorkerProcess, freePort, runCommand, startWorkerProcess } from './stack';

const NAMESPACE = 'tracc-alerts';
const MONTH = '2026-03';
const KILLS = 20;
const STARTS = 50;
let database: TestDatabase;
let directory: string;
let connection: Connection;
let client: Client;
let receiver: Server;
let worker: WorkerProcess;
let env: Record<string, string>;
let metrics: string;
const requests: { user: string; key: string; text: string }[] = [];
/** What a test does with a request before it is answered; answers it. */
let answer: (user: string, response: ServerResponse) => void = (_user, response) => void response.writeHead(200).end();

beforeAll(async () => {
  database = await openTestDatabase('tracc');
  directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-alerts-'));
  receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const user = request.url!.slice(1);
      requests.push({ user, key: String(request.headers['idempotency-key']), text: Buffer.concat(parts).toString() });
      answer(user, response);
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { temporalAddress } = testServers();
  metrics = `127.0.0.1:${await freePort()}`;
  env = {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    HTTP_ALLOW_HOSTS: `127.0.0.1:${(receiver.address() as AddressInfo).port}`,
    TEMPORAL_ADDRESS: temporalAddress!,
    TEMPORAL_NAMESPACE: NAMESPACE,
    METRICS_ADDRESS: metrics,
  };
  connection = await Connection.connect({ address: temporalAddress! });
  client = new Client({ connection, namespace: NAMESPACE });
  worker = await startWorkerProcess('tracc', env);
});

beforeEach(() => {
  requests.length = 0;
  answer = (_user, response) => void response.writeHead(200).end();
});

afterAll(async () => {
  await worker?.stop();
  await connection?.close();
  receiver?.closeAllConnections();
  receiver?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

/** A user who has spent five times the limit in the month, with a webhook of the user's own. */
async function addOverspender(user: string): Promise<void> {
  await addUser(database, user);
  const webhook = `http://${env['HTTP_ALLOW_HOSTS']}/${user}`;
  await database.query(
    `insert into budgets (budget_id, user_id, name, currency, zone, limit_minor, rollover_since, notify)
     values ($1 || '-food', $1, 'Food', 'EUR', 'Europe/Berlin', 100, '2026-01', $2)`,
    [user, JSON.stringify([{ kind: 'webhook', url: webhook }])],
  );
  await database.query(
    `insert into budget_categories (user_id, budget_id, category_id) values ($1, $1 || '-food', 'food')`,
    [user],
  );
  await database.query(
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, category_id, description) values ($1, 'checking', '2026-03-05', -500, 'EUR', 'food', 'Market')`,
    [user],
  );
}

async function start(user: string, mode: 'check' | 'full') {
  return client.workflow.start(WORKFLOW_TYPES.monthlyBudget, {
    workflowId: budgetWorkflowId({ userId: user, month: MONTH }),
    workflowIdConflictPolicy: 'USE_EXISTING',
    taskQueue: TASK_QUEUE,
    args: [{ userId: user, month: MONTH, mode }],
  });
}

const key = (user: string) => `alert:${user}-food:${MONTH}:100`;
const alertsOf = async (user: string) =>
  database.query(`select pct, delivery from alerts where user_id = $1 order by pct`, [user]);
const SENT_ONCE = [
  { pct: 80, delivery: 'superseded' },
  { pct: 100, delivery: 'sent' },
];

test(`monthly-budget 2, common: ${STARTS} starts of one month at once are one execution with one set of effects, and all get its result`, async () => {
  await addOverspender('many');
  let held: ServerResponse | undefined;
  answer = (_user, response) => {
    held = response;
  };
  const handles = await Promise.all(Array.from({ length: STARTS }, async () => start('many', 'full')));
  await waitFor(async () => held !== undefined, 'the webhook to be called');
  held!.writeHead(200).end();
  const results = (await Promise.all(handles.map(async (handle) => handle.result()))) as MonthlyBudgetResult[];

  expect(new Set(handles.map(({ firstExecutionRunId }) => firstExecutionRunId)).size).toBe(1);
  expect(results[0]).toMatchObject({ status: 'over', reportRevision: 1 });
  for (const result of results) expect(result).toEqual(results[0]);
  expect(requests.map((request) => request.key)).toEqual([key('many')]);
  expect(await alertsOf('many')).toEqual(SENT_ONCE);
  expect(await database.query(`select revision from reports where user_id = 'many'`)).toEqual([{ revision: 1 }]);
});

test(`monthly-budget 9: kill -9 between the 200 of the webhook and the result of the activity, ${KILLS} times: one alert each, every request with the same key and body`, async () => {
  const users = Array.from({ length: KILLS }, (_, n) => `killed${n}`);
  const handles = [];
  for (const user of users) {
    await addOverspender(user);
    let answered: (() => void) | undefined;
    const wasAnswered = new Promise<void>((resolve) => (answered = resolve));
    answer = (of, response) => void response.writeHead(200).end(of === user ? answered : undefined);
    // The worker has its 200 and cannot record it: the table is locked until the worker is dead.
    await database.query('begin');
    await database.query('lock table alert_deliveries in exclusive mode');
    handles.push(await start(user, 'check'));
    await wasAnswered;
    // It has an answer, and cannot record it.
    await untilBlocked(database);
    await worker.kill();
    await database.query('rollback');
    expect(await database.query(`select delivery from alerts where alert_key = $1`, [key(user)])).toEqual([
      { delivery: 'pending' },
    ]);
    worker = await startWorkerProcess('tracc', env);
  }
  answer = (_user, response) => void response.writeHead(200).end();
  const results = (await Promise.all(handles.map(async (handle) => handle.result()))) as MonthlyBudgetResult[];
  for (const [n, user] of users.entries()) {
    expect(results[n]!.budgets[0]!.alerts.map(({ pct, delivery }) => ({ pct, delivery }))).toEqual(SENT_ONCE);
    expect(await alertsOf(user)).toEqual(SENT_ONCE);
    const sent = requests.filter((request) => request.user === user);
    expect(sent.length).toBeGreaterThanOrEqual(2);
    expect(new Set(sent.map((request) => request.key))).toEqual(new Set([key(user)]));
    expect(new Set(sent.map(({ text }) => text)).size).toBe(1);
  }
}, 240_000);

test('monthly-budget 11: an alert that cannot be delivered raises a metric', async () => {
  await addOverspender('refused');
  answer = (_user, response) => void response.writeHead(410).end();
  const result = (await (await start('refused', 'check')).result()) as MonthlyBudgetResult;
  expect(result.budgets[0]!.alerts.at(-1)).toMatchObject({ pct: 100, delivery: 'failed' });
  const scraped = await (await fetch(`http://${metrics}/metrics`)).text();
  expect(scraped).toMatch(/^tracc_budget_alerts_failed\S* 1$/m);
});

describe('the commands', () => {
  const tracc = async (args: readonly string[], more: Record<string, string> = {}) =>
    runCommand('tracc', ['budget', ...args], { ...env, TRACC_USER: 'many', ...more });

  test('monthly-budget 21: report --open writes the three files and opens the HTML one', async () => {
    const bin = path.join(directory, 'bin');
    await mkdir(bin);
    for (const opener of ['xdg-open', 'open']) {
      await writeFile(path.join(bin, opener), `#!/bin/sh\necho "$1" > "${directory}/opened"\n`);
      await chmod(path.join(bin, opener), 0o755);
    }
    const out = path.join(directory, 'reports');
    const { code } = await tracc(['report', MONTH, '--open', '--out', out], {
      PATH: `${bin}${path.delimiter}${process.env['PATH']}`,
    });
    expect(code).toBe(0);
    const opened = path.join(directory, 'opened');
    await waitFor(async () => (await readFile(opened, 'utf8').catch(() => '')).endsWith('\n'), 'the page to be opened');
    const page = (await readFile(opened, 'utf8')).trim();
    expect(page).toBe(path.join(out, `budget-${MONTH}.html`));
    expect(await readFile(page, 'utf8')).toContain('5.00');
    expect(JSON.parse(await readFile(path.join(out, `budget-${MONTH}.json`), 'utf8'))).toMatchObject({
      header: { month: MONTH, status: 'over' },
    });
    expect(await readFile(path.join(out, `budget-${MONTH}.csv`), 'utf8')).toContain(
      'largest,Food,Market,2026-03-05,5.00,EUR',
    );
  });

  test('monthly-budget 1: what "set" is not told stays, and "none" takes a limit or the targets away', async () => {
    const hook = `http://${env['HTTP_ALLOW_HOSTS']}/many`;
    const first = await tracc([
      'set',
      'trips',
      '--category',
      'rent',
      '--limit',
      '650',
      '--webhook',
      hook,
      '--email',
      'me@example.org',
      '--start-day',
      '15',
      '--json',
    ]);
    expect(first.code).toBe(0);
    const made = JSON.parse(first.out);
    expect(made).toMatchObject({
      limitMinor: '65000',
      monthStartDay: 15,
      newSecrets: [{ url: hook, secret: expect.stringMatching(/^whsec_/) }],
    });
    expect(JSON.stringify(made.notify)).not.toContain(made.newSecrets[0].secret);
    const again = JSON.parse((await tracc(['set', 'trips', '--name', 'Trips', '--json'])).out);
    expect(again).toMatchObject({
      name: 'Trips',
      limitMinor: '65000',
      monthStartDay: 15,
      categoryIds: ['rent'],
      newSecrets: [],
    });
    expect(again.notify.map(({ kind }: { kind: string }) => kind)).toEqual(['log', 'webhook', 'email']);
    const less = JSON.parse(
      (await tracc(['set', 'trips', '--limit', 'none', '--webhook', 'none', '--email', 'none', '--json'])).out,
    );
    expect(less).toMatchObject({ limitMinor: null, notify: [{ kind: 'log' }] });
    expect((await tracc(['archive', 'trips'])).code).toBe(0);
    expect((await tracc(['list'])).out).not.toContain('Trips');
  });

  test.each([
    [['--limit', '-5'], '--limit should be an amount of EUR that is not negative'],
    [['--limit', '1.234'], '--limit should be an amount of EUR'],
    [['--currency', 'XYZ'], '--currency should be an ISO 4217 code such as EUR, not XYZ'],
    [['--threshold', '0'], 'It should be a whole number from 1 to 1000'],
    [['--threshold', '1001'], 'It should be a whole number from 1 to 1000'],
    [['--threshold', ...Array.from({ length: 11 }, (_, n) => String(n + 1))], '--threshold takes at most 10 per cents'],
    [['--start-day', '29'], 'It should be a whole number from 1 to 28'],
    [['--zone', 'Mars/Olympus'], '--zone should be an IANA zone'],
    [['--since', '2026-13'], '--since should be a month such as 2026-03'],
    [['--rollover', 'some'], 'It should be one of none, surplus, full'],
    [
      ['--webhook', 'http://10.0.0.7/hook'],
      'alerts may go to: 10.0.0.7 is not a public address; HTTP_ALLOW_HOSTS names exceptions',
    ],
    [['--webhook', 'http://localhost:8080/'], 'localhost resolves to an address that is not public'],
    [['--webhook', 'ftp://example.org'], 'the URL is not http or https'],
    [['--webhook-secret', 'short'], '--webhook-secret should be whsec_ and 24 to 64 bytes'],
    [['--email', 'nobody'], '--email should be an address such as me@example.org, not nobody'],
  ])('monthly-budget 18: "set" with %j is refused in one sentence, and nothing is written', async (args, sentence) => {
    const { code, out, err } = await tracc(['set', 'refused', '--category', 'food', ...args]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(await database.query(`select 1 from budgets where budget_id = 'refused'`)).toEqual([]);
  });
});
