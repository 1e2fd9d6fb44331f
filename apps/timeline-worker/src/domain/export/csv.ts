import { displayDate } from '../dates/display';
import { type ExportInput, shownEvents } from './model';

const COLUMNS = [
  'event_id',
  'date',
  'date_shown',
  'original_date',
  'original_calendar',
  'title',
  'summary',
  'places',
  'people',
  'status',
  'flags',
  'confidence',
  'quote',
  'source_title',
  'source_url',
] as const;

/**
 * The timeline as RFC 4180 CSV, one row per event with its first citation. A cell that a spreadsheet would take for a
 * formula gets a leading apostrophe; a BCE date in EDTF, which begins with a minus, is among them.
 */
export function toCsv(input: ExportInput): string {
  const sources = new Map(input.sources.map((source) => [source.sourceId, source]));
  const rows = shownEvents(input).map((event) => {
    const [citation] = event.citations;
    const source = citation && sources.get(citation.sourceId);
    return [
      event.eventId,
      event.date.edtf,
      displayDate(event.date),
      event.date.originalText,
      event.date.originalCalendar,
      event.title,
      event.summary,
      event.places.join('; '),
      event.people.join('; '),
      event.status,
      [...event.flags, ...event.date.flags].join('; '),
      String(event.confidence),
      citation?.quote ?? '',
      source?.title ?? citation?.sourceId ?? '',
      source?.uri ?? '',
    ];
  });
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

// Spreadsheets start a formula with these, the full-width forms included, also after white space.
const FORMULA_START = /^[\s\p{Cc}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

function cell(text: string): string {
  const safe = FORMULA_START.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
