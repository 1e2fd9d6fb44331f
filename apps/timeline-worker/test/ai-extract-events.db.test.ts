import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createBlobStore } from '@backend/shared/blob';
import { failureType } from '@backend/shared/failures';
import { createGuardedFetch } from '@backend/shared/http';
import type { TestDatabase } from '@backend/shared/testing';
import { MockActivityEnvironment } from '@temporalio/testing';
import pino from 'pino';
import { openTestDatabase } from '../../../test/support/servers';
import type { Deps } from '../src/activities';
import { type ExtractionSlice, aiExtractEvents } from '../src/activities/ai-extract-events';
import { fetchHistoricalSources } from '../src/activities/fetch-historical-sources';
import type { AITimelineGenerationInput } from '../src/contract';
import { resolveInput } from '../src/workflows/generation-input';
import { type StubModel, sentencesAnswer, startStubModel } from './stub-model';

let database: TestDatabase;
let directory: string;
let model: StubModel;
let deps: Deps;

beforeAll(async () => {
  database = await openTestDatabase('timeline');
  directory = await mkdtemp(path.join(os.tmpdir(), 'timeline-db-'));
  model = await startStubModel();
  deps = {
    scope: database.scope,
    blobs: createBlobStore(directory),
    fetch: createGuardedFetch({ allowHosts: [] }),
    extractors: model.extractors,
    importDirectory: directory,
    log: pino({ level: 'silent' }),
  };
});
beforeEach(() => {
  model.calls.length = 0;
  model.aborted = 0;
  model.answer = (call) => sentencesAnswer(call);
});
afterAll(async () => {
  await model.site.close();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

const CHUNKS = 12;
const TEXT = Array.from(
  { length: CHUNKS },
  (_, index) =>
    `${'The chronicle tells of quiet years and good harvests. '.repeat(3)}The house number ${index} was finished in ${1800 + index}.`,
).join('\n\n');

/** A request whose source is fetched. */
async function request(timelineId: string, change: Partial<AITimelineGenerationInput> = {}) {
  const input: AITimelineGenerationInput = {
    timelineId,
    requestId: 'r1',
    topic: 'A town',
    model: 'stub-1',
    budget: { maxTotalTokens: 1_000_000 },
    maxOutputTokensPerCall: 1000,
    chunk: { maxChars: 240, overlapChars: 0 },
    sources: [{ sourceId: 'chronicle', title: 'Chronicle', tier: 1, kind: 'text', text: TEXT }],
    ...change,
  };
  await new MockActivityEnvironment().run(async () =>
    fetchHistoricalSources(deps, { settings: resolveInput(input), sources: input.sources }),
  );
  return { timelineId, requestId: input.requestId, addedTokens: 0 };
}

const extract = async (given: Awaited<ReturnType<typeof request>>, env = new MockActivityEnvironment()) =>
  (await env.run(async () => aiExtractEvents(deps, given))) as ExtractionSlice;
const storedChunks = async (timelineId: string) =>
  (await database.query('select 1 from extraction_chunks where timeline_id = $1', [timelineId])).length;

test('ai-timeline 7: a heartbeat comes at entry, before anything else', async () => {
  const given = await request('beats');
  const env = new MockActivityEnvironment();
  let callsAtFirstBeat: number | undefined;
  env.on('heartbeat', () => (callsAtFirstBeat ??= model.calls.length));
  await extract(given, env);
  expect(callsAtFirstBeat).toBe(0);
});

test('ai-timeline 7: after a crash in the middle the next attempt asks only for what has no answer', async () => {
  const given = await request('crash');
  let answers = 0;
  model.answer = (call) => (++answers > 5 ? { status: 429, headers: { 'retry-after': '1' } } : sentencesAnswer(call));
  const error: unknown = await extract(given).catch((reason: unknown) => reason);
  expect(failureType(error)).toBe('LlmUnavailable');
  const done = await storedChunks('crash');
  expect(done).toBe(5);

  model.calls.length = 0;
  model.answer = (call) => sentencesAnswer(call);
  const { summary, chunksBefore, stopped } = await extract(given);
  expect(chunksBefore).toBe(5);
  expect(model.calls).toHaveLength(CHUNKS - 5);
  expect(stopped).toBe('done');
  expect(summary).toMatchObject({
    chunks: { total: CHUNKS, done: CHUNKS },
    calls: CHUNKS,
    cachedCalls: 0,
    extracted: CHUNKS,
  });
});

test('ai-timeline 7: cancelling ends the calls under way at once and keeps what is stored', async () => {
  const given = await request('cancel');
  const env = new MockActivityEnvironment();
  let hanging = 0;
  const hung = new Promise<void>((resolve) => {
    model.answer = (call) => {
      if (model.calls.length <= 3) return sentencesAnswer(call);
      hanging += 1;
      if (hanging === 4) resolve();
      return { hang: true };
    };
  });
  const running = extract(given, env);
  await hung;
  const before = Date.now();
  env.cancel('CANCELLED');
  await expect(running).rejects.toThrow('CANCELLED');
  expect(Date.now() - before).toBeLessThan(2000);
  expect(await storedChunks('cancel')).toBe(3);
});

test('one chunk that never gets an answer does not hold up the others', async () => {
  const given = await request('poison');
  model.answer = (call) => (call.text.includes('1801') ? { status: 500 } : sentencesAnswer(call));
  expect(failureType(await extract(given).catch((reason: unknown) => reason))).toBe('LlmUnavailable');
  expect(await storedChunks('poison')).toBe(CHUNKS - 1);
  // After most of an hour of attempts it is given up, and counts as failed.
  const { summary } = await extract(given, new MockActivityEnvironment({ attempt: 30 }));
  expect(summary.chunks).toEqual({ total: CHUNKS, done: CHUNKS - 1, failed: 1, refused: 0 });
});

test('a provider that is down is left alone after a few calls', async () => {
  const given = await request('down');
  model.answer = () => ({ status: 503 });
  expect(failureType(await extract(given).catch((reason: unknown) => reason))).toBe('LlmUnavailable');
  expect(model.calls.length).toBeLessThanOrEqual(7);
});

test('ai-timeline 5: two attempts side by side store each answer once', async () => {
  const given = await request('zombie');
  await Promise.all([extract(given), extract(given)]);
  expect(await storedChunks('zombie')).toBe(CHUNKS);
});

test('ai-timeline 5: another model, prompt or pass is another question; a failed chunk is asked again by the next request', async () => {
  model.answer = (call) => (call.text.includes('1802') ? { status: 400 } : sentencesAnswer(call));
  const first = await extract(await request('cache', { passes: 2 }));
  expect(first.summary).toMatchObject({
    chunks: { total: 2 * CHUNKS, done: 2 * CHUNKS - 2, failed: 2 },
    calls: 2 * CHUNKS - 2,
    cachedCalls: 0,
  });
  model.answer = (call) => sentencesAnswer(call);
  const second = await extract(await request('cache', { requestId: 'r2' }));
  expect(second.summary).toMatchObject({
    chunks: { total: CHUNKS, done: CHUNKS, failed: 0 },
    calls: 1,
    cachedCalls: CHUNKS - 1,
  });
  const third = await extract(await request('cache', { requestId: 'r3', model: 'stub-2' }));
  expect(third.summary).toMatchObject({ calls: CHUNKS, cachedCalls: 0 });
});

test('common rules: a request id that comes again with other settings is a conflict', async () => {
  await request('conflict');
  await expect(request('conflict', { passes: 2 })).rejects.toMatchObject({ type: 'IdempotencyConflict' });
});

test('platform: rows of one timeline are hidden from every other, and without a timeline nothing is seen', async () => {
  await extract(await request('mine'));
  const tables = [
    'timelines',
    'sources',
    'source_texts',
    'generation_requests',
    'request_sources',
    'extraction_chunks',
    'extraction_calls',
    'events',
    'citations',
    'event_conflicts',
    'rejections',
    'review_decisions',
  ];
  for (const table of tables) {
    const foreign = await database.scope('theirs', async (tx) => (await tx.query(`select 1 from ${table}`)).rowCount);
    expect([table, foreign]).toEqual([table, 0]);
    await expect(database.pool.query(`select 1 from ${table}`)).rejects.toThrow();
  }
  await expect(
    database.scope('theirs', async (tx) => tx.query(`insert into timelines (timeline_id, topic) values ('mine', 'x')`)),
  ).rejects.toThrow();
});
