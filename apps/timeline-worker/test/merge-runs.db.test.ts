import { MockActivityEnvironment } from '@temporalio/testing';
import fc from 'fast-check';
import type { Deps } from '../src/activities';
import { decideEvent } from '../src/activities/decide-event';
import { storeTimelineEvents } from '../src/activities/store-timeline-events';
import { writeClaims } from '../src/activities/validated-claims';
import type { EventPatch } from '../src/contract';
import { eventKey } from '../src/domain/claims';
import { normaliseDate } from '../src/domain/dates/normalise-date';
import type { Claim, Tier } from '../src/domain/types';
import {
  type EventRow,
  listClaims,
  listEvents,
  openRequest,
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

interface Told {
  title: string;
  date: string;
  sourceId?: string;
  tier?: Tier;
  start?: number;
  people?: string[];
  summary?: string;
  flags?: Claim['flags'];
}

function claim({ title, date: text, ...more }: Told): Claim {
  const date = normaliseDate({ text });
  if ('code' in date) throw new Error(date.code);
  const { sourceId = 'a', tier = 2, start = 0, people = [], summary = '', flags = [] } = more;
  const citations = [{ sourceId, start, end: start + 20, quote: 'x'.repeat(20) }];
  return {
    title,
    summary,
    date,
    places: [],
    people,
    citations,
    sourceId,
    tier,
    confidence: 0.9,
    flags,
    textSha256: null,
  };
}

const SOURCES = ['a', 'b', 'c', 'd'];

/** A run that comes to these claims, with the texts of its sources that it has read. */
async function run(
  timelineId: string,
  requestId: string,
  claims: readonly Claim[],
  textHashes: Readonly<Record<string, string>> = {},
  by: Deps = deps,
) {
  const sources = SOURCES.map((sourceId) => ({ sourceId, title: sourceId, tier: 1, kind: 'text', text: 'x' }) as const);
  const settings = resolveInput({
    timelineId,
    requestId,
    topic: 'Temples',
    sources,
    calendar: { samvatYear: 'chaitradi', month: 'amanta', gregorianFrom: '1582-10-15' },
  });
  await database.scope(timelineId, async (tx) => {
    await upsertTimeline(tx, settings.topic);
    for (const { sourceId } of sources)
      await upsertSource(tx, { sourceId, title: sourceId, tier: 1, kind: 'text', uri: null });
    await openRequest(tx, settings);
  });
  const ref = await writeClaims(deps.blobs, { claims, textHashes, extractor: 'rules' });
  return new MockActivityEnvironment().run(async () => storeTimelineEvents(by, { timelineId, requestId, ref }));
}

const eventsOf = async (timelineId: string) => database.scope(timelineId, async (tx) => listEvents(tx));
async function only(timelineId: string): Promise<EventRow> {
  const [event, ...others] = await eventsOf(timelineId);
  expect(others).toEqual([]);
  return event!;
}

async function decide(timelineId: string, action: 'approve' | 'reject' | 'edit', patch?: EventPatch) {
  const { eventId } = await only(timelineId);
  const decision = { eventId, action, user: 'ana', ...(patch && { patch }) };
  return decideEvent(deps, { timelineId, decision, key: `${eventId} ${action} ${JSON.stringify(patch)}` });
}

/** A timeline without its ids, which are those of the first storage: events are named by what they say. */
async function contentOf(timelineId: string): Promise<string[]> {
  const events = await eventsOf(timelineId);
  const named = new Map(events.map((event) => [event.eventId, eventKey({ ...event, possibleConflictWith: [] })]));
  const told = ({ possibleConflictWith, ...event }: EventRow) => [
    eventKey({ ...event, possibleConflictWith: [] }),
    event.status,
    ...possibleConflictWith.map((id) => named.get(id)!).toSorted(),
  ];
  return events.map((event) => JSON.stringify(told(event))).toSorted();
}

test('ai-timeline 15: A then B, B then A, and A and B in one run, come to the same timeline', async () => {
  const any = fc
    .record({
      title: fc.constantFrom(
        'Temple at Vadtal consecrated',
        'The temple at Vadtal was consecrated',
        'Consecration of Vadtal temple',
        'Temple at old Vadtal consecrated by the river',
        'Earthquake in Kutch',
      ),
      date: fc.constantFrom(
        '3 November 1824',
        '4 November 1824',
        '1824',
        'November 1824',
        'Samvat 1881 Kartik sud 12',
        '1820s',
        '20 December 1824',
        '20 January 1825',
      ),
      sourceId: fc.constantFrom(...SOURCES),
      tier: fc.constantFrom<Tier>(1, 2, 3),
      start: fc.nat(3),
      people: fc.subarray(['Brahmanand', 'Heber']),
      summary: fc.constantFrom('Told', 'Told again'),
    })
    .map(claim);
  let timelines = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(any, fc.nat(2)), { minLength: 2, maxLength: 14 }), async (given) => {
      timelines += 1;
      const parts = [0, 1, 2].map((part) => given.filter(([, of]) => of === part).map(([one]) => one));
      const orders = [[parts.flat()], parts, parts.toReversed(), [...parts, parts[0]!]];
      const contents = [];
      for (const [index, runs] of orders.entries()) {
        const timelineId = `split-${timelines}-${index}`;
        for (const [place, claims] of runs.entries()) await run(timelineId, `r${place}`, claims);
        contents.push(await contentOf(timelineId));
      }
      expect(contents[1]).toEqual(contents[0]);
      expect(contents[2]).toEqual(contents[0]);
      expect(contents[3]).toEqual(contents[0]);
    }),
    { numRuns: 25 },
  );
}, 180_000);

