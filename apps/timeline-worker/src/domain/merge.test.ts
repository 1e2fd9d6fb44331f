import fc from 'fast-check';

import { normaliseDate } from './dates/normalise-date';
import { matchExisting, statusOf } from './match-existing';
import { mergeEvents } from './merge';
import { diceSimilarity, eventIdOf, tokensOf, uuidV5 } from './similarity';
import type { GroundedEvent, StoredEvent, Tier, TimelineEvent } from './types';

const timelineId = '9b2f6a52-3a0e-4a5c-8a33-6f3f5d9f1f10';

function event(
  title: string,
  dateText: string,
  more: {
    sourceId?: string;
    tier?: Tier;
    people?: string[];
    start?: number;
    summary?: string;
    confidence?: number;
  } = {},
): GroundedEvent {
  const date = normaliseDate({ text: dateText });
  if ('code' in date) throw new Error(dateText);
  const { sourceId = 'a', tier = 2, people = [], start = 0, summary = '', confidence = 0.9 } = more;
  return {
    title,
    summary,
    date,
    places: [],
    people,
    citations: [{ sourceId, start, end: start + 20, quote: 'x'.repeat(20) }],
    sourceId,
    tier,
    confidence,
    flags: [],
  };
}

function merge(...events: GroundedEvent[]) {
  return mergeEvents({ timelineId, events });
}

describe('ai-timeline 15: similarity', () => {
  it('ai-timeline 15: NFKC, case, diacritics and stop words do not matter; Indic signs do', () => {
    expect(tokensOf({ title: 'The Birth of Ｓwāmīnārāyaṇ in GADHADĀ', people: [] })).toEqual(
      new Set(['birth', 'swaminarayan', 'gadhada']),
    );
    expect(tokensOf({ title: 'ગઢડા', people: [] })).not.toEqual(tokensOf({ title: 'ગઢડી', people: [] }));
  });

  it('ai-timeline 15: Dice is twice the common over the sum', () => {
    expect(diceSimilarity(new Set(['a', 'b', 'c']), new Set(['b', 'c', 'd']))).toBeCloseTo(4 / 6);
    expect(diceSimilarity(new Set(), new Set())).toBe(0);
  });
});

