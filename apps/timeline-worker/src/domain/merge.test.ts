import fc from 'fast-check';

import { toEnd } from '../../test/to-end';
import { normaliseDate } from './dates/normalise-date';
import { type ExistingEvent, knownEvent, nextState, statusOf } from './match-existing';
import { mergeClaims } from './merge';
import { eventIdOf, tokensOf, uuidV5 } from './similarity';
import type { Claim, Tier, TimelineEvent } from './types';

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
): Claim {
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
    textSha256: null,
  };
}

/** What claims come to by themselves. */
function mergeEvents({ events }: { events: readonly Claim[] }) {
  const result = toEnd(mergeClaims({ timelineId, claims: events }));
  return { ...result, events: result.events.map((merged) => merged.event) };
}

function merge(...events: Claim[]) {
  return mergeEvents({ events });
}

describe('ai-timeline 15: similarity', () => {
  it('ai-timeline 15: NFKC, case, diacritics and stop words do not matter; Indic signs do', () => {
    expect(tokensOf({ title: 'The Birth of Ｓwāmīnārāyaṇ in GADHADĀ', people: [] })).toEqual(
      new Set(['birth', 'swaminarayan', 'gadhada']),
    );
    expect(tokensOf({ title: 'ગઢડા', people: [] })).not.toEqual(tokensOf({ title: 'ગઢડી', people: [] }));
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
    const flagged: Claim = {
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
        const result = mergeEvents({ events });
        expect(mergeEvents({ events: other })).toEqual(result);
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

  const stored = (claims: Claim[], more: Partial<ExistingEvent> = {}) => {
    const [merged, ...others] = toEnd(mergeClaims({ timelineId, claims })).events;
    if (!merged || others.length > 0) throw new Error('one event');
    const row: ExistingEvent = {
      ...merged.event,
      status: 'published',
      lockedFields: [],
      decidedBy: null,
      imported: false,
      ...more,
    };
    return knownEvent(row, more.imported ? [] : claims);
  };
  const later = (known: ReturnType<typeof stored>[], ...claims: Claim[]) =>
    toEnd(mergeClaims({ timelineId, claims, known }));

  it('ai-timeline 16: other wording in a later run keeps the id', () => {
    const old = stored([event('The temple at Vadtal was consecrated', '3 November 1824')]);
    const claim = event('Temple at Vadtal consecrated', '1824', { sourceId: 'b' });
    expect(merge(claim).events[0]?.eventId).not.toBe(old.event.eventId);
    const { events } = later([old], claim);
    expect(events).toMatchObject([
      { event: { eventId: old.event.eventId, date: { edtf: '1824-11-03' } }, known: { eventId: old.event.eventId } },
    ]);
    expect(events[0]?.event.citations.map(({ sourceId }) => sourceId)).toEqual(['a', 'b']);
  });

  it('ai-timeline 15, 16: what a worse source says later does not replace what a better one has said', () => {
    const old = stored([event('Swaminarayan died at Gadhada', '1 June 1830', { tier: 1, summary: 'First' })]);
    const { events } = later([old], event('Swaminarayan died at Gadhada', '1830', { tier: 3, sourceId: 'b' }));
    expect(events).toMatchObject([{ event: { date: { edtf: '1830-06-01' }, summary: 'First', tier: 1 } }]);
  });

  it('ai-timeline 16: locked fields keep their value, and an event is recognised by what people have made of it', () => {
    const old = stored([event('Temple at Vadtal consecrated', '1824')], {
      title: 'Great feast of November',
      summary: 'By hand',
      lockedFields: ['summary', 'title'],
    });
    const { events } = later(
      [old],
      event('The temple at Vadtal is consecrated', '3 November 1824', { summary: 'By rule' }),
      event('Great feast of November', '1824', { sourceId: 'b' }),
    );
    expect(events).toMatchObject([
      { event: { summary: 'By hand', title: 'Great feast of November', date: { edtf: '1824-11-03' } } },
    ]);
  });

  it('ai-timeline 15, 16: a date that people have set stays, and what contradicts it is a conflict', () => {
    const date = normaliseDate({ text: '5 May 1823' });
    if ('code' in date) throw new Error('a date');
    const old = stored([event('Loya temple founded', '9 June 1823')], { date, lockedFields: ['date'] });
    const { events } = later([old], event('Loya temple founded', '1823', { sourceId: 'b' }));
    expect(events).toMatchObject([
      {
        event: { date: { edtf: '1823-05-05' }, flags: ['dateConflict'], conflicts: [{ date: { edtf: '1823-06-09' } }] },
      },
    ]);
  });

  it('ai-timeline 15, 16: a claim that is like two events of the timeline makes them one, unless people have touched both', () => {
    const march = event('Temple at Vadtal consecrated', '9 March 1824', { sourceId: 'a' });
    const november = event('Temple at Vadtal consecrated', '3 November 1824', { sourceId: 'b' });
    const year = event('Temple at Vadtal consecrated', '1824', { sourceId: 'c' });
    const free = [stored([march]), stored([november])].toSorted((a, b) => (a.event.eventId < b.event.eventId ? -1 : 1));
    expect(later(free, year).events).toMatchObject([
      { event: { eventId: free[0]!.event.eventId }, absorbed: [free[1]!.event.eventId] },
    ]);
    for (const more of [{ decidedBy: 'ana' }, { lockedFields: ['places' as const] }, { imported: true }]) {
      const touched = [stored([march]), stored([november], more)];
      expect(later(touched, year).events).toMatchObject([
        { event: { eventId: touched[1]!.event.eventId }, absorbed: [touched[0]!.event.eventId] },
      ]);
      const both = [stored([march], more), stored([november], more)];
      const { events } = later(both, year);
      expect(events).toMatchObject([{ absorbed: [] }]);
      expect(both.map((known) => known.event.eventId)).toContain(events[0]?.event.eventId);
    }
  });

  it('ai-timeline 15: what is nearly the same as an event of an earlier run is flagged there too', () => {
    const old = stored([event('Temple at Vadtal consecrated', '3 November 1824')]);
    const { events, doubles } = later([old], event('Temple at Vadtal consecrated', '20 November 1824'));
    expect(events).toMatchObject([
      { event: { flags: ['possibleConflict'], possibleConflictWith: [old.event.eventId] } },
    ]);
    expect(doubles).toMatchObject([
      { event: { eventId: old.event.eventId }, possibleConflictWith: [events[0]!.event.eventId] },
    ]);
    const rejected = stored([event('Temple at Vadtal consecrated', '3 November 1824')], {
      status: 'rejected',
      decidedBy: 'ana',
    });
    expect(later([rejected], event('Temple at Vadtal consecrated', '20 November 1824'))).toMatchObject({
      events: [{ event: { flags: [], possibleConflictWith: [] } }],
      doubles: [],
    });
  });

  it('ai-timeline 15: claims of a text that the source no longer has make way', () => {
    const old = { ...event('Temple at Vadtal consecrated', '1824'), textSha256: 'old' };
    const fresh = { ...event('Temple at Vadtal consecrated', '1825', { start: 50 }), textSha256: 'new' };
    const other = { ...event('Temple at Vadtal consecrated', '1820s', { sourceId: 'b' }), textSha256: 'b' };
    const { events } = toEnd(
      mergeClaims({ timelineId, claims: [fresh, other], known: [stored([old, other])], textHashes: { a: 'new' } }),
    );
    expect(events).toMatchObject([{ event: { date: { edtf: '1825' }, conflicts: [] } }]);
    expect(events[0]?.event.citations).toHaveLength(2);
  });

  it('ai-timeline 16: an imported event is its own claim, with what contradicts it', () => {
    const may = event('Loya temple founded', '5 May 1823', { sourceId: 'a', tier: 1 });
    const june = event('Loya temple founded', '9 June 1823', { sourceId: 'b', tier: 3 });
    const year = event('Loya temple founded', '1823', { sourceId: 'c' });
    const imported = stored([may, june, year], { imported: true });
    const { events } = later([imported], event('Loya temple founded', '1820s', { sourceId: 'd' }));
    expect(events).toMatchObject([
      {
        event: { date: { edtf: '1823-05-05' }, conflicts: [{ date: { edtf: '1823-06-09' } }], flags: ['dateConflict'] },
      },
    ]);
    expect(events[0]?.event.citations.map(({ sourceId }) => sourceId)).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('ai-timeline 16: what people have approved', () => {
  const settings = { review: 'low', minConfidence: 0.8 } as const;
  const claim = event('Temple at Vadtal consecrated', '1824');
  const [plain] = merge(claim).events;
  const approved: ExistingEvent = {
    ...plain!,
    status: 'published',
    lockedFields: ['date', 'summary', 'title'],
    decidedBy: 'ana',
    imported: false,
  };
  const after = (...claims: Claim[]) => {
    const known = [knownEvent(approved, [claim])];
    const [merged] = toEnd(mergeClaims({ timelineId, claims, known })).events;
    return nextState({ event: merged!.event, known: approved, settings });
  };

  it('ai-timeline 16: stays as it is when a later run brings another quote', () => {
    const next = after(event('The temple at Vadtal is consecrated', '3 November 1824', { sourceId: 'b', tier: 1 }));
    expect(next).toMatchObject({
      status: 'published',
      event: { title: 'Temple at Vadtal consecrated', date: { edtf: '1824' }, flags: [] },
    });
    expect(next.event.citations).toHaveLength(2);
  });

  it.each<[string, Claim]>([
    ['people', event('Temple at Vadtal consecrated', '1824', { sourceId: 'b', people: ['Heber'] })],
    [
      'an order to a model',
      { ...event('Temple at Vadtal consecrated', '1824', { start: 9 }), flags: ['suspectedInjection'] },
    ],
    ['a date that contradicts', event('Temple at Vadtal consecrated', '1820/1823', { sourceId: 'b' })],
  ])('ai-timeline 16: goes back to review, with a flag, when a later run brings %s', (what, news) => {
    const bridge = event('Temple at Vadtal consecrated', '1820s', { sourceId: 'c' });
    const { event: next, status } = after(...(what === 'a date that contradicts' ? [news, bridge] : [news]));
    expect(status).toBe('needs_review');
    expect(next.flags).toContain('changedSinceDecision');
    // And stays there until somebody has looked.
    const again = nextState({ event: approved, known: { ...approved, flags: next.flags, status }, settings });
    expect(again).toMatchObject({ status: 'needs_review', event: { flags: ['changedSinceDecision'] } });
  });

  it('ai-timeline 16: what is rejected stays so, whatever is found', () => {
    const rejected: ExistingEvent = { ...approved, status: 'rejected' };
    const event = { ...plain!, title: 'Other words' };
    expect(nextState({ event, known: rejected, settings })).toEqual({ event, status: 'rejected' });
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
