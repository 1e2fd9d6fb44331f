import { failureType } from '@backend/shared/failures';
import {
  type AITimelineGenerationInput,
  type AITimelineGenerationResult,
  GENERATION_HANDLERS,
  WORKFLOW_TYPES,
  generationWorkflowId,
} from '../src/contract';
import { failureOf } from '../../../test/support/failure-of';
import { type ModelServer, SECRET_KEY, sentencesAnswer, startModelServer } from './model-server';
import { type TimelineRig, startTimelineRig } from './support';
import { reach, townInput } from './town';

let rig: TimelineRig;
let model: ModelServer;

beforeAll(async () => {
  model = await startModelServer();
  rig = await startTimelineRig({ deps: { extractors: model.extractors() } });
});
beforeEach(() => model.reset());
afterEach(async () => rig.verify());
afterAll(async () => {
  await rig.stop();
  await model.close();
});

const options = (given: AITimelineGenerationInput) => ({ workflowId: generationWorkflowId(given), args: [given] });
const run = async (given: AITimelineGenerationInput) =>
  rig.execute<AITimelineGenerationResult>(WORKFLOW_TYPES.aiTimelineGeneration, options(given));

test('ai-timeline 3: when no source can be read the run ends with what is wrong, and no model is asked', async () => {
  const sources: AITimelineGenerationInput['sources'] = [
    { sourceId: 'inside', title: 'Inside', tier: 1, kind: 'url', uri: 'http://10.0.0.1/' },
    { sourceId: 'missing', title: 'Missing', tier: 1, kind: 'blob', ref: 'file:missing.txt' },
  ];
  expect(await failureOf(run(townInput('unread', { sources })))).toBe('NoUsableSources');
  expect(model.calls).toEqual([]);
});

test('ai-timeline 5, 21: each chunk is asked about once, with the source in the user message only', async () => {
  const result = await run(townInput('once'));
  expect(result).toMatchObject({
    status: 'completed',
    extractor: 'openai:stub-1',
    chunks: { total: 10, done: 10, failed: 0, refused: 0 },
    calls: 10,
    tokens: { in: 1000, out: 200 },
    costMicroUsd: 10 * (100 + 40),
    extracted: 10,
    published: 10,
    needsReview: 0,
    rejected: {},
  });
  expect(new Set(model.calls.map(({ system }) => system)).size).toBe(1);
  expect(model.calls[0]!.system).not.toContain('chronicle');
  expect(model.calls.map(({ text }) => text).toSorted()).toEqual(
    expect.arrayContaining([expect.stringContaining('1800')]),
  );
  expect(model.calls[0]!.headers.authorization).toBe(`Bearer ${SECRET_KEY}`);
});

test('ai-timeline 8: an answer that does not fit is asked for once more; bad items are dropped and good ones kept', async () => {
  model.answer = (call) => {
    if (call.text.includes('1803') && !call.isRepair) return { content: 'I am sorry, here are the events: none' };
    if (call.text.includes('1804')) return sentencesAnswer(call, (event) => ({ ...event, confidence: 'high' }));
    return sentencesAnswer(call);
  };
  const result = await run(townInput('repair'));
  // 1803 is mended by its repair; 1804 stays wrong, so its chunk has failed; both cost one call more.
  expect(result).toMatchObject({
    status: 'completed_with_errors',
    calls: 12,
    chunks: { total: 10, done: 9, failed: 1, refused: 0 },
    extracted: 9,
  });
});

test('ai-timeline 8: a refusal makes its chunk refused, and outcomes sum to the number of chunks', async () => {
  model.answer = (call) => (call.text.includes('1805') ? { stop: 'refusal', content: '' } : sentencesAnswer(call));
  const { chunks, status } = await run(townInput('refusal'));
  expect({ chunks, status }).toEqual({
    chunks: { total: 10, done: 9, failed: 0, refused: 1 },
    status: 'completed_with_errors',
  });
});

test('ai-timeline 8: an answer that is cut off keeps its complete items and asks about both halves', async () => {
  model.answer = (call) => {
    const full = sentencesAnswer(call);
    if (!call.text.includes('1806') || call.text.length < 150) return full;
    return { ...full, stop: 'length', content: full.content!.slice(0, -4) };
  };
  const result = await run(townInput('halves'));
  expect(result).toMatchObject({ status: 'completed', chunks: { total: 10, done: 10 }, published: 10 });
  expect(result.calls).toBeGreaterThanOrEqual(12);
});