describe('ai-timeline 15: merge', () => {
  it('ai-timeline 15: overlapping dates and similar titles are one event with all citations', () => {
    const { events, merged } = merge(
      event('Swaminarayan died at Gadhada', '1 June 1830', { sourceId: 'a', people: ['Swaminarayan'] }),
      event('Death: Swaminarayan died at Gadhada', '1830', { sourceId: 'b', people: ['Swaminarayan', 'Dada'] }),
    );
    expect(events).toHaveLength(1);
    expect(merged).toBe(1);
    expect(events[0]).toMatchObject({
      date: { edtf: '1830-06-01' },
      people: ['Dada', 'Swaminarayan'],
      conflicts: [],
      flags: [],
    });
    expect(events[0]?.citations.map(({ sourceId }) => sourceId)).toEqual(['a', 'b']);
  });

  it('ai-timeline 15: different titles or disjoint dates stay apart', () => {
    expect(
      merge(event('Temple at Vadtal consecrated', '1824'), event('Earthquake in Kutch', '1824')).events,
    ).toHaveLength(2);
    expect(
      merge(event('Temple at Vadtal consecrated', '1824'), event('Temple at Vadtal consecrated', '1826')).events,
    ).toHaveLength(2);
  });

  it('ai-timeline 15: the exact day lies inside the converted one and wins without conflict', () => {
    const { events } = merge(
      event('Shikshapatri completed at Vadtal', 'Samvat 1882 Maha sud 5', { tier: 1 }),
      event('Shikshapatri completed at Vadtal', '12 February 1826', { tier: 3, sourceId: 'b' }),
    );
    expect(events).toMatchObject([{ date: { edtf: '1826-02-12' }, conflicts: [], tier: 1 }]);
  });

  describe('ai-timeline 15: equal precision but disjoint', () => {
    const year = (more: object) => event('Loya temple founded', '1823', { sourceId: 'y', tier: 3, ...more });

    it('ai-timeline 15: the best tier wins, the rest are conflicts', () => {
      const { events, conflicts } = merge(
        year({}),
        event('Loya temple founded', '5 May 1823', { sourceId: 'a', tier: 3 }),
        event('Loya temple founded', '9 June 1823', { sourceId: 'b', tier: 1 }),
      );
      expect(conflicts).toBe(1);
      expect(events).toMatchObject([
        {
          date: { edtf: '1823-06-09' },
          flags: ['dateConflict'],
          conflicts: [{ date: { edtf: '1823-05-05' }, citations: [{ sourceId: 'a' }] }],
        },
      ]);
    });

    it('ai-timeline 15: then most citations, then the earliest', () => {
      const may = (sourceId: string) => event('Loya temple founded', '5 May 1823', { sourceId });
      const june = (sourceId: string) => event('Loya temple founded', '9 June 1823', { sourceId });
      expect(merge(year({}), may('a'), june('b'), june('c')).events[0]?.date.edtf).toBe('1823-06-09');
      expect(merge(year({}), may('a'), june('b')).events[0]?.date.edtf).toBe('1823-05-05');
    });
  });

  it('ai-timeline 15: nearly the same within 31 days, not overlapping: kept apart, both flagged', () => {
    const { events } = merge(
      event('Temple at Vadtal consecrated', '3 November 1824'),
      event('Temple at Vadtal consecrated', '4 December 1824'),
      event('Temple at Vadtal consecrated', '5 January 1825'),
    );
    expect(events.map(({ flags }) => flags)).toEqual([['possibleConflict'], ['possibleConflict'], []]);
    expect(events[0]?.possibleConflictWith).toEqual([events[1]?.eventId]);
    expect(events[1]?.possibleConflictWith).toEqual([events[0]?.eventId]);
  });

  it('flags of any of the events stay', () => {
    const flagged: GroundedEvent = {
      ...event('Palace opened', '1815', { sourceId: 'b' }),
      flags: ['suspectedInjection'],
    };
    expect(merge(event('Palace opened', '1815'), flagged).events[0]?.flags).toEqual(['suspectedInjection']);
  });

  it('ai-timeline 15: the result does not depend on the order, and ids are unique', () => {
    const title = fc.constantFrom(
      'Temple at Vadtal consecrated',
      'The temple at Vadtal was consecrated',
      'Consecration of Vadtal temple',
      'Temple at Bhuj consecrated',
      'Earthquake in Kutch',
    );
    const date = fc.constantFrom(
      '3 November 1824',
      '4 November 1824',
      '1824',
      'November 1824',
      'Samvat 1881 Kartik sud 12',
      '1820s',
      '20 December 1824',
    );
    const any = fc
      .record({
        title,
        date,
        sourceId: fc.constantFrom('a', 'b', 'c'),
        tier: fc.constantFrom<Tier>(1, 2, 3),
        start: fc.nat(3),
        people: fc.subarray(['Brahmanand', 'Heber']),
      })
      .map(({ title: name, date: text, ...more }) => event(name, text, more));
    const list = fc.array(any, { maxLength: 12 });
    const shuffled = list.chain((events) =>
      fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
    );
    fc.assert(
      fc.property(shuffled, ([events, other]) => {
        const result = mergeEvents({ timelineId, events });
        expect(mergeEvents({ timelineId, events: other })).toEqual(result);
        expect(new Set(result.events.map(({ eventId }) => eventId)).size).toBe(result.events.length);
        expect(result.events.length + result.merged).toBe(events.length);
        const citations = (from: readonly { citations: readonly object[] }[]) =>
          new Set(from.flatMap((one) => one.citations.map((citation) => JSON.stringify(citation))));
        expect(citations(result.events)).toEqual(citations(events));
      }),
      { numRuns: 150 },
    );
  });

  it('ai-timeline 22: 5,000 events merge in seconds', () => {
    const events = Array.from({ length: 5000 }, (_, index) =>
      event(
        `Event ${index % 700} of ${index} and ${index * 7} told in the long list`,
        index % 2 === 0 ? '19th century' : String(1700 + (index % 200)),
        { start: index },
      ),
    );
    expect(merge(...events).events.length).toBeGreaterThan(0);
  });
});

