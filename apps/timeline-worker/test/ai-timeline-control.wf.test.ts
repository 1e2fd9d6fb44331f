import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { failureOf } from '../../../test/support/failure-of';
import { type Hold, hold } from '../../../test/support/gate';
import { readUntil } from '../../../test/support/wait';
import type { ExtractionSlice } from '../src/activities';
import {
  type AITimelineGenerationInput,
  type AITimelineGenerationResult,
  GENERATION_HANDLERS,
  type GenerationPhase,
  WORKFLOW_TYPES,
  generationWorkflowId,
} from '../src/contract';
import { type ModelServer, sentencesAnswer, startModelServer } from './model-server';
import { type TimelineRig, startTimelineRig } from './support';
import { CHUNKS, progressOf, reach, townInput } from './town';

/** Steps that stop, by their activity: each test sets its own. */
let holds: Partial<Record<Step, Hold>> = {};
/** What the extraction does in place of its work, once for each entry. */
let instead: ((slice: () => Promise<ExtractionSlice>) => Promise<ExtractionSlice>)[] = [];
type Step =
  | 'fetchHistoricalSources'
  | 'aiExtractEvents'
  | 'validateTimelineEvents'
  | 'storeTimelineEvents'
  | 'exportTimeline';

let rig: TimelineRig;
let model: ModelServer;

beforeAll(async () => {
  model = await startModelServer();
  rig = await startTimelineRig({
    deps: { extractors: model.extractors() },
    change: (activities) => ({
      fetchHistoricalSources: async (input) => {
        await holds.fetchHistoricalSources?.stop();
        return activities.fetchHistoricalSources(input);
      },
      aiExtractEvents: async (input) => {
        await holds.aiExtractEvents?.stop();
        const other = instead.shift();
        return other ? other(async () => activities.aiExtractEvents(input)) : activities.aiExtractEvents(input);
      },
      validateTimelineEvents: async (input) => {
        await holds.validateTimelineEvents?.stop();
        return activities.validateTimelineEvents(input);
      },
      storeTimelineEvents: async (input) => {
        await holds.storeTimelineEvents?.stop();
        return activities.storeTimelineEvents(input);
      },
      exportTimeline: async (input) => {
        await holds.exportTimeline?.stop();
        return activities.exportTimeline(input);
      },
    }),
  });
});
beforeEach(() => {
  model.reset();
  holds = {};
  instead = [];
});
afterEach(async () => rig.verify());
afterAll(async () => {
  await rig.stop();
  await model.close();
});

const start = async (given: AITimelineGenerationInput) =>
  rig.start(WORKFLOW_TYPES.aiTimelineGeneration, { workflowId: generationWorkflowId(given), args: [given] });
const resultOf = async (handle: WorkflowHandle) => (await handle.result()) as AITimelineGenerationResult;

test('ai-timeline 19: pause holds the run before its next step, resume lets it go on, and progress counts what is stored', async () => {
  holds.fetchHistoricalSources = hold();
  const handle = await start(townInput('paused'));
  await holds.fetchHistoricalSources.reached;
  await handle.signal(GENERATION_HANDLERS.pause);
  // The step in hand is finished first.
  expect((await progressOf(handle)).phase).toBe('fetching');
  holds.fetchHistoricalSources.letGo();
  expect(await reach(handle, 'paused')).toEqual({
    phase: 'paused',
    sources: { ok: 1, failed: [] },
    chunksDone: 0,
    chunksTotal: 0,
    tokens: { in: 0, out: 0 },
    events: 0,
    remaining: [],
  });
  expect(model.calls).toEqual([]);

  holds.exportTimeline = hold();
  await handle.signal(GENERATION_HANDLERS.resume);
  await holds.exportTimeline.reached;
  expect(await progressOf(handle)).toMatchObject({
    phase: 'exporting',
    chunksDone: CHUNKS,
    chunksTotal: CHUNKS,
    tokens: { in: 100 * CHUNKS, out: 20 * CHUNKS },
    events: CHUNKS,
  });
  holds.exportTimeline.letGo();
  expect(await resultOf(handle)).toMatchObject({ status: 'completed', published: CHUNKS });
});

