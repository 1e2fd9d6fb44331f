import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type BlobStore, createBlobStore } from '@backend/shared/blob';
import type { TestDatabase } from '@backend/shared/testing';
import { ApplicationFailure, Client, Connection, type WorkflowHandle } from '@temporalio/client';
import {
  type AITimelineGenerationInput,
  type AITimelineGenerationResult,
  TASK_QUEUE,
  WORKFLOW_TYPES,
  generationWorkflowId,
} from '../apps/timeline-worker/src/contract';
import { type ModelServer, sentencesAnswer, startModelServer } from '../apps/timeline-worker/test/model-server';
import { openTestDatabase, testServers } from '../test/support/servers';
import { waitFor } from '../test/support/wait';
import { longestGap, runningActivity, watchBeats } from './beats';
import { type WorkerProcess, startWorkerProcess } from './stack';

const CHUNKS = 40;
const KILLS = 10;
const TIMELINE = 'town';
const MAX_OUTPUT_TOKENS = 500;
const ANSWER_MS = 150;
/** Long enough for heartbeats that only a timer can have sent. */
const LONG_ANSWER_MS = 25_000;
/** A heartbeat's timeout, and what a loaded machine adds to it. */
const DEATH_NOTICED_MS = 120_000;

const TEXT = Array.from(
  { length: CHUNKS },
  (_, index) =>
    `${'The chronicle tells of quiet years and good harvests. '.repeat(3)}The ${wordOf(index)} of the town was finished in ${1700 + 2 * index}.`,
).join('\n\n');

function wordOf(index: number): string {
  const syllables = ['ba', 'do', 'fi', 'gu', 'ke', 'la', 'mo'];
  return [index % 7, Math.floor(index / 7), (index * 3) % 7].map((at) => syllables[at]).join('');
}

/** A worker process with a database, a namespace and a model of its own. */
interface Place {
  readonly database: TestDatabase;
  readonly blobs: BlobStore;
  readonly client: Client;
  readonly model: ModelServer;
  worker: WorkerProcess;
  restart(): Promise<void>;
  close(): Promise<void>;
}