describe('ai-timeline 16: identity', () => {
  it('ai-timeline 16: UUID version 5 as RFC 9562 gives it', () => {
    expect(uuidV5({ namespace: '6ba7b810-9dad-11d1-80b4-00c04fd430c8', name: 'www.example.com' })).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
    expect(() => uuidV5({ namespace: 'swaminarayan', name: 'x' })).toThrow(RangeError);
  });

  it('ai-timeline 16: the id is of timeline, date and normalised title', () => {
    const id = eventIdOf({ timelineId: 'swaminarayan', edtf: '1781', title: 'Birth of Ghanshyām' });
    expect(eventIdOf({ timelineId: 'swaminarayan', edtf: '1781', title: 'birth OF  ghanshyam.' })).toBe(id);
    expect(eventIdOf({ timelineId: 'other', edtf: '1781', title: 'Birth of Ghanshyām' })).not.toBe(id);
    expect(eventIdOf({ timelineId: 'swaminarayan', edtf: '1782', title: 'Birth of Ghanshyām' })).not.toBe(id);
  });

  const stored = (title: string, date: string, more: Partial<StoredEvent> = {}): StoredEvent => {
    const [first] = merge(event(title, date)).events;
    if (!first) throw new Error('no event');
    return { ...first, status: 'published', lockedFields: [], ...more };
  };

  it('ai-timeline 16: other wording in a later run keeps the id', () => {
    const old = stored('The temple at Vadtal was consecrated', '3 November 1824');
    const { events } = merge(event('Temple at Vadtal consecrated', '1824'));
    expect(events[0]?.eventId).not.toBe(old.eventId);
    expect(matchExisting({ events, existing: [old] })).toMatchObject([
      { event: { eventId: old.eventId }, existing: { eventId: old.eventId } },
    ]);
  });

  it('ai-timeline 16: locked fields keep their value', () => {
    const old = stored('Temple at Vadtal consecrated', '1824', {
      summary: 'By hand',
      lockedFields: ['summary', 'people'],
    });
    const { events } = merge(event('The temple at Vadtal is consecrated', '3 November 1824', { summary: 'By rule' }));
    expect(matchExisting({ events, existing: [old] })[0]?.event).toMatchObject({
      summary: 'By hand',
      date: { edtf: '1824-11-03' },
    });
  });

  it('ai-timeline 16: a stored event is taken once, by the most similar; others are new', () => {
    const old = stored('Temple at Vadtal consecrated', '1824');
    const { events } = merge(
      event('Temple at Vadtal consecrated', '3 November 1824'),
      event('Temple at old Vadtal consecrated', '9 March 1824'),
    );
    const matched = matchExisting({ events, existing: [old] });
    expect(matched.filter(({ existing }) => existing).map(({ event: { title } }) => title)).toEqual([
      'Temple at Vadtal consecrated',
    ]);
    expect(new Set(matched.map(({ event: { eventId } }) => eventId)).size).toBe(2);
  });
});

describe('ai-timeline 18: review', () => {
  const [plain] = merge(event('Temple consecrated', '1824')).events;
  if (!plain) throw new Error('no event');

  it.each<['none' | 'low' | 'all', Partial<TimelineEvent>, string]>([
    ['low', {}, 'published'],
    ['low', { confidence: 0.79 }, 'needs_review'],
    ['none', { confidence: 0.1 }, 'published'],
    ['none', { flags: ['suspectedInjection'] }, 'needs_review'],
    ['all', {}, 'needs_review'],
    ['low', { date: { ...plain.date, flags: ['vanishedTithi'] } }, 'needs_review'],
  ])('ai-timeline 18: review %s, %j: %s', (review, change, status) => {
    expect(statusOf({ event: { ...plain, ...change }, review, minConfidence: 0.8 })).toBe(status);
  });
});
