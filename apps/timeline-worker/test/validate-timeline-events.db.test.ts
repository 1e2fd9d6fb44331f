import { createHash } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Deps } from '../src/activities';
import { planUnits } from '../src/activities/load-request';
import { type StoredCounts, storeTimelineEvents } from '../src/activities/store-timeline-events';
import { type ValidatedEvents, validateTimelineEvents } from '../src/activities/validate-timeline-events';
import { readClaims } from '../src/activities/validated-claims';
import { readEventToDecide, tellEvent } from '../src/cli/show-event';
import { LIMITS } from '../src/contract';
import {
  listEvents,
  openRequest,
  recordRequestSource,
  saveChunk,
  saveDecided,
  saveText,
  upsertSource,
  upsertTimeline,
} from '../src/repositories';
import { resolveInput } from '../src/workflows/generation-input';
import { type TimelineDeps, openTimelineDeps } from './support';

let opened: TimelineDeps;
let database: TimelineDeps['database'];
let deps: TimelineDeps['deps'];

beforeAll(async () => {
  opened = await openTimelineDeps();
  ({ database, deps } = opened);
});
afterAll(async () => opened.close());

const sentence = (hall: number): string => `The hall number ${hall} was opened in 1850 at Vadtal.`;

/** A request whose chunks are answered: every sentence of a chunk is an event, told as often as said. */
async function answer(timelineId: string, text: string, { passes = 1, times = 1, summary = '' } = {}) {
  const settings = resolveInput({
    timelineId,
    requestId: 'r1',
    topic: 'Halls',
    sources: [{ sourceId: 's', title: 'S', tier: 1, kind: 'text', text: 'x' }],
    passes,
  });
  const sha256 = createHash('sha256').update(text).digest('hex');
  const { cacheModel } = deps.extractors(settings.model).extractor;
  const units = planUnits({ settings, texts: [{ sourceId: 's', text }], cacheModel });
  await database.scope(timelineId, async (tx) => {
    await upsertTimeline(tx, settings.topic);
    await upsertSource(tx, { sourceId: 's', title: 'S', tier: 1, kind: 'text', uri: null });
    await openRequest(tx, settings);
    await saveText(tx, { sha256, text, original: await deps.blobs.put(text) });
    await recordRequestSource(tx, { requestId: 'r1', sourceId: 's', position: 0, calendar: null, outcome: { sha256 } });
    for (const { cacheKey, pass, chunk } of units) {
      const quotes = [...chunk.text.matchAll(/The hall number (\d+) was opened in 1850/g)];
      const events = quotes.flatMap(([quote, hall]) =>
        Array.from({ length: times }, (_, index) => ({
          title: `Opening of hall ${hall}`,
          summary: `Told for the time ${index} in pass ${pass}${summary}`,
          dateText: '1850',
          places: [],
          people: [],
          quotes: [quote],
          confidence: 0.9,
        })),
      );
      await saveChunk(tx, {
        cacheKey,
        requestId: 'r1',
        sourceId: 's',
        start: chunk.start,
        end: chunk.end,
        pass,
        outcome: 'done',
        events,
        dropped: 0,
        extractor: 'rules',
      });
    }
  });
  return { timelineId, requestId: 'r1' };
}

const validate = async (request: { timelineId: string; requestId: string }, beats: unknown[] = []) => {
  const environment = new MockActivityEnvironment();
  environment.on('heartbeat', (details) => beats.push(details));
  return (await environment.run(async () => validateTimelineEvents(deps, request))) as ValidatedEvents;
};

test('ai-timeline 22: the 5,001st event is rejected, the run is not', async () => {
  const text = Array.from({ length: LIMITS.events + 1 }, (_, hall) => sentence(hall)).join('\n\n');
  const request = await answer('many', text);
  const beats: unknown[] = [];
  const validated = await validate(request, beats);
  expect(validated.rejected).toEqual({ EventLimit: expect.any(Number) });
  expect(beats.length).toBeGreaterThan(0);
  const stored = (await new MockActivityEnvironment().run(async () =>
    storeTimelineEvents(deps, { ...request, ref: validated.ref }),
  )) as StoredCounts;
  expect(stored).toEqual({ published: LIMITS.events, needsReview: 0 });
  const titles = await database.scope('many', async (tx) => (await listEvents(tx)).map(({ title }) => title));
  expect(titles).not.toContain(`Opening of hall ${LIMITS.events}`);
  const named = await database.query(`select code, title from rejections where timeline_id = 'many'`);
  expect(named[0]).toEqual({ code: 'EventLimit', title: `Opening of hall ${LIMITS.events}` });
}, 180_000);

