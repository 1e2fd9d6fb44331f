import type { WorkflowHandle } from '@temporalio/client';
import { type OuterProcess, listenToProcess } from '../../../test/support/outer-process';
import { readUntil } from '../../../test/support/wait';
import {
  type AITimelineGenerationInput,
  type AITimelineGenerationResult,
  GENERATION_HANDLERS,
  type GenerationProgress,
  WORKFLOW_TYPES,
  generationWorkflowId,
} from '../src/contract';
import { CHRONICLE, CHUNKS, HOSTILE, LETTER, hostileReply, isCharged, yearOf } from './hostile-model';
import { type ModelServer, startModelServer } from './model-server';
import { type TimelineRig, startTimelineRig } from './support';

const MAX_OUTPUT_TOKENS = 500;
let outer: OuterProcess;
let rig: TimelineRig;
let model: ModelServer;

beforeAll(async () => {
  outer = listenToProcess();
  model = await startModelServer();
  const change = { timeoutMs: 3000 };
  const extractors = {
    'stub-openai': model.extractors({ ...change, provider: 'openai' }),
    'stub-anthropic': model.extractors({ ...change, provider: 'anthropic' }),
  };
  rig = await startTimelineRig({ deps: { extractors: (name) => extractors[name as keyof typeof extractors](name) } });
});
beforeEach(() => {
  model.reset();
  model.answer = (call) => ({
    tokensIn: Math.ceil(call.text.length / 4),
    tokensOut: MAX_OUTPUT_TOKENS,
    ...hostileReply(call),
  });
});
afterEach(async () => {
  await rig.verify();
  await outer.verify();
});
afterAll(async () => {
  await rig.stop();
  await model.close();
  outer.stop();
});

function input(timelineId: string, change: Partial<AITimelineGenerationInput> = {}): AITimelineGenerationInput {
  return {
    timelineId,
    requestId: 'hostile',
    topic: 'A town',
    model: 'stub-openai',
    budget: { maxTotalTokens: 1_000_000 },
    maxOutputTokensPerCall: MAX_OUTPUT_TOKENS,
    chunk: { maxChars: 300, overlapChars: 0 },
    sources: [
      { sourceId: 'chronicle', title: 'Chronicle', tier: 1, kind: 'text', text: CHRONICLE },
      { sourceId: 'letter', title: 'Letter', tier: 2, kind: 'text', text: LETTER },
    ],
    ...change,
  };
}

const options = (given: AITimelineGenerationInput) => ({ workflowId: generationWorkflowId(given), args: [given] });

/** What the server takes for its calls, whatever it reports of them: those that it never ended cost an answer of full length too. */
const spent = (): number =>
  model.calls.filter(isCharged).reduce((sum, { text }) => sum + Math.ceil(text.length / 4) + MAX_OUTPUT_TOKENS, 0);

/** Every quote that is stored is what its source says at that place, to the character. */
async function expectGrounded(timelineId: string): Promise<void> {
  const citations = await rig.database.query<{ quote: string; start: number; end: number; text: string | null }>(
    `select c.quote, c.quote_start as start, c.quote_end as "end", t.text from citations c
     left join source_texts t on t.timeline_id = c.timeline_id and t.sha256 = c.text_sha256 where c.timeline_id = $1`,
    [timelineId],
  );
  expect(citations.length).toBeGreaterThan(0);
  for (const { quote, start, end, text } of citations) expect(text?.slice(start, end)).toBe(quote);
  const uncited = await rig.database.query(
    `select event_id from events e where timeline_id = $1
     and not exists (select from citations c where c.timeline_id = e.timeline_id and c.event_id = e.event_id)`,
    [timelineId],
  );
  expect(uncited).toEqual([]);
}

/** What has become of each chunk of the chronicle, in order. */
const outcomesOf = async (timelineId: string): Promise<string[]> =>
  (
    await rig.database.query<{ outcome: string }>(
      `select outcome from extraction_chunks where timeline_id = $1 and source_id = 'chronicle' order by chunk_start`,
      [timelineId],
    )
  ).map(({ outcome }) => outcome);

/** Status of the event of each chunk's year; rejected when there is none. */
async function eventsOf(timelineId: string): Promise<string[]> {
  const events = await rig.database.query<{ edtf: string; status: string }>(
    'select edtf, status from events where timeline_id = $1',
    [timelineId],
  );
  return CHUNKS.map((_, index) => {
    const found = events.filter(({ edtf }) => edtf === String(yearOf(index)));
    return found.length === 0 ? 'rejected' : found.map(({ status }) => status).join();
  });
}

