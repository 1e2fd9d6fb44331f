import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  type DataImportInput,
  type DataImportResult,
  IMPORT_HANDLERS,
  type ImportProgress,
  importWorkflowId,
} from '@backend/importer/contract';
import { createBlobStore } from '@backend/shared/blob';
import { type TestDatabase, quietRuntime, replayAll } from '@backend/shared/testing';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import {
  RECURRING_HANDLERS,
  TASK_QUEUE,
  TENANT,
  WORKFLOW_TYPES,
  recurringWorkflowId,
} from '../apps/tracc-worker/src/contract';
import { addUser } from '../apps/tracc-worker/test/support';
import { openTestDatabase, testServers } from '../test/support/servers';
import { readUntil, waitFor } from '../test/support/wait';
import { type WorkerProcess, startWorkerProcess } from './stack';

const ROOT = path.join(__dirname, '..');
const NAMESPACE = 'tracc-versions';
const DEPLOYMENT = 'tracc-worker';
const USER = 'versions';
const FILE = 'Date,Amount,Description\n01/02/2026,-5.00,';
let database: TestDatabase;
let directory: string;
let connection: Connection;
let client: Client;
let env: Record<string, string>;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  quietRuntime();
  database = await openTestDatabase('tracc');
  await addUser(database, USER);
  directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-versions-'));
  const { temporalAddress } = testServers();
  env = {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: temporalAddress!,
    TEMPORAL_NAMESPACE: NAMESPACE,
    TEMPORAL_DEPLOYMENT_NAME: DEPLOYMENT,
  };
  connection = await Connection.connect({ address: temporalAddress! });
  client = new Client({ connection, namespace: NAMESPACE });
});

afterAll(async () => {
  for (const worker of workers) await worker.stop();
  await connection?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

/**
 * tracc as a later release has it: its imports begin with a timer, which no import of the release before has in its history, so that
 * none of those can go on with this code.
 */
async function buildLater(): Promise<{ root: string; bundle: string }> {
  const root = path.join(directory, 'later');
  const app = path.join('apps', 'tracc-worker');
  for (const part of ['bin', 'dist', 'migrations', 'package.json'])
    await cp(path.join(ROOT, app, part), path.join(root, app, part), { recursive: true });
  await symlink(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  const bundle = path.join(root, app, 'dist', 'workflow-bundle.js');
  const code = await readFile(bundle, 'utf8');
  const changed = code.replace(/(?=const inspected = await)/, 'await (0, workflow_1.sleep)(1000);\n        ');
  expect(changed).not.toBe(code);
  await writeFile(bundle, changed);
  return { root, bundle };
}

/** Starts a worker of the build in `root`, and answers with the build id that it has given itself. */
async function startVersion(root?: string): Promise<{ worker: WorkerProcess; buildId: string }> {
  const known = await versions();
  const worker = await startWorkerProcess('tracc', env, root === undefined ? {} : { root });
  workers.push(worker);
  const fresh = await readUntil(
    async () => (await versions()).filter((version) => !known.includes(version)),
    (found) => found.length > 0,
    { what: 'the server to know the version' },
  );
  expect(fresh).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/)]);
  return { worker, buildId: fresh[0]! };
}

/** Build ids of the deployment that the server knows. */
async function versions(): Promise<string[]> {
  const { workerDeploymentInfo } = await client.workflowService
    .describeWorkerDeployment({ namespace: NAMESPACE, deploymentName: DEPLOYMENT })
    .catch(() => ({ workerDeploymentInfo: undefined }));
  return (workerDeploymentInfo?.versionSummaries ?? []).map(({ deploymentVersion }) => deploymentVersion!.buildId!);
}

async function setCurrent(buildId: string): Promise<void> {
  await client.workflowService.setWorkerDeploymentCurrentVersion({
    namespace: NAMESPACE,
    deploymentName: DEPLOYMENT,
    buildId,
    identity: 'the test',
  });
}

async function drainageOf(buildId: string): Promise<string> {
  const { workerDeploymentVersionInfo } = await client.workflowService.describeWorkerDeploymentVersion({
    namespace: NAMESPACE,
    deploymentVersion: { deploymentName: DEPLOYMENT, buildId },
  });
  const status = workerDeploymentVersionInfo?.drainageInfo?.status ?? 0;
  return temporal.api.enums.v1.VersionDrainageStatus[status]!;
}

