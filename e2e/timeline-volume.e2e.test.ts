import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createBlobStore } from '@backend/shared/blob';
import { type TestDatabase, fetchRuns } from '@backend/shared/testing';
import { Client, Connection } from '@temporalio/client';
import {
  type AITimelineGenerationInput,
  type AITimelineGenerationResult,
  LIMITS,
  TASK_QUEUE,
  WORKFLOW_TYPES,
  generationWorkflowId,
} from '../apps/timeline-worker/src/contract';
import { openTestDatabase, testServers } from '../test/support/servers';
import { type WorkerProcess, startWorkerProcess } from './stack';
import { volumeText } from './volume-samples';

const NAMESPACE = 'timeline-volume';
const SOURCES = 50;
/** Makes nearly as many events as a run may have. */
const SENTENCES_TO_A_DATE = 8;
const RSS_MAX_MIB = 400;
const PAYLOAD_MAX_BYTES = 128 * 1024;
const EVENTS_MAX = 5000;

let database: TestDatabase;
let directory: string;
let connection: Connection;
let client: Client;
let worker: WorkerProcess;

beforeAll(async () => {
  database = await openTestDatabase('timeline');
  directory = await mkdtemp(path.join(os.tmpdir(), 'timeline-volume-'));
  const { temporalAddress } = testServers();
  connection = await Connection.connect({ address: temporalAddress! });
  client = new Client({ connection, namespace: NAMESPACE });
  worker = await startWorkerProcess('timeline', {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: temporalAddress!,
    TEMPORAL_NAMESPACE: NAMESPACE,
  });
});

afterAll(async () => {
  await worker?.stop();
  await connection?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

/** The most memory that a process has ever had resident, as the kernel counts it, in MiB. */
async function peakRssMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)![1]) / 1024;
}

/** Bytes of every payload in a history. */
function payloadSizes(value: unknown): number[] {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return [];
  const { data } = value as { data?: unknown };
  if (data instanceof Uint8Array) return [data.byteLength];
  return Object.values(value).flatMap(payloadSizes);
}

test('ai-timeline 3, 4, 22, 23: 5 MiB of sources are read by the rules in a worker below 400 MiB, and the histories stay small', async () => {
  const texts = Array.from({ length: SOURCES }, (_, index) => volumeText(index, SENTENCES_TO_A_DATE));
  const chars = texts.reduce((sum, text) => sum + text.length, 0);
  expect(chars).toBeGreaterThan(0.95 * LIMITS.textChars);
  expect(chars).toBeLessThanOrEqual(LIMITS.textChars);
  const blobs = createBlobStore(path.join(directory, 'blobs'));
  const sources = [];
  for (const [index, text] of texts.entries()) {
    const { ref } = await blobs.put(text);
    sources.push({
      sourceId: `record-${index}`,
      title: `Record ${index}`,
      tier: ((index % 3) + 1) as 1 | 2 | 3,
      kind: 'blob' as const,
      ref,
      mediaType: 'text/plain',
    });
  }
  const input: AITimelineGenerationInput = { timelineId: 'volume', requestId: 'all', topic: 'Records', sources };
  const handle = await client.workflow.start(WORKFLOW_TYPES.aiTimelineGeneration, {
    workflowId: generationWorkflowId(input),
    taskQueue: TASK_QUEUE,
    args: [input],
  });
  const result = (await handle.result()) as AITimelineGenerationResult;
  const peak = await peakRssMiB(worker.pid);

  const runs = await fetchRuns(client.workflow, {
    workflowId: handle.workflowId,
    runId: handle.firstExecutionRunId,
  });
  const payloads = runs.flatMap(payloadSizes);
  expect(result).toMatchObject({ status: 'completed', extractor: 'rules', sources: { ok: SOURCES, failed: [] } });
  expect(result.chunks).toMatchObject({ done: result.chunks.total, failed: 0, refused: 0 });
  const events = result.published + result.needsReview;
  expect(events).toBeGreaterThan(0.6 * LIMITS.events);
  expect(events).toBeLessThanOrEqual(LIMITS.events);
  expect(runs.length).toBeGreaterThan(1);
  for (const run of runs) expect(run.events!.length).toBeLessThanOrEqual(EVENTS_MAX);
  expect(Math.max(...payloads)).toBeLessThanOrEqual(PAYLOAD_MAX_BYTES);
  expect(peak).toBeLessThan(RSS_MAX_MIB);
}, 300_000);