test.each(['openai', 'anthropic'])(
  'ai-timeline 5, 8, 11, 12, 17, 21: %s, hostile in every second answer, gets no ungrounded event in, stops nothing and costs no honest answer',
  async (dialect) => {
    const timelineId = `hostile-${dialect}`;
    const given = input(timelineId, { model: `stub-${dialect}` });
    const result = await rig.execute<AITimelineGenerationResult>(WORKFLOW_TYPES.aiTimelineGeneration, options(given));

    expect(HOSTILE.length).toBeGreaterThanOrEqual(25);
    const expected = CHUNKS.map((hostile) => hostile?.chunk ?? 'done');
    expect(named(await outcomesOf(timelineId))).toEqual(named(expected));
    const count = (outcome: string) => expected.filter((other) => other === outcome).length;
    expect(result).toMatchObject({
      status: 'completed_with_errors',
      sources: { ok: 2, failed: [] },
      // The letter is a chunk too.
      chunks: { total: CHUNKS.length + 1, done: count('done') + 1, failed: count('failed'), refused: count('refused') },
      remainingChunks: 0,
      conflicts: 0,
    });
    await expectGrounded(timelineId);
    expect(named(await eventsOf(timelineId))).toEqual(named(CHUNKS.map((hostile) => hostile?.event ?? 'published')));
    expect(result.published + result.needsReview).toBe(
      (await rig.database.query('select from events where timeline_id = $1', [timelineId])).length,
    );
    const rejected = Object.values(result.rejected).reduce((sum, n) => sum + n, 0);
    const { dropped } = (
      await rig.database.query<{ dropped: number }>(
        'select sum(dropped)::int as dropped from extraction_chunks where timeline_id = $1',
        [timelineId],
      )
    )[0]!;
    expect(result.published + result.needsReview + result.merged + rejected).toBe(result.extracted + dropped);

    const files = await Promise.all(
      Object.values(result.exportRef!).map(async (ref) => (await rig.blobs.read(ref)).toString()),
    );
    for (const file of files) expect(file).not.toMatch(/<script>alert|<img|" onmouseover|href="javascript/);
    expect(result.calls).toBeGreaterThanOrEqual(CHUNKS.length + 1);
    expect(spent()).toBeLessThanOrEqual(given.budget!.maxTotalTokens);
    expect(({} as { confidence?: unknown }).confidence).toBeUndefined();
  },
  180_000,
);

/** With the name of the model, for who reads a failure. */
const named = (values: readonly string[]): string[] =>
  values.map((value, index) => `${CHUNKS[index]?.model ?? 'is honest'}: ${value}`);

test.each(['openai', 'anthropic'])(
  'ai-timeline 10: %s, hostile in every second answer, is not paid more than the budget and what is added to it',
  async (dialect) => {
    const timelineId = `capped-${dialect}`;
    const cap = 20_000;
    const given = input(timelineId, { model: `stub-${dialect}`, budget: { maxTotalTokens: cap } });
    const handle = await rig.start(WORKFLOW_TYPES.aiTimelineGeneration, options(given));
    let callsBefore = 0;
    for (const budgets of [1, 2, 3]) {
      await untilExhausted(handle, callsBefore);
      expect(spent()).toBeLessThanOrEqual(budgets * cap);
      expect(spent()).toBeGreaterThan((budgets - 1) * cap);
      await expectGrounded(timelineId);
      callsBefore = model.calls.length;
      if (budgets < 3) await handle.executeUpdate(GENERATION_HANDLERS.addBudget, { args: [{ tokens: cap }] });
    }
    await handle.cancel();
    const result = (await handle.result()) as AITimelineGenerationResult;
    const { total, done, failed, refused } = result.chunks;
    expect(done + failed + refused + result.remainingChunks).toBe(total);
    expect(result).toMatchObject({ status: 'cancelled', chunks: { total: CHUNKS.length + 1 } });
  },
  180_000,
);

/** Waits until the budget is used up, by more calls than these. */
async function untilExhausted(handle: WorkflowHandle, calls: number): Promise<void> {
  await readUntil(
    async () => handle.query<GenerationProgress>(GENERATION_HANDLERS.progress),
    ({ phase }) => phase === 'budgetExhausted' && model.calls.length > calls,
    { what: 'the budget to be used up', boundMs: 100_000 },
  );
}
