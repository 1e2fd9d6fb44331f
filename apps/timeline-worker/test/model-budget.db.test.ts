import { setTimeout as delay } from 'node:timers/promises';
import { failureType } from '@backend/shared/failures';
import { createSharedPlaces } from '@backend/shared/pg';
import { type TestDatabase, recordMetrics } from '@backend/shared/testing';
import { failureOf } from '../../../test/support/failure-of';
import type { Deps } from '../src/activities';
import { TIMELINE_METRICS } from '../src/metrics';
import { CHUNKS, type ExtractionRig, attempt, startExtractionRig } from './extraction-rig';
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

/** The most that a call of the rig's request may use: a token for four bytes of all that is sent, and 1,000 of output. */
let mostOfCall: number;
beforeAll(async () => {
  await extract(await request('measured'));
  mostOfCall = Math.ceil(Math.max(...model.calls.map(({ bytes }) => bytes)) / 4) + 1000;
});

/** Each chunk takes a repair or two halves, and its events come in parts. */
function intricate(call: ModelCall): ModelReply {
  const full = sentencesAnswer(call);
  const year = Number(/ in (18\d\d)\./.exec(call.text)?.[1] ?? 1800);
  if (year % 3 === 0) return call.isRepair ? full : { content: 'Here they are.' };
  if (year % 3 === 1 && call.text.length > 150) return { content: '{"events":[', stop: 'length' };
  return full;
}
/** Four chunks with a repair, four of which one half has a repair too, and four of one call. */
const CALLS_OF_INTRICATE = 4 * 2 + 4 * 4 + 4;

test('ai-timeline 5, 7: an attempt that ends in the middle of chunks loses the calls under way and no answer', async () => {
  model.answer = intricate;
  const whole = await extract(await request('undisturbed'));
  const paid = model.paid().length;
  expect(whole.summary).toMatchObject({ chunks: { done: CHUNKS }, calls: paid, extracted: CHUNKS });

  const given = await request('disturbed');
  model.reset();
  let kills = 0;
  for (const stopAfter of [2, 3, 5, 8]) {
    const before = model.calls.length;
    const env = attempt(++kills);
    model.answer = (call) => (model.calls.length > before + stopAfter ? { hang: 'beforeHead' } : intricate(call));
    const running = extract(given, env);
    running.catch(() => undefined);
    await model.until((calls) => calls.length === before + stopAfter + 4, 'all lanes to hang');
    env.cancel('CANCELLED');
    await expect(running).rejects.toThrow('CANCELLED');
  }
  model.answer = intricate;
  const { summary } = await extract(given, attempt(++kills));
  expect(summary).toEqual(whole.summary);
  expect(model.paid()).toHaveLength(paid);
  expect(model.calls).toHaveLength(paid + 4 * 4);
  const read = async (timelineId: string) =>
    database.query(
      'select chunk_start, outcome, events, dropped from extraction_chunks where timeline_id = $1 order by 1',
      [timelineId],
    );
  expect(await read('disturbed')).toEqual(await read('undisturbed'));
  expect(await database.query('select 1 from extraction_answers')).toEqual([]);
});

test('ai-timeline 10: what a run stopped by its budget has paid for is not asked again', async () => {
  model.answer = intricate;
  const given = await request('extended', { budget: { maxTotalTokens: 2000 } });
  const poor = await extract(given);
  expect(poor.stopped).toBe('budget');
  expect(model.spent()).toBeLessThanOrEqual(2000);
  const { summary, stopped } = await extract({ ...given, addedTokens: 100_000 });
  expect([stopped, summary.calls, summary.tokens.in + summary.tokens.out]).toEqual([
    'done',
    model.calls.length,
    model.spent(),
  ]);
  expect(model.calls).toHaveLength(CALLS_OF_INTRICATE);
});

test('ai-timeline 10: calls that fit only if others use less wait for them, and all of the budget can be used', async () => {
  const enough = (CHUNKS - 1) * 120 + mostOfCall;
  const { stopped } = await extract(await request('tight', { budget: { maxTotalTokens: enough } }));
  expect([stopped, model.spent()]).toEqual(['done', CHUNKS * 120]);
});

