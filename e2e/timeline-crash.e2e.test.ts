import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { importWorkflowId } from '@backend/importer/contract';
import { createBlobStore } from '@backend/shared/blob';
import type { TestDatabase } from '@backend/shared/testing';
import { Client, Connection } from '@temporalio/client';
import {
  type AITimelineGenerationInput,
  type AITimelineGenerationResult,
  NAMESPACE,
  TASK_QUEUE,
  WORKFLOW_TYPES,
  generationWorkflowId,
} from '../apps/timeline-worker/src/contract';
import type { ModelEvent } from '../apps/timeline-worker/src/domain/types';
import {
  type ModelCall,
  type ModelReply,
  type ModelServer,
  startModelServer,
} from '../apps/timeline-worker/test/model-server';
import { openTestDatabase, testServers } from '../test/support/servers';
import { waitFor } from '../test/support/wait';
import { type WorkerProcess, startWorkerProcess } from './stack';

const ASSEMBLIES = 60;
/** As many as a worker makes unless it is told otherwise. */
const PARALLEL_CALLS = 4;
/** The worker dies while it waits for all of the calls after these. */
const CALLS_BEFORE = 6;
let database: TestDatabase;
let directory: string;
let connection: Connection;
let client: Client;
let model: ModelServer;
let worker: WorkerProcess;
let env: Record<string, string>;

/** A sentence for each year from 1801 on, and the year for each event that the model finds in it. */
const text = Array.from(
  { length: ASSEMBLIES },
  (_, index) => `On 3 March ${1801 + index} assembly number ${index} met in Gadhada to hear a discourse.`,
).join('\n\n');

/** Some answers do not fit or are cut off, so that their chunks take more than one call. */
function reply({ text: part, isRepair }: ModelCall): ModelReply {
  if (/number (?:1|41) /.test(part) && !isRepair) return { content: 'Here are the events.' };
  const events = [
    ...part.matchAll(/On (3 March (\d{4})) assembly number (\d+) met in Gadhada to hear a discourse\./g),
  ].map(([quote, dateText, year, number]): ModelEvent => ({
    title: `Assembly ${number} of ${year}`,
    summary: quote,
    dateText: dateText!,
    places: ['Gadhada'],
    people: [],
    quotes: [quote],
    confidence: 0.9,
  }));
  const content = JSON.stringify({ events });
  return /number (?:7|47) /.test(part) && part.length > 200
    ? { content: content.slice(0, -9), stop: 'length' }
    : { content };
}

beforeAll(async () => {
  database = await openTestDatabase('timeline');
  directory = await mkdtemp(path.join(os.tmpdir(), 'timeline-crash-'));
  model = await startModelServer();
  const { temporalAddress } = testServers();
  env = {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: temporalAddress!,
    ...model.env(),
  };
  connection = await Connection.connect({ address: temporalAddress! });
  client = new Client({ connection, namespace: NAMESPACE });
  worker = await startWorkerProcess('timeline', env);
});

afterAll(async () => {
  await worker?.stop();
  await connection?.close();
  await model?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

const generate = async (timelineId: string) => {
  const input: AITimelineGenerationInput = {
    timelineId,
    requestId: 'crash',
    topic: 'Assemblies',
    model: 'stub-1',
    budget: { maxTotalTokens: 1_000_000 },
    maxOutputTokensPerCall: 500,
    chunk: { maxChars: 300, overlapChars: 40 },
    sources: [{ sourceId: 'assemblies', title: 'Assemblies', tier: 1, kind: 'text', text }],
  };
  return client.workflow.start(WORKFLOW_TYPES.aiTimelineGeneration, {
    workflowId: generationWorkflowId({ timelineId, requestId: 'crash' }),
    taskQueue: TASK_QUEUE,
    args: [input],
  });
};
const events = async (timelineId: string) =>
  database.query<{ title: string; edtf: string }>(
    `select title, edtf from events where timeline_id = $1 and import_id is null order by edtf, title`,
    [timelineId],
  );
const count = async (sql: string, values: unknown[] = []): Promise<number> =>
  (await database.query<{ n: number }>(`select (${sql})::int as n`, values))[0]!.n;

test('ai-timeline 7, data-import 13: kill -9 in the middle of a generation and of an import of events loses nothing, doubles nothing and pays for no answer twice', async () => {
  model.answer = reply;
  const { exportRef: _, ...undisturbed } = (await (await generate('quiet')).result()) as AITimelineGenerationResult;
  const { total } = undisturbed.chunks;
  expect(undisturbed).toMatchObject({ status: 'completed', chunks: { done: total } });
  expect(undisturbed.calls).toBeGreaterThan(total);
  expect(model.calls).toHaveLength(undisturbed.calls);
  expect(await events('quiet')).toHaveLength(ASSEMBLIES);

  model.reset();
  model.answer = (call) => (model.calls.length > CALLS_BEFORE ? { hang: 'beforeHead' } : reply(call));
  const generation = await generate('crash');
  await model.until(({ length }) => length === CALLS_BEFORE + PARALLEL_CALLS, 'calls to be under way');
  await database.query(`insert into timelines (timeline_id, topic) values ('imported', 'Imported')`);
  const rows = 50_000;
  const file = [
    'date,title,quote,source_title',
    ...Array.from(
      { length: rows },
      (_, row) => `${1700 + (row % 300)},Event ${row},This is the quote of event ${row}.,Notes`,
    ),
  ].join('\n');
  const blob = await createBlobStore(env['BLOB_DIR']!).put(file);
  const load = await client.workflow.start(WORKFLOW_TYPES.dataImport, {
    workflowId: importWorkflowId({ tenant: 'timeline', importId: 'crash-events' }),
    taskQueue: TASK_QUEUE,
    args: [
      {
        importId: 'crash-events',
        userId: 'imported',
        accountId: 'imported',
        source: { ...blob, filename: 'events.csv' },
      },
    ],
  });
  await waitFor(
    async () => (await count(`select coalesce(max(validated_batches), 0) from imports`)) > 0,
    'the import to be on its way',
  );
  await worker.kill();
  // Answers about chunks that need another one.
  expect(await count(`select count(*) from extraction_answers where timeline_id = 'crash'`)).toBeGreaterThan(0);
  const importedBefore = await count(`select count(*) from events where import_id = 'crash-events'`);
  expect(importedBefore).toBeLessThan(rows);

  model.answer = reply;
  worker = await startWorkerProcess('timeline', env);
  const { exportRef: __, ...result } = (await generation.result()) as AITimelineGenerationResult;
  // The calls that were under way when the worker died are the only ones that are made again, inside of a chunk too.
  expect(model.calls).toHaveLength(undisturbed.calls + PARALLEL_CALLS);
  expect(result).toEqual(undisturbed);
  expect(await events('crash')).toEqual(await events('quiet'));
  expect(await count(`select count(*) from citations where timeline_id = 'crash'`)).toBe(
    await count(`select count(*) from citations where timeline_id = 'quiet'`),
  );

  expect(await load.result()).toMatchObject({ status: 'completed', rows, imported: rows, duplicates: 0, errors: 0 });
  expect(await count(`select count(*) from events where import_id = 'crash-events'`)).toBe(rows);
}, 240_000);
