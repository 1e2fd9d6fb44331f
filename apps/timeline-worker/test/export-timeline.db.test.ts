import type { TestDatabase } from '@backend/shared/testing';
import { openTestDatabase } from '../../../test/support/servers';
import { readExport } from '../src/activities/export-timeline';
import { normaliseDate } from '../src/domain/dates/normalise-date';
import { saveText, upsertSource, upsertTimeline } from '../src/repositories';

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase('timeline');
});
afterAll(async () => {
  await database.drop();
});

const EVENT = '00000000-0000-5000-8000-000000000001';
const ORIGINAL = { ref: `sha256:${'0'.repeat(64)}`, sha256: '0'.repeat(64), bytes: 1 };
const hash = (letter: string) => letter.repeat(64);

interface Quoted {
  readonly text: string;
  readonly quote: string;
  /** Null as for imported events, whose texts are not kept. */
  readonly sha256: string | null;
}

/** A timeline with one event that quotes these texts of one source. */
async function prepare(timelineId: string, quoted: readonly Quoted[], conflicting: readonly Quoted[] = []) {
  const date = normaliseDate({ text: '1 June 1830' });
  if ('code' in date) throw new Error(date.code);
  const citationOf = ({ text, quote }: Quoted) => {
    const start = text.indexOf(quote);
    return { sourceId: 'book', start, end: start + quote.length, quote };
  };
  await database.scope(timelineId, async (tx) => {
    await upsertTimeline(tx, 'A topic');
    await upsertSource(tx, { sourceId: 'book', title: 'The book', tier: 1, kind: 'text', uri: null });
    for (const { text, sha256 } of quoted) if (sha256) await saveText(tx, { sha256, text, original: ORIGINAL });
    await tx.query(
      `insert into events (timeline_id, event_id, title, summary, edtf, sort_min, sort_max, date_precision, original_text,
         original_calendar, tier, confidence, status, extractor)
       values ($1, $2, 'Death', 'He died.', $3, $4, $5, 'day', $6, 'gregorian', 1, 0.9, 'published', 'rules-1')`,
      [timelineId, EVENT, date.edtf, date.sortMin, date.sortMax, date.originalText],
    );
    for (const one of quoted) {
      const { start, end, quote } = citationOf(one);
      await tx.query(
        `insert into citations (timeline_id, event_id, source_id, quote_start, quote_end, quote, text_sha256)
         values ($1, $2, 'book', $3, $4, $5, $6)`,
        [timelineId, EVENT, start, end, quote, one.sha256],
      );
    }
    for (const one of conflicting) {
      await tx.query(
        'insert into event_conflicts (timeline_id, event_id, edtf, date, citations) values ($1, $2, $3, $4, $5)',
        [timelineId, EVENT, one.quote, JSON.stringify(date), JSON.stringify([citationOf(one)])],
      );
    }
  });
  const input = await database.scope(timelineId, async (tx) => readExport(tx, '2026-11-21'));
  return input!.events[0]!;
}

describe('ai-timeline 24: quotes in context', () => {
  const text = `Another paragraph.\n\n\u{1f600} સંવત ૧૮૮૬. He died at Gadhada on 1 June 1830. His letters were collected.`;
  const quote = 'He died at Gadhada on 1 June 1830.';

  it('ai-timeline 24: the words around a quote come from the stored text, at its UTF-16 offsets', async () => {
    const { citations } = await prepare('context', [{ text, quote, sha256: hash('a') }]);
    expect(citations).toMatchObject([
      { quote, before: '\u{1f600} સંવત ૧૮૮૬. ', after: ' His letters were collected.', textSha256: hash('a') },
    ]);
    expect(text.slice(citations[0]!.start, citations[0]!.end)).toBe(quote);
  });

  it('ai-timeline 24: a source that has changed since shows each quote in the text it was found in', async () => {
    const later = 'The new edition says: He left on 2 June 1830. Nothing more.';
    const { citations } = await prepare('changed', [
      { text, quote, sha256: hash('b') },
      { text: later, quote: 'He left on 2 June 1830.', sha256: hash('c') },
    ]);
    expect(
      Object.fromEntries(citations.map((citation) => [citation.quote, [citation.before, citation.textSha256]])),
    ).toEqual({
      [quote]: ['\u{1f600} સંવત ૧૮૮૬. ', hash('b')],
      'He left on 2 June 1830.': ['The new edition says: ', hash('c')],
    });
  });

  it('ai-timeline 24: quotes of a date that is not shown have their context too', async () => {
    const { conflicts } = await prepare(
      'conflict',
      [{ text, quote, sha256: hash('d') }],
      [{ text, quote: 'His letters were collected.', sha256: hash('d') }],
    );
    expect(conflicts[0]!.citations).toMatchObject([
      { before: `\u{1f600} સંવત ૧૮૮૬. ${quote} `, after: '', textSha256: hash('d') },
    ]);
  });

  it('ai-timeline 24: an imported event has its quote alone', async () => {
    const { citations } = await prepare('imported', [{ text, quote, sha256: null }]);
    expect(citations).toMatchObject([{ quote, before: '', after: '', textSha256: null }]);
  });
});