test('ai-timeline 10: attempts side by side keep one budget, and what either was told is used by both', async () => {
  const given = await request('two-purses', { budget: { maxTotalTokens: 3000 } });
  model.answer = (call) => ({ ...sentencesAnswer(call), afterMs: 5, tokensIn: 100, tokensOut: 900 });
  const slices = await Promise.all([extract(given), extract(given, attempt(2)), extract(given, attempt(3))]);
  expect(slices.map(({ stopped }) => stopped)).toEqual(['budget', 'budget', 'budget']);
  expect(model.spent()).toBeLessThanOrEqual(3000);
  expect(model.spent()).toBeGreaterThan(0);
});

const GUJARATI = 'સંવત ૧૮૫૮માં ગામમાં નવું મંદિર બંધાયું અને લોકો આનંદ પામ્યા. ';
const otherBytes = (text: string) => Buffer.byteLength(text.replace(/\p{ASCII}/gu, ''));

test.each<[string, string, (call: ModelCall) => number]>([
  ['each byte is a token', '', ({ bytes }) => bytes],
  [
    'each byte of another script is a token, after some English',
    `${'It all began in 1801. '.repeat(85)}\n\n`,
    ({ bytes, text }) => Math.ceil((bytes - otherBytes(text)) / 4) + otherBytes(text),
  ],
])('ai-timeline 10: where %s, no lane takes the others over the budget', async (_what, start, tokensOf) => {
  const text = start + Array.from({ length: CHUNKS }, () => GUJARATI.repeat(30)).join('\n\n');
  const source = { sourceId: 'chronicle', title: 'Chronicle', tier: 1, kind: 'text', text } as const;
  model.answer = (call) => ({
    ...sentencesAnswer(call),
    // What English uses is known before anything else is.
    afterMs: otherBytes(call.text) > 0 ? 50 : 0,
    tokensIn: tokensOf(call),
    tokensOut: 1000,
  });
  for (const maxTotalTokens of [12_000, 20_000, 40_000]) {
    model.calls.length = 0;
    const given = await request(`gujarati-${start.length}-${maxTotalTokens}`, {
      budget: { maxTotalTokens },
      chunk: { maxChars: 2000, overlapChars: 0 },
      sources: [source],
    });
    expect(await extract(given)).toMatchObject({ stopped: 'budget' });
    expect(model.spent()).toBeLessThanOrEqual(maxTotalTokens);
    expect(model.spent()).toBeGreaterThan(0);
  }
});

test('ai-timeline 10: the cost has a limit of its own, which can be raised', async () => {
  // 100 tokens of input and 20 of output cost 140 millionths.
  const given = await request('cost', { budget: { maxTotalTokens: 1_000_000, maxCostMicroUsd: 4000 } });
  const { summary, stopped } = await extract(given);
  expect(stopped).toBe('budget');
  expect(summary.costMicroUsd).toBeGreaterThan(0);
  expect(summary.costMicroUsd).toBeLessThanOrEqual(4000);
  const more = await extract({ ...given, addedCostMicroUsd: 100_000 });
  expect(more).toMatchObject({ stopped: 'done', summary: { costMicroUsd: CHUNKS * 140 } });
});

test.each<[string, unknown]>([
  ['nothing', null],
  ['zeros', { prompt_tokens: 0, completion_tokens: 0 }],
  ['more than there can be', { prompt_tokens: 1e300, completion_tokens: 1e300 }],
  ['negative numbers', { prompt_tokens: -1e6, completion_tokens: -1e6 }],
])('ai-timeline 10: a provider that reports %s does not get around the budget', async (what, usage) => {
  const timelineId = `usage-${what.split(' ')[0]}`;
  const given = await request(timelineId, { budget: { maxTotalTokens: 5000 } });
  model.answer = (call) => ({ ...sentencesAnswer(call), usage, tokensIn: 60, tokensOut: 1000 });
  const { summary, stopped } = await extract(given);
  expect(stopped).toBe('budget');
  expect(summary.calls).toBe(model.calls.length);
  expect(model.spent()).toBeLessThanOrEqual(5000);
  expect(summary.tokens.in + summary.tokens.out).toBeLessThanOrEqual(5000);
  expect(
    await database.query('select distinct usage from extraction_calls where timeline_id = $1', [timelineId]),
  ).toEqual([{ usage: 'estimated' }]);
});

