import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { bundleWorkflows, tracedBundle } from '@backend/shared/temporal';
import type { TestDatabase } from '@backend/shared/testing';
import { Client, Connection } from '@temporalio/client';
import { type OtlpReceiver, startOtlpReceiver } from '../test/support/otlp-receiver';
import { openTestDatabase, testServers } from '../test/support/servers';
import { readUntil } from '../test/support/wait';
import { freePort } from './stack';

const FIXTURE = path.join(__dirname, '..', 'test', 'fixtures', 'log-canaries');
const NAMESPACE = 'tracc-logs';
const WAYS = ['message', 'causes', 'failure', 'http', 'notAnError', 'duplicate', 'syntax', 'unreachable'];

/** What is secret because of where it was found: in the environment of the process. */
const KNOWN = {
  DATABASE_OWNER_URL: 'c4n4ry-01-owner-p4ss',
  SMTP_URL: 'c4n4ry-02-smtp-p4ss',
  TEMPORAL_API_KEY: 'c4n4ry-03-temporal-key',
  LLM_API_KEY: 'c4n4ry-04-provider-key',
  PAYLOAD_KEYS: Buffer.from('c4n4ry-05-payload-key-of-32-byte').toString('base64'),
  OTEL_EXPORTER_OTLP_HEADERS: 'c4n4ry-06-collector-token',
};
/** What is secret because of what it looks like, and how it stands in a text. */
const SEEN = {
  bearer: ['c4n4ry07T0ken', 'Authorization: Bearer c4n4ry07T0ken'],
  query: ['c4n4ry08query', 'GET https://api.example/v1?key=c4n4ry08query'],
  userInfo: ['c4n4ry09p4ss', 'amqp://someone:c4n4ry09p4ss@queue.example:5672'],
  email: ['c4n4ry10.person', '<c4n4ry10.person@mail.example>'],
  iban: ['0532 0130', 'DE89 3704 0044 0532 0130 00'],
  amount: ['61,847.29', 'Asha Patel got 61,847.29 EUR'],
} as const;
const CANARIES = [...Object.values(KNOWN), ...Object.values(SEEN).map(([canary]) => canary)];
const TEXTS = [...Object.values(KNOWN), ...Object.values(SEEN).map(([, text]) => text)];

let database: TestDatabase;
let directory: string;
let connection: Connection;
let receiver: OtlpReceiver;

beforeAll(async () => {
  database = await openTestDatabase('tracc');
  directory = await mkdtemp(path.join(os.tmpdir(), 'log-canaries-'));
  connection = await Connection.connect({ address: testServers().temporalAddress! });
  receiver = await startOtlpReceiver();
});
afterAll(async () => {
  await receiver?.close();
  await connection?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

const found = (text: string) => CANARIES.filter((canary) => text.includes(canary));

test(`reliability S10: ${CANARIES.length} canaries through inputs, lines, failures and a crash at level debug are in no line, no metric and no span`, async () => {
  const bundle = tracedBundle(path.join(directory, 'leaky.js'));
  await bundleWorkflows({ workflowsPath: path.join(FIXTURE, 'workflows.js'), outFile: bundle, traced: true });
  const metrics = `127.0.0.1:${await freePort()}`;
  const child = spawn(process.execPath, [path.join(FIXTURE, 'worker.cjs')], {
    env: {
      ...process.env,
      DATABASE_URL: database.workerUrl,
      TEMPORAL_ADDRESS: testServers().temporalAddress,
      TEMPORAL_NAMESPACE: NAMESPACE,
      LEAKY_BUNDLE: bundle,
      METRICS_ADDRESS: metrics,
      PROBE_PORT: String(await freePort()),
      DATABASE_OWNER_URL: `postgres://owner:${KNOWN.DATABASE_OWNER_URL}@127.0.0.1/tracc`,
      SMTP_URL: `smtp://mailer:${KNOWN.SMTP_URL}@127.0.0.1`,
      TEMPORAL_API_KEY: KNOWN.TEMPORAL_API_KEY,
      LLM_API_KEY: KNOWN.LLM_API_KEY,
      PAYLOAD_KEYS: `test:${KNOWN.PAYLOAD_KEYS}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${KNOWN.OTEL_EXPORTER_OTLP_HEADERS}`,
      OTEL_BSP_SCHEDULE_DELAY: '200',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  try {
    const client = new Client({ connection, namespace: NAMESPACE });
    const handle = await client.workflow.start('LeakyWorkflow', {
      taskQueue: 'leaky',
      workflowId: 'leaky',
      args: [{ ways: WAYS, secrets: TEXTS }],
      memo: { secrets: TEXTS },
    });
    await readUntil(
      () => output.split('a workflow caught').length - 1,
      (caught) => caught === WAYS.length,
      { what: 'every failure to be caught' },
    ).catch((error: unknown) => {
      throw new Error(`not all failures came: ${output.slice(-3000)}`, { cause: error });
    });
    const activity = (spans: ReturnType<OtlpReceiver['spans']>) =>
      spans.filter(({ name }) => name === 'RunActivity:fail').length === WAYS.length * 2;
    await readUntil(() => receiver.spans(), activity, { what: 'the spans of all attempts' });
    const scraped = await (await fetch(`http://${metrics}/metrics`)).text();
    await handle.signal('end');
    expect(await exit).toBe(1);

    expect(scraped).toContain('temporal_activity_execution_failed');
    expect({ lines: found(output), metrics: found(scraped), spans: found(receiver.text()) }).toEqual({
      lines: [],
      metrics: [],
      spans: [],
    });
    expectToHaveSpoken(output);
    await handle.terminate();
  } finally {
    child.kill('SIGKILL');
  }
}, 180_000);

/** That the lines are there, whole, and with what they are found by: an empty log holds no canary either. */
function expectToHaveSpoken(output: string): void {
  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const saying = (start: string) => lines.filter(({ msg }) => String(msg).startsWith(start));
  const where = { workflowId: 'leaky', workflowType: 'LeakyWorkflow', namespace: NAMESPACE, taskQueue: 'leaky' };
  const ids = {
    runId: expect.any(String),
    traceId: expect.stringMatching(/^[\da-f]{32}$/),
    spanId: expect.any(String),
  };
  for (const start of ['an activity says', 'the SDK says', 'Activity failed']) {
    expect(saying(start).length).toBeGreaterThanOrEqual(WAYS.length * 2);
    for (const line of saying(start))
      expect(line).toMatchObject({ ...where, ...ids, activityType: 'fail', attempt: expect.any(Number) });
  }
  for (const line of saying('a workflow ')) expect(line).toMatchObject({ ...where, ...ids });
  expect(saying('a workflow caught')).toHaveLength(WAYS.length);
  // What went wrong can still be told from a line.
  const codes = saying('Activity failed').map(({ err }) => (err as { code?: string } | undefined)?.code);
  expect(codes).toEqual(expect.arrayContaining(['23505', '22P02', 'ECONNREFUSED']));
  expect(saying('an error was not caught')).toEqual([expect.objectContaining({ level: 'fatal', ...where })]);
}
