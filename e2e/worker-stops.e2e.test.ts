import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestDatabase } from '@backend/shared/testing';
import { type ModelServer, startModelServer } from '../apps/timeline-worker/test/model-server';
import { openTestDatabase, testServers } from '../test/support/servers';
import { waitFor } from '../test/support/wait';
import { type WorkerProcess, runCommand, startProxy, startWorkerProcess, statusOf } from './stack';

const TIMELINE = 'town';
/** What activities get to end by themselves, and what the worker gets in all. */
const GRACE_MS = 20_000;
const FORCE_MS = 25_000;
/** Within which signals are one. */
const SAME_SIGNAL_MS = 1000;
let database: TestDatabase;
let directory: string;
let model: ModelServer;
let env: Record<string, string>;
const workers: WorkerProcess[] = [];

jest.setTimeout(120_000);

beforeAll(async () => {
  database = await openTestDatabase('timeline');
  directory = await mkdtemp(path.join(os.tmpdir(), 'timeline-stops-'));
  model = await startModelServer();
  env = {
    ...model.env(),
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: testServers().temporalAddress!,
    TEMPORAL_NAMESPACE: 'timeline-stops',
    TIMELINE_ID: TIMELINE,
    LOG_LEVEL: 'info',
  };
});

beforeEach(() => model.reset());

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.kill();
});

afterAll(async () => {
  await model?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

async function startWorker(more: Record<string, string> = {}): Promise<WorkerProcess> {
  const worker = await startWorkerProcess('timeline', { ...env, ...more });
  workers.push(worker);
  return worker;
}

const timeline = async (...args: string[]) => runCommand('timeline', args, env);

/** Starts a request whose first call is never answered; comes back when the model has been asked, with the command that waits. */
async function askInVain(request: string): Promise<{ ended: ReturnType<typeof timeline> }> {
  model.answer = () => ({ hang: 'beforeHead' });
  // A text of its own: what was asked of a model is not asked again.
  await writeFile(path.join(directory, `${request}.txt`), `The ${request} bridge of the town was finished in 1801.`);
  const list = path.join(directory, `${request}.yaml`);
  await writeFile(
    list,
    `timelineId: ${TIMELINE}
topic: A town
budget: { maxTotalTokens: 100000 }
maxOutputTokensPerCall: 1000
chunk: { maxChars: 260, overlapChars: 0 }
sources:
  - { sourceId: chronicle, title: Chronicle, tier: 1, kind: blob, path: ${request}.txt }
`,
  );
  const ended = timeline('generate', list, '--request', request);
  await model.until((calls) => calls.length > 0, 'the model to be asked');
  return { ended };
}

test('platform: an activity that outlasts the time of grace is told by its AbortSignal, the worker ends with 0, and another one goes on', async () => {
  const worker = await startWorker();
  const { ended } = await askInVain('slow');
  const from = performance.now();
  worker.signal('SIGTERM');
  await waitFor(async () => (await statusOf(worker, '/readyz')) === 503, 'the worker to say that it stops');
  expect(await statusOf(worker, '/livez')).toBe(200);
  await waitFor(() => model.aborted() > 0, 'the call to be aborted');
  expect(performance.now() - from).toBeGreaterThan(GRACE_MS - 1000);
  expect(await worker.exit).toBe(0);
  expect(performance.now() - from).toBeLessThan(FORCE_MS);

  model.reset();
  await startWorker();
  expect(await ended).toMatchObject({ code: 0, out: expect.stringMatching(/events published +1/) });
});

test('platform: a SIGTERM that is repeated at once is one; a later one ends a worker at once, with a line and 143', async () => {
  const worker = await startWorker();
  const { ended } = await askInVain('cut');
  worker.signal('SIGTERM');
  await waitFor(() => worker.output().includes('told to stop: '), 'the first signal to be heard');
  // As npm does, which passes on what the terminal has sent to both.
  worker.signal('SIGTERM');
  await delay(SAME_SIGNAL_MS + 500);
  expect(worker.output()).not.toContain('told to stop a second time');
  worker.signal('SIGTERM');
  expect(await worker.exit).toBe(143);
  expect(worker.output()).toMatch(/"level":"warn".*told to stop a second time/);

  model.reset();
  await startWorker();
  expect(await ended).toMatchObject({ code: 0 });
});

test('platform: a database that is silent does not keep a worker from ending', async () => {
  const { host } = new URL(database.workerUrl);
  const proxy = await startProxy(host);
  try {
    const worker = await startWorker({ DATABASE_URL: database.workerUrl.replace(host, proxy.address) });
    proxy.freeze('both');
    expect(await worker.stop()).toBe(0);
  } finally {
    await proxy.close();
  }
});