test('ai-timeline 10: calls that are lost count with the most that they may have used', async () => {
  const given = await request('lost', { budget: { maxTotalTokens: 10_000 } });
  model.answer = () => ({ reset: 'beforeHead' });
  let attempts = 0;
  for (let stopped = ''; stopped !== 'budget'; attempts += 1) {
    expect(attempts).toBeLessThan(10);
    stopped = await extract(given, attempt(attempts + 1)).then(
      (slice) => slice.stopped,
      (error: unknown) => String(failureType(error)),
    );
  }
  expect(model.calls).toHaveLength(Math.floor(10_000 / mostOfCall));
  // Once it answers, what was lost stays lost.
  model.answer = (call) => sentencesAnswer(call);
  expect(await extract({ ...given, addedTokens: 20_000 }, attempt())).toMatchObject({
    stopped: 'done',
    summary: { calls: CHUNKS, tokens: { in: CHUNKS * 100, out: CHUNKS * 20 } },
  });
});

test('ai-timeline 10: calls that the provider refuses cost nothing', async () => {
  const given = await request('refusing', { budget: { maxTotalTokens: (CHUNKS - 1) * 120 + mostOfCall } });
  model.answer = () => ({ status: 529 });
  for (const number of [1, 2, 3]) expect(await failureOf(extract(given, attempt(number)))).toBe('LlmUnavailable');
  model.answer = (call) => sentencesAnswer(call);
  expect(await extract(given)).toMatchObject({ stopped: 'done', summary: { calls: CHUNKS } });
});

test.each<[string, ModelReply, string]>([
  ['LlmAuth', { status: 401 }, 'refused'],
  ['LlmRejected', { status: 404 }, 'refused'],
  ['LlmRejected', { status: 400 }, 'refused'],
  ['LlmUnavailable', { status: 529 }, 'unavailable'],
])(
  'platform: a question that ends in %s (%j) counts as %s, and the series were there before it',
  async (failure, reply, outcome) => {
    const { metrics, read } = recordMetrics(TIMELINE_METRICS);
    const counted = () =>
      Object.entries(read())
        .filter(([name]) => name.startsWith('timeline_model_calls_total') && name.includes('provider="openai"'))
        .map(([name, value]) => [/outcome="(\w+)"/.exec(name)![1], value] as const);
    let before: ReturnType<typeof counted> | undefined;
    model.answer = () => {
      before ??= counted();
      return reply;
    };
    const given = await request(`counted-${reply.status}`);
    expect(await failureOf(extract(given, attempt(), { ...deps, metrics }))).toBe(failure);
    expect(before?.map(([, value]) => value)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(counted().filter(([, value]) => value > 0)).toEqual([[outcome, model.calls.length]]);
  },
);

test('ai-timeline 10: a limit of the cost needs prices', async () => {
  const free = {
    ...deps,
    extractors: model.extractors({ priceInMicroUsdPerMillion: 0, priceOutMicroUsdPerMillion: 0 }),
  };
  const budget = { maxTotalTokens: 1000, maxCostMicroUsd: 1000 };
  expect(await failureOf(request('priceless', { budget }, free))).toBe('InvalidInput');
});

test('ai-timeline 22: no more calls than allowed are under way at once, whichever request and whichever worker asks', async () => {
  const processes = [1, 2].map(() => createSharedPlaces({ url: database.workerUrl, applicationName: 'worker' }));
  const workers = processes.map((places) => ({ ...deps, extractors: model.extractors({ maxConcurrent: 3 }, places) }));
  let [underWay, most] = [0, 0];
  model.answer = async (call) => {
    most = Math.max(most, ++underWay);
    // So slow that others would be seen next to it, if there were any.
    await delay(50);
    underWay -= 1;
    return sentencesAnswer(call);
  };
  const given = await Promise.all([request('many-1'), request('many-2'), request('many-3')]);
  await Promise.all(given.map(async (one, index) => extract(one, attempt(), workers[index % 2])));
  await Promise.all(processes.map(async (places) => places.close()));
  expect([most, model.calls.length]).toEqual([3, 3 * CHUNKS]);
});
