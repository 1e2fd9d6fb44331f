import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestDatabase } from '@backend/shared/testing';
import { Client, Connection } from '@temporalio/client';
import * as timeline from '../apps/timeline-worker/src/contract';
import { TIMELINE_METRICS } from '../apps/timeline-worker/src/metrics';
import { type ModelServer, startModelServer } from '../apps/timeline-worker/test/model-server';
import { CHUNKS, townInput } from '../apps/timeline-worker/test/town';
import * as tracc from '../apps/tracc-worker/src/contract';
import { TRACC_METRICS } from '../apps/tracc-worker/src/metrics';
import { addUser } from '../apps/tracc-worker/test/support';
import { selectorsOf } from '../test/observability/promql';
import { QUERIES, filledIn } from '../test/observability/queries';
import { samplesByName, unresolved } from '../test/observability/resolve';
import { type Scrape, parseScrape } from '../test/observability/scrape';
import { openTestDatabase, testServers } from '../test/support/servers';
import { readUntil, waitFor } from '../test/support/wait';
import { type WorkerProcess, freePort, runCommand, startWorkerProcess } from './stack';

const USER = 'measured';
const MONTH = '2026-03';
// A run of every workflow, and one minute in which a poll of the Temporal server finds nothing.
jest.setTimeout(240_000);

let directory: string;
let connection: Connection;
let model: ModelServer;
const startedAt = Date.now() / 1000;
/** What the model server counted. */
let paid: { tokens: number; costMicroUsd: number };
const databases: TestDatabase[] = [];
const workers: WorkerProcess[] = [];
const clients = {} as Record<'tracc' | 'timeline', Client>;
const envs = {} as Record<'tracc' | 'timeline', Record<string, string>>;
const scrapes = {} as Record<'tracc' | 'timeline' | 'server', Scrape>;

async function start(tenant: 'tracc' | 'timeline', more: Record<string, string>): Promise<TestDatabase> {
  const database = await openTestDatabase(tenant);
  databases.push(database);
  envs[tenant] = {
    ...more,
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, tenant),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: testServers().temporalAddress!,
    TEMPORAL_NAMESPACE: `${tenant}-metrics`,
    METRICS_ADDRESS: `127.0.0.1:${await freePort()}`,
  };
  clients[tenant] = new Client({ connection, namespace: `${tenant}-metrics` });
  return database;
}

const scrape = async (url: string): Promise<Scrape> => parseScrape(await (await fetch(url)).text());
const scrapeWorker = async (tenant: 'tracc' | 'timeline'): Promise<Scrape> =>
  scrape(`http://${envs[tenant]['METRICS_ADDRESS']}/metrics`);

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'metrics-'));
  connection = await Connection.connect({ address: testServers().temporalAddress! });
  model = await startModelServer();
  // Two cached workflows, so that the third puts one of them out of the cache.
  const database = await start('tracc', { MAX_CACHED_WORKFLOWS: '2' });
  await start('timeline', { ...model.env(), LLM_PRICE_IN: '3000000', LLM_PRICE_OUT: '15000000' });
  await addUser(database, USER, 'UTC');
  await runTracc(database);
  await runTimeline();
  // Visibility is asked once a minute.
  const ran = Date.now() / 1000;
  for (const tenant of ['tracc', 'timeline'] as const)
    scrapes[tenant] = await readUntil(
      async () => scrapeWorker(tenant),
      (read) => (read.value('worker_visibility_last_success_timestamp_seconds') ?? 0) > ran,
      { what: `the figures of visibility of ${tenant}`, boundMs: 90_000 },
    );
  // Some series begin with the first poll that finds no task, which lasts a minute.
  scrapes.server = await readUntil(
    async () => scrape(testServers().temporalMetricsUrl!),
    (read) => read.value('poll_timeouts', { taskqueue: 'tracc_workflows' }) !== undefined,
    { what: 'a poll that finds nothing', boundMs: 90_000 },
  );
}, 300_000);

afterAll(async () => {
  for (const worker of workers) await worker.stop();
  for (const database of databases) await database.drop();
  await model?.close();
  await connection?.close();
  await rm(directory, { recursive: true, force: true });
});

async function command(tenant: 'tracc' | 'timeline', ...args: string[]): Promise<void> {
  const { code, out, err } = await runCommand(tenant, args, envs[tenant]);
  expect({ code, shown: code === 0 ? '' : `${args.join(' ')}: ${out}${err}` }).toEqual({ code: 0, shown: '' });
}