test('ai-timeline 19: a run that is paused in its last slice stores nothing before it is resumed', async () => {
  holds.aiExtractEvents = hold();
  const handle = await start(townInput('paused-late'));
  await holds.aiExtractEvents.reached;
  await handle.signal(GENERATION_HANDLERS.pause);
  holds.aiExtractEvents.letGo();
  expect(await reach(handle, 'paused')).toMatchObject({ chunksDone: CHUNKS, events: 0 });
  expect(await rig.database.query('select 1 from events where timeline_id = $1', ['paused-late'])).toEqual([]);
  await handle.signal(GENERATION_HANDLERS.resume);
  expect(await resultOf(handle)).toMatchObject({ status: 'completed', published: CHUNKS });
});

test('ai-timeline 19, 22: a run that goes on from another one begins with its progress, and paused if that was', async () => {
  const given = townInput('handed-over');
  const {
    remaining,
    remainingChunks,
    extractor,
    chunks,
    calls,
    cachedCalls,
    tokens,
    costMicroUsd,
    extracted,
    ...stored
  } = await resultOf(await start(given));
  const extraction = {
    remaining,
    remainingChunks,
    extractor,
    chunks,
    calls,
    cachedCalls,
    tokens,
    costMicroUsd,
    extracted,
  };
  const { sources } = stored;
  const handle = await start({
    ...given,
    sources: [],
    carry: { sources, addedTokens: 0, paused: true, extraction, stored },
  });
  expect(await reach(handle, 'paused')).toEqual({
    phase: 'paused',
    sources,
    chunksDone: CHUNKS,
    chunksTotal: CHUNKS,
    tokens,
    events: CHUNKS,
    remaining: [],
  });
  await handle.signal(GENERATION_HANDLERS.resume);
  expect(await resultOf(handle)).toMatchObject({ status: 'completed', calls: CHUNKS });
});