test('ai-timeline 14: a date is read back as it was written, with the year and month that it was read by', async () => {
  const told = claim({ title: 'Temple at Vadtal consecrated', date: 'Samvat 1881 Kartik sud 12' });
  expect(told.date.reckoning).toBeDefined();
  await run('reckoning', 'r1', [told]);
  expect((await only('reckoning')).date).toEqual(told.date);
});

test('ai-timeline 15: a run again writes nothing', async () => {
  const claims = [claim({ title: 'Loya temple founded', date: '1823' }), claim({ title: 'Flood', date: '1825' })];
  const counts = await run('again', 'r1', claims);
  const before = await database.query(`select revision from timelines where timeline_id = 'again'`);
  expect(await run('again', 'r2', claims)).toEqual(counts);
  expect(await database.query(`select revision from timelines where timeline_id = 'again'`)).toEqual(before);
});

test('ai-timeline 15, 16: two events that a later source shows to be one keep one id, and their claims', async () => {
  await run('bridge', 'r1', [
    claim({ title: 'Temple at Vadtal consecrated', date: '9 March 1824' }),
    claim({ title: 'Temple at Vadtal consecrated', date: '3 November 1824', sourceId: 'b' }),
  ]);
  const before = await eventsOf('bridge');
  expect(before).toHaveLength(2);
  await run('bridge', 'r2', [claim({ title: 'Temple at Vadtal consecrated', date: '1824', sourceId: 'c' })]);
  const event = await only('bridge');
  expect(event.eventId).toBe(before.map(({ eventId }) => eventId).toSorted()[0]);
  expect(event.citations.map(({ sourceId }) => sourceId)).toEqual(['a', 'b', 'c']);
  expect(event.conflicts).toHaveLength(1);
  const claims = await database.scope('bridge', async (tx) => listClaims(tx));
  expect([...claims].map(([id, list]) => [id, list.length])).toEqual([[event.eventId, 3]]);
});