/** The build ids of the workers that have done the workflow's tasks, in order, each once. */
async function builtBy(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  const ids = (events ?? []).flatMap(
    ({ workflowTaskCompletedEventAttributes: done }) => done?.deploymentVersion?.buildId ?? [],
  );
  return [...new Set(ids)];
}

async function startImport(importId: string): Promise<WorkflowHandle> {
  const blob = await createBlobStore(env['BLOB_DIR']!).put(Buffer.from(`${FILE}${importId}\n`));
  const input: DataImportInput = {
    importId,
    userId: USER,
    accountId: 'checking',
    source: { ...blob, filename: 'bank.csv' },
  };
  return client.workflow.start(WORKFLOW_TYPES.dataImport, {
    workflowId: importWorkflowId({ tenant: TENANT, importId }),
    taskQueue: TASK_QUEUE,
    args: [input],
  });
}

/** 01/02 can be read in two ways, so the import asks. */
async function untilAsked(handle: WorkflowHandle): Promise<void> {
  await waitFor(
    async () => (await handle.query<ImportProgress>(IMPORT_HANDLERS.progress)).phase === 'needsInput',
    'the import to ask',
  );
}

async function answered(handle: WorkflowHandle): Promise<DataImportResult> {
  await handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [{ dateFormat: 'DMY' }] });
  return (await handle.result()) as DataImportResult;
}

async function startRecurring(templateId: string): Promise<WorkflowHandle> {
  const rule = {
    startDate: '2090-01-31',
    schedule: { kind: 'monthly', every: 1, day: 31 },
    zone: 'Europe/Berlin',
    postAt: '00:05',
    monthEnd: 'clamp',
    weekend: 'none',
  };
  await database.query(
    `insert into recurring_templates (template_id, user_id, description, kind, account_id, amount_minor, currency, rule)
     values ($1, $2, $1, 'normal', 'checking', -100, 'EUR', $3)`,
    [templateId, USER, JSON.stringify(rule)],
  );
  return client.workflow.start(WORKFLOW_TYPES.recurringTransaction, {
    workflowId: recurringWorkflowId({ templateId }),
    taskQueue: TASK_QUEUE,
    args: [{ templateId, userId: USER, ...rule }],
  });
}

test('platform: a new version takes what begins and what recurs, and an import ends with the version that it began with', async () => {
  const first = await startVersion();
  await setCurrent(first.buildId);
  const begun = await startImport('begun-before');
  const recurring = await startRecurring('rent');
  await untilAsked(begun);
  await waitFor(async () => (await builtBy(recurring)).length > 0, 'the template to wait');
  expect(await builtBy(recurring)).toEqual([first.buildId]);

  const later = await buildLater();
  const second = await startVersion(later.root);
  // Nothing moves before somebody says so.
  const still = await startImport('begun-meanwhile');
  await untilAsked(still);
  expect(await builtBy(still)).toEqual([first.buildId]);

  await setCurrent(second.buildId);
  const after = await startImport('begun-after');
  await untilAsked(after);
  await recurring.signal(RECURRING_HANDLERS.pause, { onResume: 'skip' });
  await waitFor(async () => (await builtBy(recurring)).length > 1, 'the template to go on with the new version');
  expect(await drainageOf(first.buildId)).toBe('VERSION_DRAINAGE_STATUS_DRAINING');

  for (const handle of [begun, still, after])
    expect(await answered(handle)).toMatchObject({ status: 'completed', imported: 1 });
  expect(await builtBy(begun)).toEqual([first.buildId]);
  expect(await builtBy(still)).toEqual([first.buildId]);
  expect(await builtBy(after)).toEqual([second.buildId]);
  expect(await builtBy(recurring)).toEqual([first.buildId, second.buildId]);
  // Without versions the new code would have broken the import.
  const broken = { workflowId: begun.workflowId, history: await begun.fetchHistory() };
  for await (const { error } of replayAll([broken], { bundlePath: later.bundle }))
    expect(error?.name).toBe('DeterminismViolationError');

  await readUntil(
    async () => drainageOf(first.buildId),
    (status) => status === 'VERSION_DRAINAGE_STATUS_DRAINED',
    {
      what: 'the first version to be drained',
    },
  );
  expect(await first.worker.stop()).toBe(0);
  await recurring.signal(RECURRING_HANDLERS.stop);
  expect(await recurring.result()).toMatchObject({ reason: 'stopped' });
  for (const handle of [begun, still, after, recurring]) expect(await troubleOf(handle)).toEqual([]);
}, 120_000);

/** Workflow tasks that failed: code that does not fit a history. */
async function troubleOf(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) => failed?.failure?.message ?? []);
}