test.each([
  ['no object', null],
  ['an id that is none', { eventId: 'first', action: 'approve', user: 'reviewer' }],
  ['an unknown action', { eventId: '6f2a1c9e-2f43-5a0b-9d6e-0b7f1c2d3e4f', action: 'burn', user: 'reviewer' }],
  ['no person', { eventId: '6f2a1c9e-2f43-5a0b-9d6e-0b7f1c2d3e4f', action: 'approve', user: ' ' }],
  ['an empty edit', { eventId: '6f2a1c9e-2f43-5a0b-9d6e-0b7f1c2d3e4f', action: 'edit', user: 'reviewer', patch: {} }],
])('ai-timeline 18: a decision with %s is refused before it is in the history', async (name, decision) => {
  holds.fetchHistoricalSources = hold();
  const handle = await start(townInput(`decision-${name.replaceAll(' ', '-')}`));
  await holds.fetchHistoricalSources.reached;
  expect(await failureOf(handle.executeUpdate(GENERATION_HANDLERS.decide, { args: [decision] }))).toBe('InvalidInput');
  holds.fetchHistoricalSources.letGo();
  await handle.result();
  const { events } = await handle.fetchHistory();
  expect(events!.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toEqual([]);
});

test('ai-timeline 18: a decision about an event that is not there fails the decision, and the run goes on', async () => {
  holds.fetchHistoricalSources = hold();
  const handle = await start(townInput('no-such-event'));
  await holds.fetchHistoricalSources.reached;
  const decision = { eventId: '6f2a1c9e-2f43-5a0b-9d6e-0b7f1c2d3e4f', action: 'approve', user: 'reviewer' };
  expect(await failureOf(handle.executeUpdate(GENERATION_HANDLERS.decide, { args: [decision] }))).toBe('EventNotFound');
  holds.fetchHistoricalSources.letGo();
  expect(await resultOf(handle)).toMatchObject({ status: 'completed' });
});

test('ai-timeline 10: budget that is added while results are being stored is not lost, and added again it adds up', async () => {
  // A call holds some 900 tokens of question and 1,000 of output back, and then uses 120.
  holds.storeTimelineEvents = hold();
  const handle = await start(townInput('twice', { budget: { maxTotalTokens: 2400 } }));
  await holds.storeTimelineEvents.reached;
  const before = (await progressOf(handle)).chunksDone;
  expect(before).toBeLessThan(CHUNKS);
  await handle.executeUpdate(GENERATION_HANDLERS.addBudget, { args: [{ tokens: 130 }] });
  const { letGo } = holds.storeTimelineEvents;
  delete holds.storeTimelineEvents;
  letGo();
  const { chunksDone: after } = await readUntil(
    async () => progressOf(handle),
    ({ phase, chunksDone }) => phase === 'budgetExhausted' && chunksDone > before,
    { what: 'the added budget to be used up' },
  );
  expect(after).toBeLessThan(CHUNKS);
  await handle.executeUpdate(GENERATION_HANDLERS.addBudget, { args: [{ tokens: 100_000 }] });
  expect(await resultOf(handle)).toMatchObject({
    status: 'completed',
    calls: CHUNKS,
    published: CHUNKS,
    remaining: [],
  });
});

test('ai-timeline 10: a run that stopped at its cost goes on with more of it', async () => {
  // The test's prices: one micro-dollar for a token in and two for one out; a call holds some 2,900 back.
  const handle = await start(townInput('cost', { budget: { maxTotalTokens: 1_000_000, maxCostMicroUsd: 3500 } }));
  const { remaining } = await reach(handle, 'budgetExhausted');
  expect(remaining.length).toBeGreaterThan(0);
  await handle.executeUpdate(GENERATION_HANDLERS.addBudget, { args: [{ costMicroUsd: 100_000 }] });
  expect(await resultOf(handle)).toMatchObject({ status: 'completed', published: CHUNKS });
});

test.each([
  ['nothing', {}],
  ['no object', 5],
  ['a fraction', { tokens: 1.5 }],
  ['less than nothing', { tokens: -1 }],
  ['a cost where none is capped', { costMicroUsd: 10 }],
])('ai-timeline 10: %s is no budget', async (name, added) => {
  holds.fetchHistoricalSources = hold();
  const handle = await start(townInput(`budget-${name.replaceAll(' ', '-')}`));
  await holds.fetchHistoricalSources.reached;
  expect(await failureOf(handle.executeUpdate(GENERATION_HANDLERS.addBudget, { args: [added] }))).toBe('InvalidInput');
  holds.fetchHistoricalSources.letGo();
  await handle.result();
});

test('ai-timeline 10, 21: what is left of a run that nobody gave more is named in its result', async () => {
  const result = await resultOf(await start(townInput('left', { budget: { maxTotalTokens: 2400 } })));
  const { done, failed, refused, total } = result.chunks;
  expect(result.status).toBe('budget_exhausted');
  expect(done).toBeGreaterThan(0);
  expect(done + failed + refused + result.remainingChunks).toBe(total);
  expect(result.remaining).toHaveLength(result.remainingChunks);
  expect(result.remaining[0]).toEqual({ sourceId: 'chronicle', start: expect.any(Number), pass: 1 });
});

test('ai-timeline 9: a provider that asks for more than 15 minutes is waited for by a timer', async () => {
  let limited = 0;
  model.answer = (call) =>
    call.text.includes('1800') && limited++ < 1
      ? { status: 429, headers: { 'retry-after': '7200' } }
      : sentencesAnswer(call);
  const before = await rig.env.currentTimeMs();
  const handle = await start(townInput('patient'));
  expect(await resultOf(handle)).toMatchObject({ status: 'completed', published: CHUNKS });
  expect((await rig.env.currentTimeMs()) - before).toBeGreaterThanOrEqual(7_200_000);
  const { events } = await handle.fetchHistory();
  expect(events!.filter((event) => event.timerFiredEventAttributes)).toHaveLength(1);
});

const unavailable = async (): Promise<never> => {
  // As the server ends an activity whose time is over: with its last failure.
  throw ApplicationFailure.create({
    type: 'LlmUnavailable',
    message: 'The provider answered 503.',
    nonRetryable: true,
  });
};

test('ai-timeline 9: a provider that was away for all of an activity is asked again an hour later', async () => {
  instead = [unavailable];
  const before = await rig.env.currentTimeMs();
  const handle = await start(townInput('outage'));
  expect(await resultOf(handle)).toMatchObject({ status: 'completed', published: CHUNKS });
  expect((await rig.env.currentTimeMs()) - before).toBeGreaterThanOrEqual(3_600_000);
});

test('ai-timeline 9: a provider that is away for a day fails the run, which says so', async () => {
  instead = Array.from({ length: 9 }, () => unavailable);
  const handle = await start(townInput('away'));
  expect(await failureOf(handle.result())).toBe('LlmUnavailable');
  expect(await rig.database.query('select status from generation_requests where timeline_id = $1', ['away'])).toEqual([
    { status: 'failed' },
  ]);
});

test('ai-timeline 8, 9: after a day, chunks that never got an answer have failed, and the others are stored', async () => {
  // The first five chunks are answered; for the others the provider breaks the connection.
  model.answer = (call) => (/180[5-9]/.test(call.text) ? { reset: 'beforeHead' } : sentencesAnswer(call));
  const timedOut = async (slice: () => Promise<ExtractionSlice>): Promise<ExtractionSlice> => {
    await slice().catch(() => undefined);
    return unavailable();
  };
  instead = Array.from({ length: 8 }, () => timedOut);
  const result = await resultOf(await start(townInput('half-away')));
  expect(result).toMatchObject({
    status: 'completed_with_errors',
    chunks: { total: CHUNKS, done: 5, failed: 5, refused: 0 },
    published: 5,
  });
});

test.each<[GenerationPhase, Step]>([
  ['fetching', 'fetchHistoricalSources'],
  ['extracting', 'aiExtractEvents'],
  ['validating', 'validateTimelineEvents'],
  ['storing', 'storeTimelineEvents'],
  ['exporting', 'exportTimeline'],
])('ai-timeline 7, 21: cancelled while %s, a run says cancelled and what it has', async (phase, step) => {
  const held = (holds[step] = hold());
  const handle = await start(townInput(`cancel-${phase}`));
  await held.reached;
  expect((await progressOf(handle)).phase).toBe(phase);
  await handle.cancel();
  // The test server loses a task in which a workflow cancels an activity that ends at that moment.
  await readUntil(
    async () => (await handle.fetchHistory()).events!,
    (events) => events.some((event) => event.activityTaskCancelRequestedEventAttributes),
    { what: 'the activity to be cancelled' },
  );
  held.letGo();
  const result = await resultOf(handle);
  expect(result.status).toBe('cancelled');
  const { done, failed, refused, total } = result.chunks;
  expect(done + failed + refused + result.remainingChunks).toBe(total);
  expect(
    await rig.database.query('select status from generation_requests where timeline_id = $1', [`cancel-${phase}`]),
  ).toEqual(phase === 'fetching' ? expect.anything() : [{ status: 'cancelled' }]);
});

test('ai-timeline 7: cancelled while paused, a run ends', async () => {
  holds.fetchHistoricalSources = hold();
  const handle = await start(townInput('cancel-paused'));
  await holds.fetchHistoricalSources.reached;
  await handle.signal(GENERATION_HANDLERS.pause);
  holds.fetchHistoricalSources.letGo();
  await reach(handle, 'paused');
  await handle.cancel();
  expect(await resultOf(handle)).toMatchObject({ status: 'cancelled', calls: 0 });
});

test('ai-timeline 2: the history of a run carries the bounds of each activity', async () => {
  const handle = await start(townInput('bounds'));
  await handle.result();
  const { events } = await handle.fetchHistory();
  const scheduled = new Map(
    events!.flatMap(({ activityTaskScheduledEventAttributes: given }) =>
      given ? [[given.activityType!.name!, given] as const] : [],
    ),
  );
  const seconds = (name: string, bound: 'scheduleToCloseTimeout' | 'startToCloseTimeout' | 'heartbeatTimeout') =>
    Number(scheduled.get(name)![bound]!.seconds);
  expect([...scheduled.keys()]).toEqual([
    'fetchHistoricalSources',
    'aiExtractEvents',
    'validateTimelineEvents',
    'storeTimelineEvents',
    'exportTimeline',
    'finishGeneration',
  ]);
  expect(seconds('fetchHistoricalSources', 'scheduleToCloseTimeout')).toBe(600);
  expect(seconds('aiExtractEvents', 'scheduleToCloseTimeout')).toBe(7200);
  expect(seconds('aiExtractEvents', 'heartbeatTimeout')).toBe(60);
  for (const name of scheduled.keys()) {
    expect(seconds(name, 'startToCloseTimeout')).toBeGreaterThan(0);
    expect(seconds(name, 'startToCloseTimeout')).toBeLessThanOrEqual(seconds(name, 'scheduleToCloseTimeout'));
  }
});
