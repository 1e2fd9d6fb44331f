import { normaliseDate } from '../dates/normalise-date';
import { toCsv } from './csv';
import { toHtml } from './html/page';
import type { ExportCitation, ExportEvent, ExportInput } from './model';
import { toTimelineJs } from './timelinejs';

function event(dateText: string, more: Partial<ExportEvent> = {}): ExportEvent {
  const date = normaliseDate({ text: dateText });
  if ('code' in date) throw new Error(dateText);
  return {
    eventId: `id-${dateText.replace(/\W/g, '')}`,
    title: 'Title',
    summary: 'Summary',
    date,
    places: [],
    people: [],
    citations: [quoted('s', 'twelve chars')],
    tier: 1,
    confidence: 0.9,
    flags: [],
    conflicts: [],
    possibleConflictWith: [],
    status: 'published',
    ...more,
  };
}

function quoted(sourceId: string, quote: string): ExportCitation {
  return { sourceId, start: 0, end: quote.length, quote, before: '', after: '', textSha256: null };
}

function input(events: ExportEvent[], more: Partial<ExportInput> = {}): ExportInput {
  return {
    timelineId: 't',
    topic: 'A topic',
    extractor: 'rules-1',
    generatedOn: '2026-11-21',
    events,
    sources: [{ sourceId: 's', title: 'The source', tier: 1, uri: 'https://example.org/s' }],
    ...more,
  };
}

const EVIL = `<script>alert(1)</script>"'&<img src=x onerror=alert(1)>`;

describe('ai-timeline 20: TimelineJS', () => {
  it.each([
    ['3 April 1781', { start_date: { year: 1781, month: 4, day: 3 } }],
    ['October 1800', { start_date: { year: 1800, month: 10 } }],
    ['1809', { start_date: { year: 1809 } }],
    ['9 BCE', { start_date: { year: -9 } }],
    [
      'circa 1809',
      {
        start_date: { year: 1809, month: 1, day: 1 },
        end_date: { year: 1809, month: 12, day: 31 },
        display_date: 'about 1809',
      },
    ],
    [
      '1820s',
      {
        start_date: { year: 1820, month: 1, day: 1 },
        end_date: { year: 1829, month: 12, day: 31 },
        display_date: '1820s',
      },
    ],
    ['Samvat 1837 Chaitra sud 9', { start_date: { year: 1781, month: 4, day: 3 }, display_date: 'about 3 April 1781' }],
    ['before 1800', { start_date: { year: 1800, month: 12, day: 31 }, display_date: 'until 1800' }],
  ])('ai-timeline 20: %s', (dateText, expected) => {
    const [shown] = toTimelineJs(input([event(dateText)])).events;
    const { unique_id: _id, text: _text, ...dates } = shown ?? { unique_id: '', text: '' };
    expect(dates).toEqual(expected);
  });

  it('ai-timeline 20: text is HTML-escaped everywhere', () => {
    const evil = event('1809', {
      title: EVIL,
      summary: EVIL,
      citations: [quoted('s', EVIL)],
    });
    const json = JSON.stringify(
      toTimelineJs(input([evil], { topic: EVIL, sources: [{ sourceId: 's', title: EVIL, tier: 1 }] })),
    );
    expect(json).not.toMatch(/<script|<img/);
    expect(json).toContain('&lt;script&gt;');
  });

  it('events are in the order of their dates and rejected ones are not shown', () => {
    const json = toTimelineJs(
      input([event('1809'), event('9 BCE'), event('1781', { status: 'rejected' }), event('circa 1800')]),
    );
    expect(json.events.map(({ start_date }) => start_date.year)).toEqual([-9, 1800, 1809]);
  });
});

describe('ai-timeline 24: the page', () => {
  const page = toHtml(
    input([
      event('3 April 1781', { title: 'Birth at Chhapaiya', places: ['Chhapaiya'], people: ['Ghanshyam'] }),
      event('Samvat 1837 Chaitra sud 9', { title: 'Birth', status: 'needs_review', flags: ['suspectedInjection'] }),
      event('early 19th century', { title: 'Growth' }),
    ]),
  );

  it('ai-timeline 24: shows date, title, quote, source and flags of each event', () => {
    for (const text of [
      '3 April 1781',
      'Birth at Chhapaiya',
      'twelve chars',
      'The source',
      'To review',
      'addresses a machine',
      'Samvat 1837 Chaitra sud 9',
      'about 1800 to 1833',
      'rules-1',
    ])
      expect(page).toContain(text);
    expect(page.match(/<li class="event"/g)).toHaveLength(3);
    expect(page.match(/<li class="m [^>]*><a href="#e-/g)).toHaveLength(3);
  });

  it('ai-timeline 24: loads nothing', () => {
    expect(page).not.toMatch(
      /<(?:link|img|iframe|object|embed|audio|video)\b|\ssrc=|url\(|@import|fetch\(|XMLHttpRequest|innerHTML/i,
    );
    expect(page).toContain("default-src 'none'");
  });

  it('ai-timeline 24: whatever a source or a model says stays text', () => {
    const evil = event('1809', {
      eventId: EVIL,
      title: EVIL,
      summary: EVIL,
      places: [EVIL],
      people: [EVIL],
      citations: [{ ...quoted(EVIL, EVIL), before: EVIL, after: EVIL, textSha256: EVIL }, quoted('s', EVIL)],
      status: 'needs_review',
      possibleConflictWith: [EVIL],
      conflicts: [
        {
          date: { ...event('1810').date, originalText: EVIL },
          citations: [{ ...quoted(EVIL, EVIL), before: EVIL, after: EVIL, textSha256: EVIL }],
        },
      ],
    });
    evil.date = { ...evil.date, originalText: EVIL, originalCalendar: 'samvat' };
    const sources = [{ sourceId: 's', title: EVIL, tier: 1 as const, uri: `javascript:alert(1)//${EVIL}` }];
    const html = toHtml(input([evil], { topic: EVIL, extractor: EVIL, generatedOn: EVIL, sources }));
    expect(html).not.toMatch(/<script>alert|<img|onerror=alert\(1\)>(?!&)|javascript:/);
    expect(html.match(/<script>/g)).toHaveLength(1);
  });

  it('has one heading of the page, a language, and labels for its controls', () => {
    expect(page).toContain('<html lang="en">');
    expect(page.match(/<h1/g)).toHaveLength(1);
    expect(page).toMatch(/<label[^>]*><span>Search<\/span><input/);
    expect(toHtml(input([]))).toContain('0 events');
  });
});

describe('CSV', () => {
  it('one row per event, quoted where needed', () => {
    const rows = toCsv(input([event('3 April 1781', { title: 'Birth, "at" Loj', summary: 'Line\nbreak' })])).split(
      '\r\n',
    );
    expect(rows[0]?.split(',').slice(0, 6)).toEqual([
      'event_id',
      'date',
      'date_shown',
      'original_date',
      'original_calendar',
      'title',
    ]);
    expect(rows[1]).toContain('"Birth, ""at"" Loj","Line\nbreak"');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '＝1', '＋1', '－1', '＠SUM(A1)', ' ＝1'])(
    'data-import 20: %j cannot become a formula',
    (title) => {
      expect(toCsv(input([event('1809', { title })]))).toContain(`'${title}`);
    },
  );
});