test('ai-timeline 16: an approved event keeps its words and its date; news sends it back to review until somebody looks', async () => {
  await run('approved', 'r1', [claim({ title: 'Temple at Vadtal consecrated', date: '1824', summary: 'As it was' })]);
  const outcome = await decide('approved', 'approve');
  expect(outcome).toMatchObject({ status: 'published', lockedFields: ['date', 'summary', 'title'] });

  const better = { title: 'The temple at Vadtal is consecrated', date: '3 November 1824', summary: 'Other words' };
  await run('approved', 'r2', [claim({ ...better, sourceId: 'b', tier: 1 })]);
  expect(await only('approved')).toMatchObject({
    status: 'published',
    title: 'Temple at Vadtal consecrated',
    summary: 'As it was',
    date: { edtf: '1824' },
    citations: [{ sourceId: 'a' }, { sourceId: 'b' }],
    tier: 1,
    flags: [],
  });

  await run('approved', 'r3', [claim({ ...better, sourceId: 'c', flags: ['suspectedInjection'] })]);
  const flags = ['changedSinceDecision', 'suspectedInjection'];
  expect(await only('approved')).toMatchObject({ status: 'needs_review', flags, decidedBy: 'ana' });
  await run('approved', 'r4', [claim({ ...better, sourceId: 'b', tier: 1 })]);
  expect(await only('approved')).toMatchObject({ status: 'needs_review', flags });

  await decideEvent(deps, {
    timelineId: 'approved',
    decision: { eventId: outcome.eventId, action: 'approve', user: 'ana' },
    key: 'again',
  });
  expect(await only('approved')).toMatchObject({ status: 'published', flags: ['suspectedInjection'] });
  await run('approved', 'r5', [claim({ ...better, sourceId: 'd' })]);
  expect(await only('approved')).toMatchObject({ status: 'published', flags: ['suspectedInjection'] });
});

test('ai-timeline 16: a rejected event that is found again stays rejected and is not told twice', async () => {
  await run('rejected', 'r1', [claim({ title: 'Palace opened at Vadtal', date: '1824' })]);
  await decide('rejected', 'reject');
  expect(
    await run('rejected', 'r2', [claim({ title: 'The palace at Vadtal opened', date: 'May 1824', sourceId: 'b' })]),
  ).toEqual({
    published: 0,
    needsReview: 0,
  });
  expect(await only('rejected')).toMatchObject({ status: 'rejected' });
});

describe('ai-timeline 15, 16: a claim of a year in which one event is rejected and another is told', () => {
  const vadtal = (date: string, sourceId: string) => claim({ title: 'Temple at Vadtal consecrated', date, sourceId });
  const decideOn = async (timelineId: string, edtf: string, action: 'approve' | 'reject') => {
    const event = (await eventsOf(timelineId)).find(({ date }) => date.edtf === edtf);
    const decision = { eventId: event!.eventId, action, user: 'ana' };
    await decideEvent(deps, { timelineId, decision, key: `${action} ${edtf}` });
  };
  const toldOf = async (timelineId: string) =>
    (await eventsOf(timelineId)).map(({ date, status, citations }) => [
      date.edtf,
      status,
      citations.map(({ sourceId }) => sourceId).join(''),
    ]);

  test('ai-timeline 15, 16: is of the one that is told, when both are known', async () => {
    await run('swallow', 'r1', [vadtal('9 March 1824', 'a'), vadtal('3 November 1824', 'b')]);
    await decideOn('swallow', '1824-03-09', 'reject');
    const counts = await run('swallow', 'r2', [vadtal('1824', 'c')]);
    expect(counts).toEqual({ published: 1, needsReview: 0 });
    expect(await toldOf('swallow')).toEqual([
      ['1824-03-09', 'rejected', 'a'],
      ['1824-11-03', 'published', 'bc'],
    ]);
  });

  test('ai-timeline 15, 16: is of the one that is told, when one run tells both', async () => {
    await run('tied', 'r1', [vadtal('9 March 1824', 'a')]);
    await decideOn('tied', '1824-03-09', 'reject');
    const claims = [vadtal('1824', 'b'), vadtal('3 November 1824', 'c')];
    const expected = [
      ['1824-03-09', 'rejected', 'a'],
      ['1824-11-03', 'published', 'bc'],
    ];
    for (const requestId of ['r2', 'r3']) {
      expect(await run('tied', requestId, claims)).toEqual({ published: 1, needsReview: 0 });
      expect(await toldOf('tied')).toEqual(expected);
    }
  });

  test('ai-timeline 15, 16: leaves the rejected one as it is, when it is like nothing else', async () => {
    await run('alone', 'r1', [vadtal('9 March 1824', 'a')]);
    await decideOn('alone', '1824-03-09', 'reject');
    // Twice in the same words: both are of the rejected one.
    const claims = [vadtal('9 March 1824', 'a'), vadtal('1824', 'b'), vadtal('1824', 'c')];
    expect(await run('alone', 'r2', claims)).toEqual({ published: 0, needsReview: 0 });
    expect(await toldOf('alone')).toEqual([['1824-03-09', 'rejected', 'a']]);
  });

  test('ai-timeline 15, 16: never ties two that people have touched, though their claims are told again', async () => {
    const both = [vadtal('9 March 1824', 'a'), vadtal('3 November 1824', 'b')];
    await run('touched', 'r1', both);
    await decideOn('touched', '1824-03-09', 'approve');
    await decideOn('touched', '1824-11-03', 'approve');
    await run('touched', 'r2', [...both, vadtal('1824', 'c')]);
    const told = await toldOf('touched');
    expect(told.map(([date, status]) => [date, status])).toEqual([
      ['1824-03-09', 'published'],
      ['1824-11-03', 'published'],
    ]);
    expect(told.map(([, , sources]) => sources).join('')).toHaveLength(3);
  });
});