async function runTracc(database: TestDatabase): Promise<void> {
  const bank = path.join(directory, 'bank.csv');
  await writeFile(
    bank,
    'date,description,amount\n2026-03-02,Market,-12.50\n2026-03-03,Bakery,-3.20\n2026-03-04,Odd,twelve\n',
  );
  workers.push(await startWorkerProcess('tracc', envs.tracc));
  const { workflow } = clients.tracc;
  const { WORKFLOW_TYPES, TASK_QUEUE } = tracc;
  await command(
    'tracc',
    'import',
    bank,
    '--user',
    USER,
    '--account',
    'checking',
    '--currency',
    'EUR',
    '--id',
    'march',
    '--watch',
  );
  const undone = path.join(directory, 'undone.csv');
  await writeFile(undone, 'date,description,amount\n2026-03-09,Returned,-7.00\n');
  await command('tracc', 'import', undone, '--user', USER, '--account', 'savings', '--id', 'undone', '--watch');

  await command(
    'tracc',
    'budget',
    'set',
    'food',
    '--user',
    USER,
    '--category',
    'food',
    '--limit',
    '1',
    '--since',
    MONTH,
  );
  await database.query(`update transactions set category_id = 'food' where user_id = $1 and account_id = 'checking'`, [
    USER,
  ]);
  const options = { taskQueue: TASK_QUEUE };
  await workflow.execute(WORKFLOW_TYPES.monthlyBudget, {
    ...options,
    workflowId: tracc.budgetWorkflowId({ userId: USER, month: MONTH }),
    args: [{ userId: USER, month: MONTH, mode: 'full' }],
  });
  await command('tracc', 'budget', 'schedule', '--user', USER);
  await clients.tracc.schedule.getHandle(tracc.budgetScheduleId({ userId: USER, kind: 'check' })).trigger();
  await waitFor(
    async () =>
      (await workflow.count(`WorkflowType = '${WORKFLOW_TYPES.scheduledBudget}' AND ExecutionStatus = 'Completed'`))
        .count > 0,
    'the run of a Schedule to complete',
  );
  const rule = {
    startDate: '2026-01-31',
    schedule: { kind: 'monthly', every: 1, day: 31 },
    zone: 'UTC',
    postAt: '00:05',
    monthEnd: 'clamp',
    weekend: 'none',
    end: { count: 2 },
  };
  await database.query(
    `insert into recurring_templates (template_id, user_id, description, kind, account_id, to_account_id, amount_minor, currency, rule)
     values ('rent', $1, 'rent', 'transfer', 'checking', 'savings', -100, 'EUR', $2)`,
    [USER, JSON.stringify(rule)],
  );
  await workflow.execute(WORKFLOW_TYPES.recurringTransaction, {
    ...options,
    workflowId: tracc.recurringWorkflowId({ templateId: 'rent' }),
    args: [{ templateId: 'rent', userId: USER, ...rule }],
  });
  await command('tracc', 'import', 'revert', 'undone', '--user', USER, '--watch');
  // A failure of a user's making, and one of a version that does not know what it is given.
  await expect(
    workflow.execute(WORKFLOW_TYPES.monthlyBudget, {
      ...options,
      workflowId: 'no-such-budget',
      args: [{ userId: USER, month: MONTH, mode: 'full', budgetIds: ['none'] }],
    }),
  ).rejects.toThrow();
  const unknown = await workflow.start('NoSuchWorkflow', { ...options, workflowId: 'unknown' });
  await waitFor(
    async () => ((await scrapeWorker('tracc')).value('temporal_workflow_task_execution_failed_total') ?? 0) > 0,
    'a workflow task to fail',
  );
  await unknown.terminate();
}

async function runTimeline(): Promise<void> {
  workers.push(await startWorkerProcess('timeline', envs.timeline));
  const events = path.join(directory, 'events.csv');
  await writeFile(events, 'date,title\n1907-06-05,Foundation stone\n');
  const input = townInput('town');
  await clients.timeline.workflow.execute(timeline.WORKFLOW_TYPES.aiTimelineGeneration, {
    taskQueue: timeline.TASK_QUEUE,
    workflowId: timeline.generationWorkflowId(input),
    args: [input],
  });
  paid = {
    tokens: model.spent(),
    costMicroUsd: model.paid().reduce((sum, { tokens }) => sum + 3 * tokens.in + 15 * tokens.out, 0),
  };
  await command('timeline', 'import', events, '--timeline', 'town', '--watch');
}

/** Exported by what is not part of these servers; nothing here can have it. */
const ELSEWHERE: Record<string, string> = {
  backup_last_success_timestamp_seconds: 'the backup job',
};
/** Its values are what went wrong; not all of that is made to happen here. */
const isRareValue = (label: string): boolean => label === 'failure_reason';

