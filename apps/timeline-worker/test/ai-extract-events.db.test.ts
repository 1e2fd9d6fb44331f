import type { TestDatabase } from '@backend/shared/testing';
import { failureOf } from '../../../test/support/failure-of';
import type { Deps } from '../src/activities';
import { finishGeneration } from '../src/activities/finish-generation';
import { loadRequest } from '../src/activities/load-request';
import { createExtractors } from '../src/extraction';
import { finishRequest, readChunkEvents } from '../src/repositories';
import { CHUNKS, type ExtractionRig, HOUR_MS, attempt, startExtractionRig } from './extraction-rig';
import { type ModelCall, type ModelReply, type ModelServer, sentencesAnswer } from './model-server';

let rig: ExtractionRig;
let database: TestDatabase;
let model: ModelServer;
let deps: Deps;
let request: ExtractionRig['request'];
let extract: ExtractionRig['extract'];

beforeAll(async () => {
  rig = await startExtractionRig();
  ({ database, model, deps, request, extract } = rig);
});
beforeEach(() => model.reset());
afterAll(async () => rig.stop());

const storedChunks = async (timelineId: string) =>
  (await database.query('select 1 from extraction_chunks where timeline_id = $1', [timelineId])).length;

test('ai-timeline 7: a heartbeat comes at entry, before anything else', async () => {
  const given = await request('beats');
  const env = attempt();
  let callsAtFirstBeat: number | undefined;
  env.on('heartbeat', () => (callsAtFirstBeat ??= model.calls.length));
  await extract(given, env);
  expect(callsAtFirstBeat).toBe(0);
});

test('ai-timeline 7: after a crash in the middle the next attempt asks only for what has no answer', async () => {
  const given = await request('crash');
  let answers = 0;
  model.answer = (call) => (++answers > 5 ? { status: 429, headers: { 'retry-after': '1' } } : sentencesAnswer(call));
  expect(await failureOf(extract(given))).toBe('LlmUnavailable');
  const done = await storedChunks('crash');
  expect(done).toBe(5);

  model.reset();
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
  const env = attempt();
  model.answer = (call) => (model.calls.length <= 3 ? sentencesAnswer(call) : { hang: 'beforeHead' });
  const running = extract(given, env);
  running.catch(() => undefined);
  await model.until((calls) => calls.length === 7, 'four calls to hang');
  env.cancel('CANCELLED');
  await expect(running).rejects.toThrow('CANCELLED');
  await model.until(() => model.aborted() === 4, 'the connections to end');
  expect(await storedChunks('cancel')).toBe(3);
});

test('ai-timeline 8: one chunk that never gets an answer does not hold up the others', async () => {
  const given = await request('poison');
  model.answer = (call) => (call.text.includes('1801') ? { status: 500 } : sentencesAnswer(call));
  expect(await failureOf(extract(given))).toBe('LlmUnavailable');
  expect(await storedChunks('poison')).toBe(CHUNKS - 1);
  // After more than an hour it is given up, and counts as failed.
  const { summary } = await extract(given, attempt(30, 1.5 * HOUR_MS));
  expect(summary.chunks).toEqual({ total: CHUNKS, done: CHUNKS - 1, failed: 1, refused: 0 });
});

test('ai-timeline 8: chunks that get no answer do not keep those behind them from being asked', async () => {
  const given = await request('poisoned-front');
  const poisoned = ['1800', '1801', '1802', '1803'];
  model.answer = (call) =>
    poisoned.some((year) => call.text.includes(year)) ? { reset: 'beforeHead' } : sentencesAnswer(call);
  for (const number of [1, 2, 3]) expect(await failureOf(extract(given, attempt(number)))).toBe('LlmUnavailable');
  expect(await storedChunks('poisoned-front')).toBe(CHUNKS - poisoned.length);
});

test('ai-timeline 9: a provider that is down is left alone after a few calls, and nothing is given up', async () => {
  const given = await request('down');
  model.answer = () => ({ status: 503 });
  expect(await failureOf(extract(given))).toBe('LlmUnavailable');
  expect(model.calls.length).toBeLessThanOrEqual(7);
  expect(await failureOf(extract(given, attempt(30, 1.9 * HOUR_MS)))).toBe('LlmUnavailable');
  expect(await storedChunks('down')).toBe(0);
});

