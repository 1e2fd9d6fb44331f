import { MockActivityEnvironment } from '@temporalio/testing';
import type { Deps } from '../src/activities';
import { type StoredCounts, storeTimelineEvents } from '../src/activities/store-timeline-events';
import { writeClaims } from '../src/activities/validated-claims';
import type { Claim } from '../src/domain/types';
import { normaliseDate } from '../src/domain/dates/normalise-date';
import { openRequest, upsertSource, upsertTimeline } from '../src/repositories';
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

const WORDS = Array.from({ length: 50 }, (_, index) => `name${String.fromCharCode(97 + (index % 26))}${index}`);

/** Claims of invented houses, each of a year of its own. */
function houses(count: number, retitle: (title: string) => string = (title) => title): Claim[] {
  return Array.from({ length: count }, (_, index) => {
    const date = normaliseDate({ text: String(1000 + index) });
    if ('code' in date) throw new Error(date.code);
    const quote = `House number ${index} was opened.`;
    return {
      title: retitle(`Opening of ${WORDS[index % 50]} ${WORDS[Math.floor(index / 50) % 50]} house ${index}`),
      summary: quote,
      date,
      places: [],
      people: [`Builder ${index}`],
      citations: [{ sourceId: 's', start: index * 100, end: index * 100 + quote.length, quote }],
      sourceId: 's',
      tier: 1 as const,
      confidence: 0.9,
      flags: [],
      textSha256: null,
    };
  });
}

async function prepare(timelineId: string, requestId: string, claims: readonly Claim[]) {
  const settings = resolveInput({
    timelineId,
    requestId,
    topic: 'Houses',
    sources: [{ sourceId: 's', title: 'S', tier: 1, kind: 'text', text: 'x' }],
  });
  await database.scope(timelineId, async (tx) => {
    await upsertTimeline(tx, settings.topic);
    await upsertSource(tx, { sourceId: 's', title: 'S', tier: 1, kind: 'text', uri: null });
    await openRequest(tx, settings);
  });
  return { timelineId, requestId, ref: await writeClaims(deps.blobs, { claims, textHashes: {}, extractor: 'rules' }) };
}

const store = async (given: Awaited<ReturnType<typeof prepare>>, change: Partial<Deps> = {}) =>
  (await new MockActivityEnvironment().run(async () =>
    storeTimelineEvents({ ...deps, ...change }, given),
  )) as StoredCounts;
const count = async (table: string, timelineId: string) =>
  (await database.query(`select 1 from ${table} where timeline_id = $1`, [timelineId])).length;

test('ai-timeline 2, 16: batches of 100; a crash between two batches loses and doubles nothing', async () => {
  const given = await prepare('crash', 'r1', houses(250));
  // The request and the matching are read first, then each batch is one transaction.
  let transactions = 0;
  const failing: Deps['scope'] = async (scopeId, work) => {
    if (++transactions === 5) throw new Error('the database went away');
    return deps.scope(scopeId, work);
  };
  await expect(store(given, { scope: failing })).rejects.toThrow('the database went away');
  expect(await count('events', 'crash')).toBe(200);
  expect(await store(given)).toEqual({ published: 250, needsReview: 0 });
  expect(await count('events', 'crash')).toBe(250);
  expect(await store(given)).toEqual({ published: 250, needsReview: 0 });
  expect([await count('events', 'crash'), await count('citations', 'crash')]).toEqual([250, 250]);
});

/** A promise that something is waited for by. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

test('ai-timeline 16: two runs that tell of the same events in other words, at once, make one event of each', async () => {
  const first = await prepare('twice', 'r1', houses(250));
  const second = await prepare(
    'twice',
    'r2',
    houses(250, (title) => `The ${title.toLowerCase()}`),
  );
  // The second run has made its plan when the first one writes, and writes while the first one is between two batches.
  const [planned, written] = [gate(), gate()];
  const tell = (turns: Record<number, () => Promise<void> | void>): Deps['scope'] => {
    let turn = 0;
    return async (scopeId, work) => {
      turn += 1;
      await turns[turn]?.();
      return deps.scope(scopeId, work);
    };
  };
  // In each run the request is read first, then the timeline, and then each batch is a transaction.
  const [inFirst, inSecond] = [
    tell({ 3: async () => planned.opened, 4: () => written.open() }),
    tell({ 3: async () => (planned.open(), written.opened) }),
  ];
  await Promise.all([store(first, { scope: inFirst }), store(second, { scope: inSecond })]);
  expect(await count('events', 'twice')).toBe(250);
});

test('ai-timeline 22: five thousand events, stored and stored again', async () => {
  const given = await prepare('many', 'r1', houses(5000));
  await store(given);
  await store(given);
  expect(await count('events', 'many')).toBe(5000);
}, 180_000);
