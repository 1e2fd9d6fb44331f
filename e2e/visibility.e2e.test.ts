import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type ExecutionFilter, findExecutions, startedFor } from '@backend/shared/temporal';
import type { TestDatabase } from '@backend/shared/testing';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { NAMESPACE_NEEDS as TIMELINE_NEEDS } from '../apps/timeline-worker/src/config';
import { NAMESPACE_NEEDS as TRACC_NEEDS } from '../apps/tracc-worker/src/config';
import {
  SEARCH_ATTRIBUTES,
  budgetScheduleId,
  budgetWorkflowId,
  recurringWorkflowId,
} from '../apps/tracc-worker/src/contract';
import { addUser } from '../apps/tracc-worker/test/support';
import { openTestDatabase, testServers } from '../test/support/servers';
import { attributesOfExecution } from '../test/support/shown';
import { readUntil } from '../test/support/wait';
import { type WorkerProcess, launchWorkerProcess, runCommand, startWorkerProcess } from './stack';

// The lists of the server, which follow what happens by a moment; so each is read until it says what is wanted.

const NAMESPACE = 'tracc-visibility';
/** As awkward as an id may be. */
const USER = "o'brien & co";
const DAY_S = 24 * 60 * 60;
let database: TestDatabase;
let directory: string;
let connection: Connection;
let client: Client;
let worker: WorkerProcess;
let env: Record<string, string>;

// Each step is a command, a process of its own.
jest.setTimeout(180_000);

beforeAll(async () => {
  database = await openTestDatabase('tracc');
  await addUser(database, USER, 'UTC');
  await addUser(database, 'other', 'UTC');
  directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-visibility-'));
  const { temporalAddress } = testServers();
  env = {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: temporalAddress!,
    TEMPORAL_NAMESPACE: NAMESPACE,
    TRACC_USER: USER,
  };
  connection = await Connection.connect({ address: temporalAddress! });
  client = new Client({ connection, namespace: NAMESPACE });
  worker = await startWorkerProcess('tracc', env);
});

afterAll(async () => {
  for (const kind of ['report', 'check'] as const)
    await client.schedule
      .getHandle(budgetScheduleId({ userId: USER, kind }))
      .delete()
      .catch(() => undefined);
  await worker?.stop();
  await connection?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

const tracc = async (args: readonly string[], more: Record<string, string> = {}) =>
  runCommand('tracc', args, { ...env, ...more });
/** Runs a command that must succeed; its answer. */
async function done(...args: string[]): Promise<string> {
  const { code, out, err } = await tracc(args);
  expect({ code, err }).toEqual({ code: 0, err: expect.anything() });
  return out;
}
/** Lists with a command until it has these ids; what it lists. */
async function listed(args: readonly string[], field: string, ids: readonly string[]) {
  return readUntil(
    async () => JSON.parse(await done(...args, '--json')) as Record<string, unknown>[],
    (rows) => JSON.stringify(rows.map((row) => row[field])) === JSON.stringify(ids),
    { what: `${args.join(' ')} to have ${ids.join(', ') || 'nothing'}` },
  );
}
const handleOf = (workflowId: string) => client.workflow.getHandle(workflowId);
async function startOf(workflowId: string) {
  const { events } = await handleOf(workflowId).fetchHistory();
  return events![0]!.workflowExecutionStartedEventAttributes!;
}

test('platform: templates are listed by where they stand, for their user alone', async () => {
  for (const id of ['rent', 'salary'])
    await done(...`recurring create ${id} --amount -9.80 --account checking --start 2099-01-31`.split(' '), '--schedule', 'monthly 31'); // prettier-ignore
  expect(await attributesOfExecution(handleOf(recurringWorkflowId({ templateId: 'rent' })))).toEqual({
    TenantUser: USER,
    TemplateStatus: 'active',
  });
  expect((await startOf(recurringWorkflowId({ templateId: 'rent' }))).priority).toMatchObject({ fairnessKey: USER });

  await done('recurring', 'pause', 'rent');
  await listed(['recurring', 'list', '--status', 'paused'], 'templateId', ['rent']);
  await listed(['recurring', 'list', '--status', 'active'], 'templateId', ['salary']);
  expect(await done('recurring', 'list', '--status', 'paused', '--user', 'other')).toBe('no template is paused\n');
  expect(await tracc(['recurring', 'list', '--status', "paused' OR 'a' = 'a"])).toMatchObject({
    code: 2,
    err: "tracc: --status should be one of active, paused, needsAttention, not paused' OR 'a' = 'a\n",
  });
});

test('platform: imports are listed by what they wait for, and by account', async () => {
  const file = path.join(directory, 'bank.csv');
  await writeFile(file, 'Date;Amount;Text\n01.02.2026;-1,00;a\n02.03.2026;-2,00;b\n');
  const run = tracc(['import', file, '--account', 'checking', '--id', 'asks']);
  const [waiting] = await listed(['import', 'list', '--status', 'needsInput'], 'importId', ['asks']);
  expect(waiting).toMatchObject({ status: 'needsInput', target: 'checking', source: { filename: 'bank.csv' } });
  expect(await done('import', 'list', '--open')).toMatch(/asks .* bank.csv +checking +waits for an answer/);
  await listed(['import', 'list', '--open', '--account', 'savings'], 'importId', []);
  await listed(['import', 'list', '--open', '--user', 'other'], 'importId', []);

  await done('import', 'answer', 'asks', '--date-format', 'DMY');
  expect(await run).toMatchObject({ code: 0 });
  await listed(['import', 'list', '--open'], 'importId', []);
  await listed(['import', 'list', '--status', 'completed', '--account', 'checking'], 'importId', ['asks']);
  expect(await tracc(['import', 'list', '--status', 'gone'])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^tracc: --status should be one of running, needsInput, .* not gone\n$/),
  });
});