test('ai-timeline 16: an approved event that loses a quote because its source has changed goes back to review', async () => {
  const told = { title: 'Temple at Vadtal consecrated', date: '1824' };
  const ofText = (textSha256: string, start: number, quote?: string): Claim => {
    const made = { ...claim({ ...told, start }), textSha256 };
    return quote === undefined ? made : { ...made, citations: [{ ...made.citations[0]!, quote }] };
  };
  const sha = (letter: string): string => letter.repeat(64);
  for (const letter of ['1', '2', '3'])
    await database.scope('lost', async (tx) => {
      await upsertTimeline(tx, 'Temples');
      await saveText(tx, { sha256: sha(letter), text: letter, original: await deps.blobs.put(letter) });
    });
  await run('lost', 'r1', [ofText(sha('1'), 0)], { a: sha('1') });
  await decide('lost', 'approve');
  // The same words further down are the same proof.
  await run('lost', 'r2', [ofText(sha('2'), 500)], { a: sha('2') });
  expect(await only('lost')).toMatchObject({ status: 'published', flags: [], citations: [{ start: 500 }] });
  await run('lost', 'r3', [ofText(sha('3'), 500, 'y'.repeat(20))], { a: sha('3') });
  expect(await only('lost')).toMatchObject({ status: 'needs_review', flags: ['changedSinceDecision'] });
});

test('ai-timeline 15, 16: a run reads of the timeline what its claims may touch, and leaves the rest as it is', async () => {
  const title = 'Temple at Vadtal consecrated';
  // Each a possible double of its neighbours, so that what the run touches names what it does not.
  const dates = ['1 June 1824', '1 July 1824', '31 July 1824', '30 August 1824'];
  const told = dates.map((date, index) => claim({ title, date, sourceId: SOURCES[index]! }));
  const far = Array.from({ length: 20 }, (_, index) =>
    claim({ title: `House ${index} burnt`, date: `${1700 + index}`, summary: 'far'.repeat(10) }),
  );
  for (const timelineId of ['window', 'whole']) await run(timelineId, 'r1', [...told, ...far]);
  let read = 0;
  const { scope } = deps;
  const counting: Deps['scope'] = async (scopeId, work) =>
    scope(scopeId, async (tx) => {
      const query = async (text: string, values?: unknown[]) => {
        const result = await tx.query(text, values);
        read += JSON.stringify(result.rows ?? []).split('far'.repeat(10)).length - 1;
        return result;
      };
      return work({ query } as typeof tx);
    });
  const more = [claim({ title: 'The temple at Vadtal was consecrated', date: '1 June 1824', sourceId: 'd', start: 3 })];
  await run('window', 'r2', more, {}, { ...deps, scope: counting });
  expect(read).toBe(0);
  // Told with all the others again, it comes to the same.
  await run('whole', 'r2', [...more, ...told, ...far]);
  expect(await contentOf('window')).toEqual(await contentOf('whole'));
  expect((await eventsOf('window')).map(({ possibleConflictWith }) => possibleConflictWith.length)).toEqual([
    ...far.map(() => 0),
    1,
    2,
    2,
    1,
  ]);
});

