import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type RunningTemporal, startTemporal } from '@backend/devstack';
import { parseKeyRing, payloadDataConverter } from '@backend/shared/codec';
import { bundleWorkflows, connectClient, workflowSource } from '@backend/shared/temporal';
import { type TestDatabase, quietRuntime } from '@backend/shared/testing';
import { type Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { NativeConnection, Worker } from '@temporalio/worker';
import { NAMESPACE_NEEDS } from '../apps/tracc-worker/src/config';
import { addUser } from '../apps/tracc-worker/test/support';
import { resolveTemporalBinary } from '../packages/devstack/src/temporal-binary';
import { canaryActivities } from '../test/fixtures/canary-workflows/activities';
import { CANARIES, type Canary } from '../test/fixtures/canary-workflows/canaries';
import { gate } from '../test/support/gate';
import { openTestDatabase } from '../test/support/servers';
import { readUntil } from '../test/support/wait';
import { canaryWatch } from './canary-watch';
import { type WorkerProcess, runCommand, startWorkerProcess } from './stack';

const KEYS = `test:${Buffer.alloc(32, 5).toString('base64')}`;
const TASK_QUEUE = 'canaries';
// A server, a worker and several commands are started.
jest.setTimeout(180_000);
const { v1: service } = temporal.api.workflowservice;

/** Never stored: they are answers to a question. */
const ONLY_ASKED: readonly Canary[] = ['currentDetails', 'queryResult'];
/** On the execution, and in no event of its history. */
const BESIDE_HISTORY: readonly Canary[] = [...ONLY_ASKED, 'heartbeatDetails'];
const ALL = (Object.keys(CANARIES) as Canary[]).sort();
const without = (names: readonly Canary[]) => ALL.filter((name) => !names.includes(name));

let root: string;
let bundleFile: string;
beforeAll(async () => {
  quietRuntime();
  root = await mkdtemp(path.join(os.tmpdir(), 'payload-encryption-'));
  bundleFile = path.join(root, 'canary-bundle.js');
  await bundleWorkflows({
    workflowsPath: path.join(__dirname, '..', 'test', 'fixtures', 'canary-workflows', 'index.ts'),
    outFile: bundleFile,
  });
});
afterAll(async () => rm(root, { recursive: true, force: true }));

describe.each([
  { mode: 'with keys', keys: KEYS },
  // The same search has to find them when they are there, or it would find nothing whatever the codec did.
  { mode: 'without keys, as a control', keys: '' },
])('reliability S8: $mode', ({ keys }) => {
  const encrypted = keys !== '';
  let server: RunningTemporal;
  let files: string;
  let database: TestDatabase;
  let worker: WorkerProcess | undefined;
  let codec: ChildProcess | undefined;

  beforeAll(async () => {
    files = await mkdtemp(path.join(root, 'server-'));
    server = await startTemporal({
      log: () => undefined,
      headless: true,
      dbFile: path.join(files, 'temporal.db'),
      namespaces: ['canaries', 'tracc'],
      searchAttributes: NAMESPACE_NEEDS.searchAttributes,
    });
    database = await openTestDatabase('tracc');
  });
  afterAll(async () => {
    codec?.kill();
    await worker?.stop();
    await server?.stop();
    await database?.drop();
  });

  const env = (namespace: string): Record<string, string> => ({
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(files, '..', 'blobs'),
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: namespace,
    PAYLOAD_KEYS: keys,
  });
  const show = async (namespace: string, workflowId: string, ...more: string[]): Promise<string> => {
    const { path: binary } = await resolveTemporalBinary({ env: process.env, log: () => undefined });
    const target = ['--address', server.address, '--namespace', namespace, '--workflow-id', workflowId];
    const args = ['workflow', 'show', '-o', 'json', ...target, ...more];
    return (await promisify(execFile)(binary, args, { maxBuffer: 2 ** 26 })).stdout;
  };
  /** `tracc codec serve`, as an operator runs it; answers with its address. */
  const serveCodec = async (namespace: string): Promise<string> => {
    const bin = path.join(__dirname, '..', 'apps', 'tracc-worker', 'bin', 'tracc.js');
    codec = spawn(process.execPath, [bin, '--json', 'codec', 'serve', '--port', '0'], {
      env: { ...process.env, NODE_ENV: 'test', ...env(namespace) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    codec.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
    await readUntil(
      () => out,
      (text) => text.trimEnd().endsWith('}'),
      { what: 'the codec server to listen' },
    );
    return (JSON.parse(out) as { url: string }).url;
  };

  test('20 canaries on every way are found nowhere: not by the command line, not in answers of the API, not in the database file', async () => {
    const namespace = 'canaries';
    const payloadKeys = encrypted ? parseKeyRing(keys, 'PAYLOAD_KEYS') : undefined;
    const address = { address: server.address };
    const { client, close } = await connectClient({ ...address, namespace, connection: address, payloadKeys });
    const connection = await NativeConnection.connect(address);
    const { opened: letGo, open: go } = gate();
    const running = await Worker.create({
      connection,
      namespace,
      taskQueue: TASK_QUEUE,
      ...workflowSource({
        source: 'bundle',
        profile: 'local',
        bundleFile,
        workflowsPath: '',
        encodeFailures: encrypted,
      }),
      dataConverter: payloadDataConverter(payloadKeys),
      activities: canaryActivities({ letGo }),
    });
    const run = running.run();
    try {
      const { answers, histories } = await sendCanaries(client, go);
      const { foundIn, foundInFiles } = canaryWatch(CANARIES);
      const shown = await Promise.all(histories.map(async (id) => show(namespace, id)));
      expect({
        shown: foundIn(...shown),
        answers: foundIn(...answers),
        database: foundInFiles(files),
      }).toEqual(
        encrypted
          ? { shown: [], answers: [], database: [] }
          : { shown: without(BESIDE_HISTORY), answers: ALL, database: without(ONLY_ASKED) },
      );
      if (!encrypted) return;
      const codecUrl = await serveCodec(namespace);
      const readable = histories.map(async (id) => show(namespace, id, '--codec-endpoint', codecUrl));
      expect(foundIn(...(await Promise.all(readable)))).toEqual(without(BESIDE_HISTORY));
    } finally {
      running.shutdown();
      await run;
      await connection.close();
      await close();
    }
  });

  test('an import and a budget: names of files, categories and budgets are found nowhere', async () => {
    const names = {
      file: 'canary-31-statement-8d2f',
      category: 'canary-32-category-51c0',
      budget: 'canary-33-budget-ee97',
      description: 'canary-34-description-0a6b',
    };
    await seedCanaries(database, names);
    await mkdir(path.join(root, 'imports'), { recursive: true });
    const file = path.join(root, 'imports', `${names.file}.csv`);
    await writeFile(file, `Date,Description,Amount\n2026-03-14,${names.description},-12.50\n`);
    worker = await startWorkerProcess('tracc', env('tracc'));
    const tracc = async (...args: string[]) => {
      const answer = await runCommand('tracc', ['--json', ...args, '--user', 'u1'], env('tracc'));
      expect({ code: answer.code, err: answer.code === 0 ? '' : answer.err }).toEqual({ code: 0, err: '' });
      return answer.out;
    };
    expect(await tracc('import', file, '--account', 'checking', '--watch')).toContain('"status"');
    expect(await tracc('budget', 'report', '2026-03')).toContain('"');

    const connection = await Connection.connect({ address: server.address });
    const listed = await connection.workflowService.listWorkflowExecutions({ namespace: 'tracc' });
    await connection.close();
    const ids = listed.executions.map(({ execution }) => execution!.workflowId!);
    const { foundIn, foundInFiles } = canaryWatch(names);
    const shown = await Promise.all(ids.map(async (id) => show('tracc', id)));
    expect(ids).toHaveLength(2);
    const answer = service.ListWorkflowExecutionsResponse.encode(listed).finish();
    const expected = encrypted ? [] : ['budget', 'file'];
    expect({ shown: foundIn(...shown, answer), database: foundInFiles(files) }).toEqual({
      shown: expected,
      database: expected,
    });
  });
});

/** Sends every canary, and answers with what the server says of them, byte for byte, and the workflows in whose history they are. */
async function sendCanaries(client: Client, go: () => void): Promise<{ answers: Uint8Array[]; histories: string[] }> {
  const { workflowService } = client.connection;
  const { namespace } = client.options;
  const answers: Uint8Array[] = [];
  const handle: WorkflowHandle = await client.workflow.start('CanaryWorkflow', {
    workflowId: 'canary',
    taskQueue: TASK_QUEUE,
    args: [{ note: CANARIES.workflowInput }],
    memo: { note: CANARIES.memo },
    staticSummary: CANARIES.staticSummary,
  });
  const execution = { workflowId: 'canary' };
  expect(await handle.executeUpdate('change', { args: [{ note: CANARIES.updateArgument }] })).toEqual({
    note: CANARIES.updateResult,
  });
  expect(await handle.query('look')).toEqual({ note: CANARIES.queryResult });
  for (const queryType of ['look', '__temporal_workflow_metadata']) {
    const answer = await workflowService.queryWorkflow({ namespace, execution, query: { queryType } });
    answers.push(service.QueryWorkflowResponse.encode(answer).finish());
  }
  // While its second attempt waits, the server keeps what the activity's heartbeat and its last failure said.
  const described = await readUntil(
    async () => workflowService.describeWorkflowExecution({ namespace, execution }),
    ({ pendingActivities }) =>
      pendingActivities.some(({ attempt, heartbeatDetails }) => attempt === 2 && heartbeatDetails),
    { what: 'the second attempt of the activity' },
  );
  answers.push(service.DescribeWorkflowExecutionResponse.encode(described).finish());
  go();
  await handle.signal('finish', { note: CANARIES.signal });
  expect(await handle.result()).toEqual({ note: CANARIES.workflowResult });
  expect((await handle.describe()).memo).toEqual({ note: CANARIES.memo, changed: CANARIES.changedMemo });

  const schedule = await client.schedule.create({
    scheduleId: 'canary-schedule',
    spec: {},
    action: {
      type: 'startWorkflow',
      workflowType: 'FailingCanaryWorkflow',
      workflowId: 'scheduled-canary',
      taskQueue: TASK_QUEUE,
      args: [{ note: CANARIES.scheduleArgument }],
    },
  });
  await schedule.trigger();
  const { info } = await readUntil(
    async () => schedule.describe(),
    ({ info: { recentActions } }) => recentActions.length > 0,
    { what: 'the schedule to start its workflow' },
  );
  const { workflowId: scheduled } = info.recentActions[0]!.action.workflow;
  await expect(client.workflow.getHandle(scheduled).result()).rejects.toMatchObject({
    cause: { message: CANARIES.workflowFailure, type: 'CanaryFailure' },
  });
  answers.push(
    service.DescribeScheduleResponse.encode(
      await workflowService.describeSchedule({ namespace, scheduleId: 'canary-schedule' }),
    ).finish(),
    service.ListWorkflowExecutionsResponse.encode(await workflowService.listWorkflowExecutions({ namespace })).finish(),
  );
  for (const workflowId of ['canary', scheduled]) {
    const history = await workflowService.getWorkflowExecutionHistory({ namespace, execution: { workflowId } });
    answers.push(service.GetWorkflowExecutionHistoryResponse.encode(history).finish());
    const final = await workflowService.describeWorkflowExecution({ namespace, execution: { workflowId } });
    answers.push(service.DescribeWorkflowExecutionResponse.encode(final).finish());
  }
  return { answers, histories: ['canary', scheduled] };
}

async function seedCanaries(database: TestDatabase, names: { category: string; budget: string }): Promise<void> {
  await addUser(database);
  await database.query(`update categories set name = $1 where user_id = 'u1' and category_id = 'food'`, [
    names.category,
  ]);
  await database.query(
    `insert into budgets (budget_id, user_id, name, currency, zone, limit_minor, rollover_since)
     values ('food', 'u1', $1, 'EUR', 'Europe/Berlin', 1000, '2026-01')`,
    [names.budget],
  );
  await database.query(`insert into budget_categories (user_id, budget_id, category_id) values ('u1', 'food', 'food')`);
}