test('ai-timeline 22: what is told many times, by chunks that overlap and by each pass, counts once', async () => {
  const text = Array.from({ length: 1900 }, (_, hall) => sentence(hall)).join('\n\n');
  const { rejected, merged } = await validate(await answer('again', text, { passes: 3 }));
  expect(rejected).toEqual({});
  expect(merged).toBeGreaterThanOrEqual(2 * 1900);
}, 180_000);

test('ai-timeline 22: answers that tell without end end nowhere but in their rejections', async () => {
  const text = Array.from({ length: 60 }, (_, hall) => sentence(hall)).join('\n\n');
  const { rejected } = await validate(await answer('endless', text, { times: 3000 }));
  expect(Object.keys(rejected)).toEqual(['EventLimit']);
  expect(rejected['EventLimit']).toBeGreaterThanOrEqual(60 * 3000 - LIMITS.claims);
  const [counted] = await database.query<{ count: number }>(
    `select count(*)::int as count from rejections where timeline_id = 'endless'`,
  );
  expect(counted?.count).toBe(5000);
}, 180_000);

test('ai-timeline 22: claims that are too long to be in memory together are rejected', async () => {
  const text = Array.from({ length: 60 }, (_, hall) => sentence(hall)).join('\n\n');
  const request = await answer('long', text, { times: 250, summary: 'x'.repeat(3000) });
  const { rejected, ref } = await validate(request);
  expect(Object.keys(rejected)).toEqual(['EventLimit']);
  expect((await deps.blobs.read(ref)).length).toBeLessThan(40 * 1024 * 1024);
}, 180_000);

test('ai-timeline 5, 22: answers are read a few at a time, in their order', async () => {
  const text = Array.from({ length: 1900 }, (_, hall) => sentence(hall)).join('\n\n');
  const request = await answer('pieces', text, { passes: 3 });
  let most = 0;
  const { scope } = deps;
  const counting: Deps['scope'] = async (scopeId, work) =>
    scope(scopeId, async (tx) => {
      const query = async (text: string, values?: unknown[]) => {
        const result = await tx.query(text, values);
        if (text.includes('from extraction_chunks')) most = Math.max(most, result.rows.length);
        return result;
      };
      return work({ query } as typeof tx);
    });
  const { ref } = (await new MockActivityEnvironment().run(async () =>
    validateTimelineEvents({ ...deps, scope: counting }, request),
  )) as ValidatedEvents;
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(50);
  const { claims } = await readClaims(deps.blobs, ref);
  const starts = claims.map(({ citations }) => citations[0]!.start);
  expect(new Set(starts).size).toBe(1900);
  expect(claims[0]?.title).toBe('Opening of hall 0');
  expect(claims.at(-1)?.title).toBe('Opening of hall 1899');
}, 180_000);

test('ai-timeline 18: a person sees an event with its quotes as they stand in their source, and what contradicts it', async () => {
  const text = `${sentence(1)} Nobody came.\n\nIt is also said that the hall number 1 was opened in 1852 by the king.`;
  const request = await answer('show', text);
  const { ref } = await validate(request);
  await new MockActivityEnvironment().run(async () => storeTimelineEvents(deps, { ...request, ref }));
  const told = await database.scope('show', async (tx) => {
    const [first] = await listEvents(tx);
    const quote = 'the hall number 1 was opened in 1852';
    const start = text.indexOf(quote);
    const conflict = { date: first!.date, citations: [{ sourceId: 's', start, end: start + quote.length, quote }] };
    await saveDecided(tx, { ...first!, conflicts: [conflict], flags: ['dateConflict'] });
    return tellEvent((await readEventToDecide(tx, first!.eventId))!);
  });
  const lines = told.join(' ').replace(/\s+/g, ' ');
  expect(lines).toContain('title Opening of hall 1 date 1850 (1850)');
  expect(lines).toContain('why dateConflict');
  expect(lines).toContain('S (tier 1) [The hall number 1 was opened in 1850] at Vadtal. Nobody came.');
  expect(lines).toContain('It is also said that [the hall number 1 was opened in 1852] by the king.');
  await database.scope('show', async (tx) => {
    expect(await readEventToDecide(tx, '00000000-0000-5000-8000-000000000000')).toBeUndefined();
  });
});