test('platform: months are listed by user and month, those of a schedule among them', async () => {
  await done('budget', 'set', 'food', '--limit', '100', '--category', 'food');
  await done('budget', 'check', '2026-03');
  const [run] = await listed(['budget', 'runs', '2026-03'], 'month', ['2026-03']);
  expect(run).toMatchObject({ status: 'completed', workflowId: budgetWorkflowId({ userId: USER, month: '2026-03' }) });

  await done('budget', 'schedule');
  const changes = JSON.parse(await done('budget', 'schedule', '--json')) as { change: string }[];
  expect(changes.map(({ change }) => change)).toEqual(['unchanged', 'unchanged']);
  const schedule = client.schedule.getHandle(budgetScheduleId({ userId: USER, kind: 'report' }));
  expect((await schedule.describe()).action).toMatchObject({ priority: { fairnessKey: USER } });
  await schedule.trigger();
  const runs = await readUntil(
    async () => JSON.parse(await done('budget', 'runs', '--json')) as { month: string; workflowId: string }[],
    (found) => found.length === 2,
    { what: 'the run of the schedule' },
  );
  const { month, workflowId } = runs.find((each) => each.month !== '2026-03')!;
  expect((await startOf(workflowId)).priority).toMatchObject({ fairnessKey: USER });
  expect(await (await handleOf(workflowId).describe()).staticSummary()).toBe(`Budgets of ${month}`);
  await listed(['budget', 'runs', '--user', 'other'], 'month', []);
});

test('platform: a namespace is set up by one command, which can be run again', async () => {
  const namespace = `setup-${randomUUID().slice(0, 8)}`;
  const there = { TEMPORAL_NAMESPACE: namespace };
  const service = connection.workflowService;
  const retentionDays = async () =>
    Number((await service.describeNamespace({ namespace })).config!.workflowExecutionRetentionTtl!.seconds) / DAY_S;
  const missing = `tracc: The Temporal server at ${env['TEMPORAL_ADDRESS']} has no namespace ${namespace}; make it with the command "temporal setup", or check TEMPORAL_NAMESPACE.\n`;
  expect(await tracc(['budget', 'runs'], there)).toMatchObject({ code: 1, err: missing });

  // As an operator makes one by hand.
  await service.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  const lacks = `The namespace ${namespace} has no search attribute`;
  // Of several the server names any.
  const sentence = new RegExp(
    `^tracc: ${lacks} (TenantUser|TemplateStatus); register it with .*"temporal setup"\\.\n$`,
  );
  await readUntil(
    async () => (await tracc(['recurring', 'list', '--status', 'active'], there)).err,
    (err) => sentence.test(err),
    { what: 'the sentence about search attributes' },
  );
  const create = 'recurring create tax --amount -9.80 --account checking --start 2099-01-31'.split(' ');
  expect(await tracc([...create, '--schedule', 'monthly 31'], there)).toMatchObject({
    code: 1,
    err: expect.stringMatching(sentence),
  });
  const refused = await launchWorkerProcess('tracc', { ...env, ...there, START_DEADLINE_S: '3' });
  expect(await refused.exit).toBe(1);
  expect(refused.output()).toContain(
    `${lacks} TenantUser, Month, TemplateStatus, ImportStatus; run "tracc temporal setup" first.`,
  );

  expect(await tracc(['temporal', 'setup'], there)).toMatchObject({
    code: 0,
    out: `raised the retention of ${namespace} from 1 to 90 days\nregistered the search attributes TenantUser, Month, TemplateStatus, ImportStatus\n`,
  });
  expect(await tracc(['temporal', 'setup'], there)).toMatchObject({
    code: 0,
    out: `the namespace ${namespace} has all it needs\n`,
  });
  expect(await retentionDays()).toBe(90);
  const fresh = { TEMPORAL_NAMESPACE: `${namespace}-2` };
  expect(await tracc(['temporal', 'setup', '--json'], fresh)).toMatchObject({
    code: 0,
    out: expect.stringContaining('"made": true'),
  });
});

test('platform: no id can say more than itself in a query', async () => {
  const ids = ["o'brien", 'a\\b', 'a"b', "x\\'y", 'ü\nx', '50%_', "' OR TenantUser != '", '日本', ''];
  const filter = (value: string): ExecutionFilter => ({
    workflowType: 'Nobody',
    open: true,
    attributes: [{ key: SEARCH_ATTRIBUTES.user, value }],
  });
  for (const [index, value] of ids.entries())
    await client.workflow.start('Nobody', {
      taskQueue: 'nobody',
      workflowId: `nobody/${index}`,
      ...startedFor({ key: SEARCH_ATTRIBUTES.user, value }),
    });
  for (const [index, value] of ids.entries()) {
    const found = await readUntil(
      async () => findExecutions(client, filter(value), { limit: 50 }),
      ({ length }) => length > 0,
      { what: `the execution of ${JSON.stringify(value)}` },
    );
    expect(found.map(({ workflowId }) => workflowId)).toEqual([`nobody/${index}`]);
  }
  for (const index of ids.keys()) await handleOf(`nobody/${index}`).terminate();
});

test('platform: a namespace has room for the search attributes of its tenant', () => {
  for (const { searchAttributes } of [TRACC_NEEDS, TIMELINE_NEEDS]) {
    const keywords = searchAttributes.filter(({ type }) => type === 'KEYWORD');
    // A server with SQL visibility has ten columns for them, which leaves an operator some.
    expect(keywords.length).toBeLessThanOrEqual(5);
    expect(searchAttributes).toHaveLength(keywords.length);
  }
});