test('ai-timeline 15, 18: an edited date is read by the calendar of the timeline, and is what other dates contradict', async () => {
  await run('edited', 'r1', [
    claim({ title: 'Temple at Loya founded', date: '1781' }),
    claim({ title: 'Temple at Loya founded', date: '3 April 1781', sourceId: 'b', tier: 3 }),
    claim({ title: 'Temple at Loya founded', date: '9 June 1781', sourceId: 'c', tier: 1 }),
  ]);
  expect(await only('edited')).toMatchObject({
    date: { edtf: '1781-06-09' },
    conflicts: [{ date: { edtf: '1781-04-03' } }],
  });
  // In a year that begins with Chaitra the month is of the next number.
  await decide('edited', 'edit', { date: 'Samvat 1838 Chaitra sud 9' });
  const expected = {
    date: { edtf: '1781-04-03~' },
    conflicts: [{ date: { edtf: '1781-06-09' } }],
    flags: ['dateConflict'],
    lockedFields: ['date'],
  };
  expect(await only('edited')).toMatchObject(expected);
  await run('edited', 'r2', [claim({ title: 'Temple at Loya founded', date: '1780s', sourceId: 'd' })]);
  expect(await only('edited')).toMatchObject(expected);
  await decide('edited', 'edit', { date: '1781' });
  expect(await only('edited')).toMatchObject({ date: { edtf: '1781' }, conflicts: [], flags: [] });
});

test('ai-timeline 15: an event without claims on record, as older workers wrote it, is its own claim', async () => {
  await run('older', 'r1', [
    claim({ title: 'Loya temple founded', date: '5 May 1823', tier: 1 }),
    claim({ title: 'Loya temple founded', date: '9 June 1823', sourceId: 'b', tier: 3 }),
    claim({ title: 'Loya temple founded', date: '1823', sourceId: 'c' }),
  ]);
  const before = await only('older');
  await database.query(`delete from event_claims where timeline_id = 'older'`);
  await run('older', 'r2', [claim({ title: 'Loya temple founded', date: '1820s', sourceId: 'd', tier: 3 })]);
  const after = await only('older');
  expect(after).toMatchObject({ eventId: before.eventId, date: before.date, tier: 1, flags: ['dateConflict'] });
  expect(after.conflicts).toEqual(before.conflicts);
  expect(after.citations.map(({ sourceId }) => sourceId)).toEqual(['a', 'b', 'c', 'd']);
});

test('ai-timeline 2: a run that a worker before claims has validated is stored all the same', async () => {
  await run('earlier', 'r1', [claim({ title: 'Loya temple founded', date: '1823' })]);
  const events = [
    { ...(await only('earlier')), title: 'Flood at Surat', date: claim({ title: '', date: '1824' }).date },
  ];
  const ref = await deps.blobs.put(JSON.stringify({ events, textHashes: {}, extractor: 'rules' }));
  const request = { timelineId: 'earlier', requestId: 'r1', ref };
  await new MockActivityEnvironment().run(async () => storeTimelineEvents(deps, request));
  expect((await eventsOf('earlier')).map(({ title }) => title)).toEqual(['Loya temple founded', 'Flood at Surat']);
});
