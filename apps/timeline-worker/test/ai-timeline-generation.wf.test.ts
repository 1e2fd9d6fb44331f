import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createGuardedFetch } from '@backend/shared/http';
import { failureType } from '@backend/shared/failures';
import { fetchRuns } from '@backend/shared/testing';
import { defaultPayloadConverter } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { readSourceList, toInput } from '../src/cli/source-list';
import { FILES } from '../src/config';
import {
  type AITimelineGenerationInput,
  type AITimelineGenerationResult,
  WORKFLOW_TYPES,
  generationWorkflowId,
} from '../src/contract';
import { type TestSite, type TimelineRig, startSite, startTimelineRig } from './support';

const SAMPLE = FILES.sample;
let rig: TimelineRig;
let site: TestSite;

beforeAll(async () => {
  site = await startSite((request, response) => {
    void readFile(path.join(path.dirname(SAMPLE), decodeURIComponent(request.url ?? '/'))).then(
      (content) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  rig = await startTimelineRig({ deps: { fetch: createGuardedFetch({ allowHosts: [site.host] }) } });
});
afterEach(async () => rig.verify());
afterAll(async () => {
  await rig.stop();
  await site.close();
});

const run = async (input: AITimelineGenerationInput): Promise<AITimelineGenerationResult> =>
  rig.execute<AITimelineGenerationResult>(WORKFLOW_TYPES.aiTimelineGeneration, {
    workflowId: generationWorkflowId(input),
    args: [input],
  });

const sample = async (requestId: string): Promise<AITimelineGenerationInput> =>
  toInput(await readSourceList(SAMPLE), { blobs: rig.blobs, baseUrl: site.url, requestId });

interface EventOfTest {
  event_id: string;
  title: string;
  edtf: string;
  status: string;
  flags: string[];
}

const eventsOf = async (timelineId: string): Promise<EventOfTest[]> =>
  rig.database.query<EventOfTest>(
    'select event_id, title, edtf, status, flags from events where timeline_id = $1 order by sort_min, event_id',
    [timelineId],
  );

const failureOf = async (input: unknown): Promise<string | undefined> =>
  run(input as AITimelineGenerationInput).then(
    () => undefined,
    (error: unknown) => failureType(error),
  );

test('ai-timeline 2, 21, 23: the sample sources become stored events and files, and the result says who extracted', async () => {
  const result = await run(await sample('first'));
  expect(result).toMatchObject({
    status: 'completed',
    extractor: 'rules',
    sources: { ok: 6, failed: [] },
    remainingChunks: 0,
    tokens: { in: 0, out: 0 },
    costMicroUsd: 0,
    cachedCalls: 0,
  });
  expect(result.chunks).toEqual({ total: result.calls, done: result.calls, failed: 0, refused: 0 });
  const events = await eventsOf('swaminarayan');
  expect(events.length).toBe(result.published + result.needsReview);
  expect(events.length).toBeGreaterThan(20);
  const page = (await rig.blobs.read(result.exportRef!.html)).toString();
  for (const { title } of events.slice(0, 3))
    expect(page).toContain(title.replaceAll("'", '&#39;').replaceAll('"', '&quot;'));
  const timelineJs = JSON.parse((await rig.blobs.read(result.exportRef!.timelineJs)).toString()) as {
    events: unknown[];
  };
  expect(timelineJs.events).toHaveLength(events.length);
});

test('ai-timeline 11: every citation is the slice of its source at its offsets', async () => {
  const rows = await rig.database.query<{ quote: string; text: string; quote_start: number; quote_end: number }>(
    'select c.quote, c.quote_start, c.quote_end, t.text from citations c join source_texts t on t.timeline_id = c.timeline_id and t.sha256 = c.text_sha256',
  );
  expect(rows.length).toBeGreaterThan(20);
  for (const { quote, text, quote_start: start, quote_end: end } of rows) expect(text.slice(start, end)).toBe(quote);
});

test('ai-timeline 17: what cites the paragraph that addresses the program is never published by itself', async () => {
  const suspected = (await eventsOf('swaminarayan')).filter(({ flags }) => flags.includes('suspectedInjection'));
  expect(suspected.length).toBeGreaterThan(0);
  expect(suspected.map(({ status }) => status)).toEqual(suspected.map(() => 'needs_review'));
});

test('ai-timeline 3: a script of a page makes no event', async () => {
  const rows = await rig.database.query('select 1 from source_texts where text like $1', ['%1 January 1999%']);
  expect(rows).toEqual([]);
});

test('ai-timeline 5, 16: another request over the same texts pays for nothing and adds no event', async () => {
  const before = await eventsOf('swaminarayan');
  const result = await run(await sample('second'));
  expect(result).toMatchObject({ status: 'completed', calls: 0, cachedCalls: result.chunks.total });
  expect(await eventsOf('swaminarayan')).toEqual(before);
});

test('ai-timeline 3: sources that cannot be read are listed with their codes, and the others are used', async () => {
  const text = 'The first temple of the town was opened on 24 February 1822 before a large crowd of people.';
  const common = { title: 'Source', tier: 3 } as const;
  const result = await run({
    timelineId: 'mixed',
    requestId: 'r1',
    topic: 'Mixed sources',
    sources: [
      { ...common, sourceId: 'good', kind: 'text', text },
      { ...common, sourceId: 'private', kind: 'url', uri: 'http://127.0.0.1:9/' },
      { ...common, sourceId: 'metadata', kind: 'url', uri: 'http://169.254.169.254/latest/meta-data' },
      { ...common, sourceId: 'missing', kind: 'url', uri: `${site.url}/nothing.html` },
      { ...common, sourceId: 'blob', kind: 'blob', ref: `blob:${'0'.repeat(64)}` },
      { ...common, sourceId: 'outside', kind: 'blob', ref: 'file:../secret.txt' },
    ],
  });
  expect(result.status).toBe('completed_with_errors');
  expect(result.sources.ok).toBe(1);
  expect(result.sources.failed.map(({ sourceId, code }) => [sourceId, code])).toEqual([
    ['private', 'SourceBlocked'],
    ['metadata', 'SourceBlocked'],
    ['missing', 'SourceNotFound'],
    ['blob', 'SourceNotFound'],
    ['outside', 'SourceNotFound'],
  ]);
  expect(await eventsOf('mixed')).toEqual([expect.objectContaining({ edtf: '1822-02-24', status: 'published' })]);
});

test('ai-timeline 3: without one usable source nothing is extracted', async () => {
  const source = { sourceId: 's', title: 'Source', tier: 3, kind: 'url', uri: 'http://10.0.0.1/' };
  expect(await failureOf({ timelineId: 'none', requestId: 'r1', topic: 'None', sources: [source] })).toBe(
    'NoUsableSources',
  );
  expect(await rig.database.query('select status from generation_requests where timeline_id = $1', ['none'])).toEqual([
    { status: 'failed' },
  ]);
});

test('ai-timeline 3: a request that failed can be run again, and reads what it could not read before', async () => {
  const input: AITimelineGenerationInput = {
    timelineId: 'again',
    requestId: 'r1',
    topic: 'Again',
    sources: [{ sourceId: 's', title: 'Late', tier: 1, kind: 'blob', ref: 'file:late.txt' }],
  };
  expect(await failureOf(input)).toBe('NoUsableSources');
  await writeFile(path.join(rig.directory, 'late.txt'), 'Sahajanand Swami opened the temple of Bhuj on 15 May 1823.');
  expect(await run(input)).toMatchObject({ status: 'completed', sources: { ok: 1, failed: [] } });
});

test('common rules: bad input is refused in the workflow, and nothing is written', async () => {
  const good = {
    timelineId: 'bad',
    requestId: 'r1',
    topic: 'Bad',
    sources: [{ sourceId: 's', title: 'S', tier: 1, kind: 'text', text: 'Text.' }],
  };
  expect(await failureOf({ ...good, sources: [] })).toBe('InvalidInput');
  expect(await failureOf({ ...good, requestId: 'r2', passes: 4 })).toBe('InvalidInput');
  expect(await failureOf({ ...good, requestId: 'r3', range: 'yesterday' })).toBe('InvalidInput');
  expect(
    await failureOf({
      ...good,
      requestId: 'r4',
      model: 'some-model',
      budget: { maxTotalTokens: 10 },
      maxOutputTokensPerCall: 100,
    }),
  ).toBe('ModelUnavailable');
  expect(await rig.database.query('select 1 from timelines where timeline_id = $1', ['bad'])).toEqual([]);
});

test('ai-timeline 19, 22: after 500 chunks the next run goes on from there: nothing is lost or read twice', async () => {
  const paragraphs = Array.from(
    { length: 800 },
    (_, index) =>
      `${'The chronicle tells of quiet years and of good harvests in all the villages. '.repeat(2)}House ${index} was opened in ${1100 + index}.`,
  );
  const { ref } = await rig.blobs.put(paragraphs.join('\n\n'));
  const input: AITimelineGenerationInput = {
    timelineId: 'long',
    requestId: 'r1',
    topic: 'Many chunks',
    chunk: { maxChars: 200, overlapChars: 0 },
    sources: [{ sourceId: 'chronicle', title: 'Chronicle', tier: 1, kind: 'blob', ref, mediaType: 'text/plain' }],
  };
  const handle = await rig.start(WORKFLOW_TYPES.aiTimelineGeneration, {
    workflowId: generationWorkflowId(input),
    args: [input],
  });
  const result = (await handle.result()) as AITimelineGenerationResult;
  expect(result).toMatchObject({
    status: 'completed',
    sources: { ok: 1 },
    chunks: { total: 800, done: 800 },
    calls: 800,
    cachedCalls: 0,
  });
  const runs = await fetchRuns(rig.env.client.workflow, {
    workflowId: handle.workflowId,
    runId: handle.firstExecutionRunId,
  });
  expect(runs).toHaveLength(2);
  const [carried] = runs[1]!.events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads!.map((payload) =>
    defaultPayloadConverter.fromPayload<AITimelineGenerationInput>(payload),
  );
  const { chunks, remainingChunks } = carried!.carry!.extraction!;
  expect(chunks.done).toBeGreaterThanOrEqual(500);
  expect(chunks.done + remainingChunks).toBe(800);
  for (const { events } of runs) {
    expect(events!.length).toBeLessThanOrEqual(5000);
    for (const event of events!)
      expect(temporal.api.history.v1.HistoryEvent.encode(event).finish().length).toBeLessThanOrEqual(128 * 1024);
  }
});

test('ai-timeline 22: too many chunks are refused before anything is read', async () => {
  const { ref } = await rig.blobs.put('A sentence about nothing much at all, told once more. '.repeat(9000));
  const source = { sourceId: 's', title: 'S', tier: 3, kind: 'blob', ref, mediaType: 'text/plain' };
  expect(
    await failureOf({
      timelineId: 'huge',
      requestId: 'r1',
      topic: 'Huge',
      chunk: { maxChars: 200, overlapChars: 0 },
      sources: [source],
    }),
  ).toBe('LimitExceeded');
  expect(await rig.database.query('select status from generation_requests where timeline_id = $1', ['huge'])).toEqual([
    { status: 'failed' },
  ]);
});
