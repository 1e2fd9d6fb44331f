import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
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
import { openTestDatabase, testServers } from '../test/support/servers';
import { waitFor } from '../test/support/wait';
import { type WorkerProcess, startWorkerProcess } from './stack';

const ASSEMBLIES = 60;
const ANSWER_MS = 400;
const PARALLEL_CALLS = 4;
let database: TestDatabase;
let directory: string;
let connection: Connection;
let client: Client;
let model: Server;
let worker: WorkerProcess;
let calls = 0;
let env: Record<string, string>;

/** A sentence for each year from 1801 on, and the year for each event that the model finds in it. */
const text = Array.from(
  { length: ASSEMBLIES },
  (_, index) => `On 3 March ${1801 + index} assembly number ${index} met in Gadhada to hear a discourse.`,
).join('\n\n');

beforeAll(async () => {
  database = await openTestDatabase('timeline');
  directory = await mkdtemp(path.join(os.tmpdir(), 'timeline-crash-'));
  model = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { messages } = JSON.parse(Buffer.concat(parts).toString()) as { messages: { content: string }[] };
    calls += 1;
    const events = [
      ...messages
        .at(-1)!
        .content.matchAll(/On (3 March (\d{4})) assembly number (\d+) met in Gadhada to hear a discourse\./g),
    ].map(([quote, dateText, year, number]) => ({
      title: `Assembly ${number} of ${year}`,
      summary: quote,
      dateText,
      places: ['Gadhada'],
      people: [],
      quotes: [quote],
      confidence: 0.9,
    }));
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: JSON.stringify({ events }) } }],
          usage: { prompt_tokens: 100, completion_tokens: 50 },
        }),
      );
    }, ANSWER_MS);
  });
  await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
  const { temporalAddress } = testServers();
  env = {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: temporalAddress!,
    LLM_PROVIDER: 'openai',
    LLM_BASE_URL: `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`,
    LLM_API_KEY: 'test',
    LLM_MODEL: 'stub',
    LLM_MAX_CONCURRENT: String(PARALLEL_CALLS),
  };
  connection = await Connection.connect({ address: temporalAddress! });
  client = new Client({ connection, namespace: NAMESPACE });
  worker = await startWorkerProcess('timeline', env);
});

afterAll(async () => {
  await worker?.stop();
  await connection?.close();
  model?.closeAllConnections();
  model?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

const generate = async (timelineId: string) => {
  const input: AITimelineGenerationInput = {
    timelineId,
    requestId: 'crash',
    topic: 'Assemblies',
    model: 'stub',
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

test('ai-timeline 7, data-import 13: kill -9 in the middle of a generation and of an import of events loses nothing, doubles nothing and pays no chunk twice', async () => {
  const undisturbed = (await (await generate('quiet')).result()) as AITimelineGenerationResult;
  const chunks = undisturbed.chunks.total;
  expect(chunks).toBeGreaterThan(3 * PARALLEL_CALLS);
  expect(await events('quiet')).toHaveLength(ASSEMBLIES);
  calls = 0;

  const generation = await generate('crash');
  const answered = async () => count(`select count(*) from extraction_chunks where timeline_id = 'crash'`);
  await waitFor(async () => (await answered()) >= 2, 'the first chunks to be answered');
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
  const answeredBefore = await answered();
  const importedBefore = await count(`select count(*) from events where import_id = 'crash-events'`);
  expect(importedBefore).toBeLessThan(rows);
  expect(answeredBefore).toBeLessThan(chunks);

  worker = await startWorkerProcess('timeline', env);
  const result = (await generation.result()) as AITimelineGenerationResult;
  expect(result).toMatchObject({ status: 'completed', chunks: { total: chunks, done: chunks, failed: 0 } });
  expect(answeredBefore).toBeGreaterThanOrEqual(2);
  // The calls that were under way when the worker died are the only ones that are made again.
  expect(calls).toBeLessThanOrEqual(chunks + PARALLEL_CALLS);
  expect(await events('crash')).toEqual(await events('quiet'));
  expect(await count(`select count(*) from citations where timeline_id = 'crash'`)).toBe(
    await count(`select count(*) from citations where timeline_id = 'quiet'`),
  );

  expect(await load.result()).toMatchObject({ status: 'completed', rows, imported: rows, duplicates: 0, errors: 0 });
  expect(await count(`select count(*) from events where import_id = 'crash-events'`)).toBe(rows);
}, 240_000);