async function openPlace(namespace: string): Promise<Place> {
  const database = await openTestDatabase('timeline');
  const directory = await mkdtemp(path.join(os.tmpdir(), `${namespace}-`));
  const model = await startModelServer();
  const { temporalAddress } = testServers();
  const connection = await Connection.connect({ address: temporalAddress! });
  const env = {
    ...model.env(),
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: temporalAddress!,
    TEMPORAL_NAMESPACE: namespace,
    LLM_MAX_CONCURRENT: '1',
  };
  const place: Place = {
    database,
    blobs: createBlobStore(env.BLOB_DIR),
    client: new Client({ connection, namespace }),
    model,
    worker: await startWorkerProcess('timeline', env),
    async restart() {
      place.worker = await startWorkerProcess('timeline', env);
    },
    async close() {
      await place.worker.stop();
      await connection.close();
      await model.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return place;
}

let quiet: Place;
let killed: Place;

beforeAll(async () => {
  [quiet, killed] = await Promise.all([openPlace('timeline-undisturbed'), openPlace('timeline-kills')]);
});
afterAll(async () => {
  await Promise.all([quiet?.close(), killed?.close()]);
});

const INPUT: AITimelineGenerationInput = {
  timelineId: TIMELINE,
  requestId: 'kills',
  topic: 'A town',
  model: 'stub-1',
  budget: { maxTotalTokens: 1_000_000 },
  maxOutputTokensPerCall: MAX_OUTPUT_TOKENS,
  chunk: { maxChars: 260, overlapChars: 0 },
  sources: [{ sourceId: 'chronicle', title: 'Chronicle', tier: 1, kind: 'text', text: TEXT }],
};

const start = async ({ client }: Place, input = INPUT): Promise<WorkflowHandle> =>
  client.workflow.start(WORKFLOW_TYPES.aiTimelineGeneration, {
    workflowId: generationWorkflowId(input),
    taskQueue: TASK_QUEUE,
    args: [input],
  });
const resultOf = async (handle: WorkflowHandle) => (await handle.result()) as AITimelineGenerationResult;

/** How long after a call came the worker dies: while it waits, when the answer is sent, when it is about to be stored or is. */
const KILL_AFTER_MS = [0, ANSWER_MS, ANSWER_MS + 15, ANSWER_MS + 30];

/** Kills the worker at every fourth call, ten times in all; the n-th promise resolves when the n-th worker is dead. */
function killAtCalls({ model, worker }: Pick<Place, 'model'> & { worker: () => WorkerProcess }): Promise<void>[] {
  const deaths: Promise<void>[] = [];
  model.answer = (call) => {
    if (deaths.length < KILLS && model.calls.length >= 4 * deaths.length + 3) {
      const victim = worker();
      deaths.push(delay(KILL_AFTER_MS[deaths.length % KILL_AFTER_MS.length]).then(async () => victim.kill()));
    }
    return { ...sentencesAnswer(call), afterMs: ANSWER_MS };
  };
  return deaths;
}

/** Everything that a run leaves in a database, but for the times at which it did so. */
async function rowsOf({ database }: Place): Promise<Record<string, unknown[]>> {
  const tables = [
    ['timelines', ''],
    ['sources', ''],
    ['source_texts', ''],
    // Its result is compared by itself.
    ['generation_requests', `- 'result' - 'begun_at'`],
    ['request_sources', ''],
    ['extraction_chunks', ''],
    ['extraction_answers', ''],
    ['extraction_calls where answered_at is not null', `- 'call_id' - 'opened_at'`],
    ['events', ''],
    ['citations', ''],
    ['event_claims', ''],
    ['event_conflicts', ''],
    ['rejections', ''],
  ];
  const rows: Record<string, unknown[]> = {};
  for (const [table, but] of tables)
    rows[table!] = await database.query(
      `select row::text from (select to_jsonb(t) - 'created_at' - 'updated_at' - 'answered_at' ${but} as row from (select * from ${table}) t) r order by 1`,
    );
  return rows;
}

/** The files of a run; the page names the day on which it was written. */
async function filesOf({ blobs }: Place, { exportRef }: AITimelineGenerationResult): Promise<string[]> {
  const files = await Promise.all([exportRef!.timelineJs, exportRef!.html].map(async (ref) => blobs.read(ref)));
  return files.map((file) => file.toString('utf8').replace(/page written on <time.*<\/time>/, ''));
}

test('ai-timeline 5, 7: kill -9 ten times in mid-extraction costs a call each at most, and the result is that of an undisturbed run', async () => {
  quiet.model.answer = (call) => ({
    ...sentencesAnswer(call),
    afterMs: quiet.model.calls.length === CHUNKS / 2 ? LONG_ANSWER_MS : ANSWER_MS,
  });
  const deaths = killAtCalls({ model: killed.model, worker: () => killed.worker });
  const [undisturbed, disturbed] = [await start(quiet), await start(killed)];
  const watches = [watchBeats(undisturbed), watchBeats(disturbed)];
  const quietResult = resultOf(undisturbed);
  // It is awaited below; what happens before may be what fails the test.
  quietResult.catch(() => undefined);
  try {
    for (let death = 1; death <= KILLS; death += 1) {
      await waitFor(() => deaths.length === death, `the worker to die for the ${death}. time`, DEATH_NOTICED_MS);
      await deaths[death - 1];
      // The server notices a death by the missing heartbeat, after a minute. It is told of all but the first, as if that had passed.
      if (death > 1) await reportDeath(disturbed);
      await killed.restart();
    }
    await Promise.all([quietResult, disturbed.result()]);
  } finally {
    await Promise.all(watches.map(async (watch) => watch.stop()));
  }
  const [expected, result] = [await quietResult, await resultOf(disturbed)];

  expect(expected).toMatchObject({
    status: 'completed',
    chunks: { total: CHUNKS, done: CHUNKS, failed: 0, refused: 0 },
    calls: CHUNKS,
    published: CHUNKS,
  });
  expect(quiet.model.calls).toHaveLength(CHUNKS);
  // A call that was under way when its worker died is made again, and no other.
  expect(killed.model.calls.length).toBeGreaterThan(CHUNKS);
  expect(killed.model.calls.length).toBeLessThanOrEqual(CHUNKS + KILLS);

  const { exportRef, ...counts } = result;
  const { exportRef: expectedRef, ...expectedCounts } = expected;
  expect([exportRef, expectedRef]).not.toContain(null);
  expect(counts).toEqual(expectedCounts);
  expect(await rowsOf(killed)).toEqual(await rowsOf(quiet));
  expect(await filesOf(killed, result)).toEqual(await filesOf(quiet, expected));

  const [quietly, disturbedly] = watches.map((watch) =>
    watch.attempts().filter(({ type }) => type === 'aiExtractEvents'),
  );
  for (const { startedAt, beats, lastSeenAt } of quietly!)
    expect(longestGap([startedAt, ...beats, lastSeenAt])).toBeLessThanOrEqual(10_000);
  // The long answer alone takes as long as these.
  expect(Math.max(...quietly!.map(({ beats }) => beats.length))).toBeGreaterThanOrEqual(4);
  expect(disturbedly!.length).toBeGreaterThan(KILLS);
  for (const { startedAt, beats } of disturbedly!)
    expect(longestGap([startedAt, ...beats])).toBeLessThanOrEqual(10_000);
}, 300_000);

/** The server is told that the activity's attempt has failed; there is none when the worker died between two of them. */
async function reportDeath(handle: WorkflowHandle): Promise<void> {
  const activityId = await runningActivity(handle, 'aiExtractEvents');
  if (activityId === undefined) return;
  await killed.client.activity.fail(
    { workflowId: handle.workflowId, activityId },
    ApplicationFailure.create({ message: 'the worker has died', nextRetryDelay: '1 second' }),
  );
}

test('ai-timeline 7: a cancelled run ends the call under way within 15 s and keeps what was answered', async () => {
  const { model } = quiet;
  model.reset();
  model.answer = (call) => (model.calls.length > 3 ? { hang: 'afterHead' } : sentencesAnswer(call));
  const handle = await start(quiet, { ...INPUT, timelineId: 'cancelled' });
  await model.until(({ length }) => length === 4, 'a call to be under way');
  const cancelledAt = Date.now();
  await handle.cancel();
  await model.until(() => model.aborted() === 1, 'the call to be ended');
  expect(Date.now() - cancelledAt).toBeLessThanOrEqual(15_000);
  expect(await resultOf(handle)).toMatchObject({
    status: 'cancelled',
    calls: 3,
    chunks: { total: CHUNKS, done: 3, failed: 0, refused: 0 },
    remainingChunks: CHUNKS - 3,
  });
  expect(model.calls).toHaveLength(4);
});