test('ai-timeline 9: a delay that outlasts the activity is waited for by the workflow', async () => {
  const given = await request('long-delay');
  model.answer = () => ({ status: 429, headers: { 'retry-after': '900' } });
  expect(await failureOf(extract(given))).toBe('LlmUnavailable');
  expect(await extract(given, attempt(8, 1.7 * HOUR_MS))).toMatchObject({ stopped: 'quota', resumeAfterMs: 900_000 });
});

test('ai-timeline 9: a provider that takes no question at all ends the run, and no chunk counts as failed', async () => {
  const given = await request('misconfigured');
  model.answer = () => ({ status: 400, error: { message: 'response_format is unavailable' } });
  expect(await failureOf(extract(given))).toBe('LlmRejected');
  expect(model.calls.length).toBeLessThanOrEqual(7);
  expect(await storedChunks('misconfigured')).toBe(0);
});

test('ai-timeline 8: chunks that the provider does not take fail alone, wherever they stand', async () => {
  const given = await request('untaken');
  model.answer = (call) =>
    ['1800', '1801', '1802'].some((year) => call.text.includes(year))
      ? { status: 422 }
      : { ...sentencesAnswer(call), afterMs: 50 };
  const { summary } = await extract(given);
  expect(summary).toMatchObject({ chunks: { total: CHUNKS, done: CHUNKS - 3, failed: 3 }, calls: CHUNKS - 3 });
});

test.each(['openai', 'anthropic'] as const)(
  'ai-timeline 8, 23: %s: unreadable successes are asked about twice and fail their chunks alone',
  async (provider) => {
    const given = await request(`unreadable-${provider}`);
    const bodies: Record<string, ModelReply> = {
      1800: { body: '<html>' },
      1801: { body: 'null' },
      1802: { body: '{"choices":[null],"content":[null]}' },
      1803: { reset: 'afterHead' },
      1804: { content: 'no events' },
    };
    model.answer = (call) => bodies[/ in (18\d\d)\./.exec(call.text)![1]!] ?? sentencesAnswer(call);
    const { summary } = await extract(given, attempt(), { ...deps, extractors: model.extractors({ provider }) });
    expect(summary).toMatchObject({
      extractor: `${provider}:stub-1`,
      chunks: { total: CHUNKS, done: CHUNKS - 5, failed: 5, refused: 0 },
      calls: CHUNKS + 5,
      extracted: CHUNKS - 5,
    });
    expect(model.calls).toHaveLength(CHUNKS + 5);
  },
);

test('ai-timeline 7: cancelling also ends the wait for a place behind the calls of others', async () => {
  const shared = { ...deps, extractors: model.extractors({ maxConcurrent: 1 }) };
  model.answer = () => ({ hang: 'beforeHead' });
  const [first, second] = [attempt(), attempt()];
  const hanging = extract(await request('hanging'), first, shared);
  hanging.catch(() => undefined);
  await model.until((calls) => calls.length === 1, 'the first call');
  const waiting = extract(await request('waiting'), second, shared);
  second.cancel('CANCELLED');
  await expect(waiting).rejects.toThrow('CANCELLED');
  expect([model.calls.length, model.aborted()]).toEqual([1, 0]);
  first.cancel('CANCELLED');
  await expect(hanging).rejects.toThrow('CANCELLED');
});

test('ai-timeline 5: two attempts side by side store each answer once', async () => {
  const given = await request('zombie');
  await Promise.all([extract(given), extract(given)]);
  expect(await storedChunks('zombie')).toBe(CHUNKS);
  // Both may ask the same before one of them has an answer; what is answered is not asked again.
  expect(model.calls.length).toBeLessThan(2 * CHUNKS);
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

/** The chunk of 1801 is cut off however small its parts are; the event that it has is read. */
function cutOff(call: ModelCall): ModelReply {
  const full = sentencesAnswer(call);
  const isCut = call.text.includes('1801') || !/ in \d{4}\./.test(call.text);
  return isCut ? { content: full.content!.replace(/\]\}$/, ''), stop: 'length' } : full;
}