test('ai-timeline 9: a Retry-After is waited for and stored answers are not paid for twice', async () => {
  let limited = 0;
  model.answer = (call) =>
    call.text.includes('1807') && limited++ < 2
      ? { status: 429, headers: { 'retry-after': '600' } }
      : sentencesAnswer(call);
  const before = await rig.env.currentTimeMs();
  const result = await run(townInput('limited'));
  expect(result).toMatchObject({ status: 'completed', calls: 10, published: 10 });
  expect(model.calls).toHaveLength(12);
  expect((await rig.env.currentTimeMs()) - before).toBeGreaterThanOrEqual(2 * 600_000);
});

test('ai-timeline 9: a used-up quota is a state with a timer, or until resume', async () => {
  let quota = 0;
  model.answer = (call) =>
    call.text.includes('1800') && quota++ < 1
      ? { status: 429, error: { code: 'insufficient_quota' } }
      : sentencesAnswer(call);
  const handle = await rig.start(WORKFLOW_TYPES.aiTimelineGeneration, options(townInput('quota')));
  await reach(handle, 'waitingQuota');
  await handle.signal(GENERATION_HANDLERS.resume);
  expect(await handle.result()).toMatchObject({ status: 'completed', published: 10 });
});

test('ai-timeline 9: a refused key ends the run after one attempt and is in no message', async () => {
  model.answer = () => ({ status: 401, error: { type: 'invalid_request_error' } });
  const error: unknown = await run(townInput('auth')).catch((reason: unknown) => reason);
  expect(failureType(error)).toBe('LlmAuth');
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(SECRET_KEY);
  // As many as run side by side, none of them again.
  expect(model.calls.length).toBeLessThanOrEqual(4);
});

test('ai-timeline 9: when the provider takes no question, the run ends after a few', async () => {
  model.answer = () => ({ status: 400 });
  expect(await failureOf(run(townInput('misconfigured')))).toBe('LlmRejected');
  expect(model.calls.length).toBeLessThanOrEqual(7);
});

test('ai-timeline 8: when no chunk can be read, the run fails and says so', async () => {
  model.answer = () => ({ content: 'There is nothing to say.' });
  expect(await failureOf(run(townInput('unreadable')))).toBe('ExtractionFailed');
});

test('ai-timeline 10: an exhausted budget stores what is done, lists what remains and goes on with more', async () => {
  // A call holds some 900 tokens of question and 1,000 of output back, and then uses 120.
  const handle = await rig.start(
    WORKFLOW_TYPES.aiTimelineGeneration,
    options(townInput('budget', { budget: { maxTotalTokens: 2400 } })),
  );
  const state = await reach(handle, 'budgetExhausted');
  expect(state.chunksDone).toBeGreaterThan(0);
  expect(state.tokens.in + state.tokens.out).toBeLessThanOrEqual(2400);
  expect(state.remaining).toHaveLength(10 - state.chunksDone);
  expect(await rig.database.query('select 1 from events where timeline_id = $1', ['budget'])).toHaveLength(
    state.chunksDone,
  );
  await handle.executeUpdate(GENERATION_HANDLERS.addBudget, { args: [{ tokens: 100_000 }] });
  expect(await handle.result()).toMatchObject({ status: 'completed', calls: 10, published: 10, remainingChunks: 0 });
});

test('ai-timeline 10: after seven days without more the run ends with what it has', async () => {
  const handle = await rig.start(
    WORKFLOW_TYPES.aiTimelineGeneration,
    options(townInput('poor', { budget: { maxTotalTokens: 10 } })),
  );
  const result: unknown = await handle.result();
  const { events } = await handle.fetchHistory();
  const waits = events!.flatMap(({ timerStartedEventAttributes: timer }) => (timer ? [timer.startToFireTimeout!] : []));
  expect(waits.map(({ seconds }) => Number(seconds))).toEqual([7 * 24 * 3600]);
  expect(result).toMatchObject({
    status: 'budget_exhausted',
    calls: 0,
    remainingChunks: 10,
    published: 0,
    exportRef: expect.anything(),
  });
});

