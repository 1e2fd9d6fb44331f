import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { TestDatabase } from '@backend/shared/testing';
import { addUser } from '../apps/tracc-worker/test/support';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../test/support/otlp-receiver';
import { openTestDatabase, testServers } from '../test/support/servers';
import { readUntil, waitFor } from '../test/support/wait';
import { freePort, runCommand, startWorkerProcess } from './stack';

const MONTH = '2026-03';
let database: TestDatabase;
let directory: string;
let webhook: Server;
let env: Record<string, string>;
const requests: { url: string; traceparent: string }[] = [];

beforeAll(async () => {
  database = await openTestDatabase('tracc');
  directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-traces-'));
  webhook = createServer((request, response) => {
    requests.push({ url: request.url!, traceparent: String(request.headers['traceparent']) });
    request.resume().on('end', () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
  env = {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    HTTP_ALLOW_HOSTS: `127.0.0.1:${(webhook.address() as AddressInfo).port}`,
    TEMPORAL_ADDRESS: testServers().temporalAddress!,
    TEMPORAL_NAMESPACE: 'tracc-traces',
    PAYLOAD_KEYS: `test:${Buffer.alloc(32, 5).toString('base64')}`,
    OTEL_BSP_SCHEDULE_DELAY: '200',
  };
});

afterAll(async () => {
  webhook?.closeAllConnections();
  webhook?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

/** A user who has spent five times the limit, and is told by a webhook whose address holds keys. */
async function addOverspender(user: string): Promise<void> {
  await addUser(database, user);
  const url = `http://${env['HTTP_ALLOW_HOSTS']}/hooks/${user}-path-k3y?token=query-k3y`;
  await database.query(
    `insert into budgets (budget_id, user_id, name, currency, zone, limit_minor, rollover_since, notify)
     values ($1 || '-food', $1, 'Food', 'EUR', 'Europe/Berlin', 100, '2026-01', $2)`,
    [user, JSON.stringify([{ kind: 'webhook', url }])],
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

async function report(user: string, more: Record<string, string>): Promise<void> {
  const { code, err } = await runCommand('tracc', ['budget', 'report', MONTH, '--user', user], { ...env, ...more });
  expect({ code, err }).toMatchObject({ code: 0 });
}

/** The names on the way from the trace's first span to this one. */
function wayTo(span: ReceivedSpan, spans: readonly ReceivedSpan[]): string[] {
  const parent = spans.find(({ id, traceId }) => id === span.parentId && traceId === span.traceId);
  return [...(parent ? wayTo(parent, spans) : span.parentId ? ['(missing)'] : []), span.name];
}

describe('platform: traces', () => {
  let receiver: OtlpReceiver;
  beforeAll(async () => {
    receiver = await startOtlpReceiver();
  });
  afterAll(async () => receiver?.close());

  test('platform: one trace leads from the command through workflow and activity to SQL and HTTP', async () => {
    await addOverspender('traced');
    const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const worker = await startWorkerProcess('tracc', { ...env, ...traces, LOG_LEVEL: 'debug' }, { keep: 1e6 });
    try {
      await report('traced', traces);
      const ended = (spans: readonly ReceivedSpan[]) => spans.some(({ name }) => name.startsWith('RunWorkflow:'));
      await readUntil(() => receiver.spans(), ended, { what: 'the span of the workflow' });
    } finally {
      expect(await worker.stop()).toBe(0);
    }

    const all = receiver.spans();
    const { traceId } = all.find(({ name }) => name === 'StartWorkflow:MonthlyBudgetWorkflow')!;
    const spans = all.filter((span) => span.traceId === traceId);
    const ways = new Set(spans.map((span) => wayTo(span, spans).join(' > ')));
    const workflow = 'StartWorkflow:MonthlyBudgetWorkflow > RunWorkflow:MonthlyBudgetWorkflow';
    for (const activity of ['checkBudgetStatus', 'sendBudgetAlert', 'generateMonthlyReport']) {
      const run = `${workflow} > StartActivity:${activity} > RunActivity:${activity}`;
      expect([...ways]).toContain(run);
      expect([...ways].filter((way) => way.startsWith(`${run} > pg.query:SELECT`))).not.toEqual([]);
    }
    expect([...ways]).toContain(`${workflow} > StartActivity:sendBudgetAlert > RunActivity:sendBudgetAlert > POST`);
    expect([...ways].filter((way) => way.includes('(missing)'))).toEqual([]);
    expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['tracc', 'tracc-worker']));
    // Nothing beside it but what the command asks while it waits.
    expect(all.filter((span) => span.traceId !== traceId).map(({ name }) => name)).toEqual([]);

    const { attributes: run } = spans.find(({ name }) => name.startsWith('RunWorkflow:'))!;
    expect(run).toMatchObject({ workflowType: 'MonthlyBudgetWorkflow', workflowId: 'tracc/budget/traced/2026-03' });
    expect(run).not.toHaveProperty('memo');
    const sql = spans.filter(({ name }) => name.startsWith('pg.query:'));
    expect(sql.some((span) => /\$1/.test(JSON.stringify(span.attributes)))).toBe(true);
    expect(receiver.text()).not.toMatch(/k3y|hooks/);

    // The receiver of the webhook can go on with the trace, and lines can be found from it.
    expect(requests.map(({ traceparent }) => traceparent.split('-')[1])).toEqual([traceId]);
    const lines = worker
      .output()
      .split('\n')
      .filter((line) => line.includes(traceId));
    const line = lines.map((text) => JSON.parse(text) as Record<string, unknown>).find((each) => each['activityType']);
    expect(line).toMatchObject({ workflowId: 'tracc/budget/traced/2026-03', attempt: 1, taskQueue: 'tracc-workflows' });
    expect(spans.map(({ id }) => id)).toContain(line!['spanId']);
  });

  test('platform: without an endpoint there are no spans, no header, and nothing of OpenTelemetry is loaded', async () => {
    await addOverspender('untraced');
    requests.length = 0;
    const before = receiver.requests();
    const loaded = path.join(directory, 'loaded.txt');
    const worker = await startWorkerProcess('tracc', {
      ...env,
      NODE_OPTIONS: `--require ${path.join(__dirname, '..', 'test', 'fixtures', 'list-modules.cjs')}`,
      LIST_MODULES: loaded,
    });
    await report('untraced', {});
    expect(await worker.stop()).toBe(0);
    expect(requests).toEqual([{ url: expect.any(String), traceparent: 'undefined' }]);
    expect(receiver.requests()).toBe(before);
    const modules = await readFile(loaded, 'utf8');
    expect(modules).toContain('pino');
    expect(modules).not.toContain('opentelemetry');
  });
});

describe.each([
  ['away', async () => ({ url: `http://127.0.0.1:${await freePort()}`, close: async (): Promise<void> => undefined })],
  ['slow', async () => startOtlpReceiver({ hangs: true })],
])('platform: a receiver that is %s', (state, start) => {
  test('costs spans and one warning, and neither the work nor the end of a process', async () => {
    const user = `receiver-${state}`;
    await addOverspender(user);
    const receiver = await start();
    const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const worker = await startWorkerProcess('tracc', { ...env, ...traces }, { keep: 1e6 });
    try {
      for (let n = 0; n < 3; n += 1) await report(user, traces);
      await waitFor(() => worker.output().includes('spans could not be sent'), 'a warning');
      expect(await database.query('select revision from reports where user_id = $1', [user])).not.toEqual([]);
    } finally {
      expect(await worker.stop()).toBe(0);
      await receiver.close();
    }
    expect(worker.output().match(/spans could not be sent/g)).toHaveLength(1);
  }, 120_000);
});