test('ai-timeline 8: a chunk that fails for one request has failed for all that were under way, and those to come ask again', async () => {
  model.answer = cutOff;
  const [first, second] = [await request('overlap'), await request('overlap', { requestId: 'r2' })];
  const paid = (await extract(first)).summary;
  expect(paid).toMatchObject({ chunks: { total: CHUNKS, done: CHUNKS - 1, failed: 1 }, remainingChunks: 0 });
  const calls = model.calls.length;
  const shared = (await extract(second)).summary;
  expect(shared).toMatchObject({ ...paid, calls: 0, cachedCalls: CHUNKS, tokens: { in: 0, out: 0 }, costMicroUsd: 0 });
  expect(model.calls).toHaveLength(calls);

  const third = await request('overlap', { requestId: 'r3' });
  expect((await extract(third)).summary).toMatchObject({
    chunks: paid.chunks,
    calls: calls - (CHUNKS - 1),
    cachedCalls: CHUNKS - 1,
  });
  for (const [given, summary] of [
    [first, paid],
    [second, shared],
  ] as const) {
    const again = (await extract(given)).summary;
    expect([again.chunks, again.remainingChunks, again.extracted]).toEqual([summary.chunks, 0, summary.extracted]);
  }
  expect(model.calls).toHaveLength(2 * calls - (CHUNKS - 1));

  const readBy = async (requestId: string) =>
    database.scope('overlap', async (tx) => {
      const { units } = await loadRequest(deps, tx, requestId);
      return readChunkEvents(tx, { requestId, cacheKeys: units.map(({ cacheKey }) => cacheKey) });
    });
  const parts = await readBy('r1');
  expect(parts).toHaveLength(CHUNKS);
  expect(parts.flatMap(({ events }) => events.map(({ dateText }) => dateText))).toContain('1801');
  expect(await readBy('r2')).toEqual(parts);
});

test('ai-timeline 8: requests side by side that fail the same chunk both count it, and a request that failed asks again', async () => {
  model.answer = cutOff;
  const given = [await request('abreast'), await request('abreast', { requestId: 'r2' })];
  for (const { summary } of await Promise.all(given.map(async (one) => extract(one))))
    expect(summary.chunks).toEqual({ total: CHUNKS, done: CHUNKS - 1, failed: 1, refused: 0 });
  await database.scope('abreast', async (tx) => finishRequest(tx, { requestId: 'r1', status: 'failed', result: null }));
  model.answer = (call) => sentencesAnswer(call);
  expect((await extract(await request('abreast'))).summary.chunks.done).toBe(CHUNKS);
});

test('ai-timeline 21: a run whose model the worker no longer has ends with what it has used', async () => {
  const given = await request('orphaned');
  await extract(given);
  const withoutProvider = { ...deps, extractors: createExtractors({ provider: 'rules', maxConcurrent: 4 }) };
  const result = await finishGeneration(withoutProvider, {
    timelineId: 'orphaned',
    requestId: 'r1',
    model: 'stub-1',
    status: 'failed',
    sources: { ok: 1, failed: [] },
    stored: { rejected: {}, merged: 0, conflicts: 0, published: 0, needsReview: 0, exportRef: null },
  });
  expect(result).toMatchObject({
    status: 'failed',
    extractor: 'stub-1',
    calls: CHUNKS,
    tokens: { in: CHUNKS * 100, out: CHUNKS * 20 },
    costMicroUsd: CHUNKS * 140,
  });
  expect(
    await database.query('select status, result from generation_requests where timeline_id = $1', ['orphaned']),
  ).toEqual([{ status: 'failed', result: JSON.parse(JSON.stringify(result)) }]);
});

test('common rules: a request id that comes again with other settings is a conflict', async () => {
  await request('conflict');
  await expect(request('conflict', { passes: 2 })).rejects.toMatchObject({ type: 'IdempotencyConflict' });
});