test('ai-timeline 10: budget that is added on the sixth day goes on with the run', async () => {
  const handle = await rig.start(
    WORKFLOW_TYPES.aiTimelineGeneration,
    options(townInput('sixth-day', { budget: { maxTotalTokens: 10 } })),
  );
  await reach(handle, 'budgetExhausted');
  await rig.env.sleep('6 days');
  await handle.executeUpdate(GENERATION_HANDLERS.addBudget, { args: [{ tokens: 100_000 }] });
  expect(await handle.result()).toMatchObject({ status: 'completed', calls: 10, published: 10 });
});

test('ai-timeline 7, 21: a run that is cancelled while paused keeps what is done and says cancelled', async () => {
  const given = townInput('cancelled', { budget: { maxTotalTokens: 2400 } });
  const handle = await rig.start(WORKFLOW_TYPES.aiTimelineGeneration, options(given));
  const { chunksDone } = await reach(handle, 'budgetExhausted');
  await handle.cancel();
  expect(await handle.result()).toMatchObject({ status: 'cancelled', chunks: { total: 10, done: chunksDone } });
  expect(
    await rig.database.query('select status from generation_requests where timeline_id = $1', ['cancelled']),
  ).toEqual([{ status: 'cancelled' }]);
});

test('ai-timeline 11, 12: events that the text does not bear out are rejected and counted by code', async () => {
  model.answer = (call) =>
    sentencesAnswer(call, (event) => {
      if (call.text.includes('1800'))
        return { ...event, quotes: ['The bridge was swept away by a great flood of the river.'] };
      if (call.text.includes('1801')) return { ...event, dateText: '1701' };
      if (call.text.includes('1802')) return { ...event, quotes: ['too short'] };
      return event;
    });
  const result = await run(townInput('rejected'));
  expect(result).toMatchObject({
    status: 'completed',
    extracted: 10,
    published: 7,
    rejected: { UngroundedQuote: 1, DateNotSupported: 1, QuoteTooShort: 1 },
  });
  expect(
    await rig.database.query('select code from rejections where timeline_id = $1 order by code', ['rejected']),
  ).toEqual([{ code: 'DateNotSupported' }, { code: 'QuoteTooShort' }, { code: 'UngroundedQuote' }]);
});

test('ai-timeline 16, 18: what people decide and edit stays through later runs, whatever words the model finds', async () => {
  const result = await run(townInput('people', { review: 'all' }));
  expect(result).toMatchObject({ published: 0, needsReview: 10 });
  const [first, second, third] = await rig.database.query<{ event_id: string }>(
    'select event_id from events where timeline_id = $1 order by sort_min',
    ['people'],
  );
  const handle = await rig.start(
    WORKFLOW_TYPES.aiTimelineGeneration,
    options(townInput('people', { requestId: 'waits', budget: { maxTotalTokens: 1 }, model: 'stub-2' })),
  );
  await reach(handle, 'budgetExhausted');
  const decide = async (decision: unknown) => handle.executeUpdate(GENERATION_HANDLERS.decide, { args: [decision] });
  await decide({
    eventId: first!.event_id,
    action: 'edit',
    patch: { title: 'The bridge is open', date: '1 June 1800' },
    user: 'reviewer',
  });
  await decide({ eventId: first!.event_id, action: 'approve', user: 'reviewer' });
  await decide({ eventId: second!.event_id, action: 'reject', user: 'reviewer' });
  await expect(
    decide({ eventId: third!.event_id, action: 'edit', patch: { date: 'the other day' }, user: 'reviewer' }),
  ).rejects.toThrow();
  await handle.executeUpdate(GENERATION_HANDLERS.addBudget, { args: [{ tokens: 100_000 }] });
  model.answer = (call) => sentencesAnswer(call, (event) => ({ ...event, summary: `Again: ${event.summary}` }));
  await handle.result();
  const events = await rig.database.query(
    'select title, edtf, status, locked_fields from events where timeline_id = $1 order by sort_min',
    ['people'],
  );
  expect(events).toHaveLength(10);
  expect(events).toContainEqual({
    title: 'The bridge is open',
    edtf: '1800-06-01',
    status: 'published',
    locked_fields: ['date', 'summary', 'title'],
  });
  expect(events.filter((event) => (event as { status: string }).status === 'rejected')).toHaveLength(1);
});