test('platform: every panel and rule asks for metrics and labels that are there after a run of all workflows', () => {
  const samples = samplesByName(Object.values(scrapes));
  const missing = QUERIES.flatMap(({ where, expr }) =>
    selectorsOf(filledIn(expr))
      .filter(({ metric }) => !(metric in ELSEWHERE))
      .flatMap((selector) => {
        const problem = unresolved(selector, samples, { isRareValue });
        return problem === undefined ? [] : [`${where}: ${problem}`];
      }),
  );
  expect([...new Set(missing)]).toEqual([]);

  const falls = (query: string) => unresolved(selectorsOf(query)[0]!, samples);
  expect(falls('temporal_num_polers')).toBe('there is no metric temporal_num_polers');
  expect(falls('sum by (queue) (temporal_num_pollers)')).toBe('temporal_num_pollers has no label queue');
  expect(falls('import_rows_total{outcome="acepted"}')).toContain('no series of import_rows_total');
});

test('platform: what was done is what is counted, once', () => {
  const counted = (tenant: 'tracc' | 'timeline', name: string, labels: Record<string, string> = {}) =>
    scrapes[tenant].value(name, { tenant, ...labels });
  expect({
    rows: ['accepted', 'rejected', 'duplicate'].map((outcome) =>
      counted('tracc', 'import_rows_total', { format: 'csv', outcome }),
    ),
    reverted: counted('tracc', 'import_reverted_rows_total'),
    imports: counted('tracc', 'import_ended_total', { status: 'completed_with_errors' }),
    posted: counted('tracc', 'tracc_postings_total', { outcome: 'posted' }),
    alerts: counted('tracc', 'tracc_alert_deliveries_total', { channel: 'log', outcome: 'sent' }),
    open: counted('tracc', 'import_open'),
    active: counted('tracc', 'tracc_budget_schedules_active'),
    unknownKeys: counted('tracc', 'worker_codec_unknown_keys_total'),
  }).toEqual({
    rows: [3, 1, 0],
    reverted: 1,
    imports: 1,
    posted: 2,
    alerts: 1,
    open: 0,
    active: 1,
    unknownKeys: 0,
  });
  expect(counted('tracc', 'tracc_reports_total')).toBeGreaterThanOrEqual(1);
  expect(counted('tracc', 'tracc_budget_schedule_last_success_timestamp_seconds')).toBeGreaterThan(startedAt);
  expect(counted('tracc', 'worker_readiness_check', { check: 'database' })).toBe(1);

  const model = { provider: 'openai', model: 'stub-1' };
  expect({
    answered: counted('timeline', 'timeline_model_calls_total', { ...model, outcome: 'answered' }),
    tokens: counted('timeline', 'timeline_model_tokens_total', model),
    cost: counted('timeline', 'timeline_model_cost_microusd_total', model),
    chunks: counted('timeline', 'timeline_chunks_total', { outcome: 'done' }),
    published: counted('timeline', 'timeline_events_total'),
    generations: counted('timeline', 'timeline_generations_total', { status: 'completed' }),
    imported: counted('timeline', 'import_rows_total', { outcome: 'accepted' }),
  }).toEqual({
    answered: CHUNKS,
    tokens: paid.tokens,
    cost: paid.costMicroUsd,
    chunks: CHUNKS,
    published: CHUNKS,
    generations: 1,
    imported: 1,
  });
});

test('platform: no label of our own names a person, an account or an execution', () => {
  const own = new Set(Object.values({ ...TRACC_METRICS, ...TIMELINE_METRICS }).map(({ name }) => name));
  const values = [scrapes.tracc, scrapes.timeline].flatMap(({ samples }) =>
    samples
      .filter(({ name }) => own.has(name.replace(/_(bucket|sum|count)$/, '')))
      .flatMap(({ labels }) => Object.values(labels)),
  );
  expect(values.filter((value) => /measured|checking|bank|town|rent|\//.test(value))).toEqual([]);
});

test('platform: two workers on one metrics port: the second is refused with one sentence', async () => {
  const { code, out, err } = await runCommand('tracc', ['worker', 'start'], {
    ...envs.tracc,
    PROBE_PORT: '0',
    LOG_LEVEL: 'error',
  });
  expect({ code, out }).toEqual({ code: 78, out: '' });
  expect(err).toContain(`METRICS_ADDRESS ${envs.tracc['METRICS_ADDRESS']} is taken`);
  expect(err.trim().split('\n')).toHaveLength(1);
});
