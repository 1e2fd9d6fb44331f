import type { FileLayout, SourceRecord } from '@backend/importer/reading';
import {
  type DateOrder,
  type RecordErrorCode,
  type Validated,
  checkRecord,
  columnTitle,
  rowError,
} from '@backend/importer/records';
import { type DateFaultCode, normaliseDate } from '../domain/dates/normalise-date';
import { normaliseTitle } from '../domain/similarity';
import { asciiDigits, normaliseText } from '../domain/text/normalise';
import type { NormalisedDate } from '../domain/types';

/** Why a row of events is refused. One row has at most one error: the first that is found. */
export type EventRowErrorCode = RecordErrorCode | DateFaultCode | 'MissingDate' | 'MissingTitle';

/** Everything that is decided once per file before rows are validated. Plain JSON. */
export interface EventDecisions {
  /** `YYYY-MM-DD`; what begins after it is in the future. Taken when the file was read, so that a retry judges the same. */
  readonly today: string;
  /** Order of day and month in `03/04/1817`; absent when neither the file nor its profile tells. */
  readonly dateOrder?: Exclude<DateOrder, 'YMD'>;
}

/** What the file says was said, and by whom. */
export interface ImportedCitation {
  /** The URL when the file gives no title. */
  readonly sourceTitle: string;
  readonly sourceUrl: string | null;
  readonly quote: string;
}

/** One event as a file has it. Texts are NFC and trimmed. */
export interface EventRecord {
  /** 1-based line on which the record starts. */
  readonly line: number;
  readonly date: NormalisedDate;
  readonly title: string;
  readonly summary: string;
  readonly places: readonly string[];
  readonly people: readonly string[];
  readonly category: string | null;
  /** Absent unless both a quote and its source are given. */
  readonly citation?: ImportedCitation;
  readonly externalId?: string;
}

/** Dates remembered at most: a Samvat date takes 10 ms to compute, and memory stays flat when every row has its own. */
const KNOWN_DATES = 10_000;

const EVENT_ROLE_NAMES = [
  'date',
  'title',
  'summary',
  'places',
  'people',
  'category',
  'sourceTitle',
  'sourceUrl',
  'quote',
  'externalId',
] as const;
type EventRole = (typeof EVENT_ROLE_NAMES)[number];

const DATE_FAULTS: Readonly<Record<DateFaultCode, string>> = {
  InvalidDate:
    'This is no date that is known, or a day that does not exist; write it like 1830-06-01, 1830, 182X, 1769/1770, 1 June 1830 or Samvat 1886 Jeth sud 10.',
  FutureDate: 'The date lies in the future.',
};

/** Makes a validator of the records of one file. The result is a pure function of the record. */
export function createEventValidator({
  layout,
  decisions,
}: {
  layout: FileLayout;
  decisions: EventDecisions;
}): (record: SourceRecord) => Validated<EventRecord, EventRowErrorCode> {
  const { roles } = layout;
  const knownDates = new Map<string, NormalisedDate | { code: DateFaultCode }>();

  const cell = (record: SourceRecord, role: EventRole): string => {
    const column = roles[role];
    return column === undefined ? '' : normaliseText(record.fields[column] ?? '').trim();
  };
  const refuse = (
    record: SourceRecord,
    { role, code, value, message }: { role: EventRole; code: EventRowErrorCode; value: string; message: string },
  ): Validated<EventRecord, EventRowErrorCode> => {
    const column = roles[role] === undefined ? role : columnTitle(layout, roles[role]);
    return { error: rowError({ line: record.line, column, code, value, message }) };
  };
  const readDate = (text: string): NormalisedDate | { code: DateFaultCode } => {
    const known = knownDates.get(text);
    if (known) return known;
    const date = normaliseOrdered(text, decisions);
    if (knownDates.size >= KNOWN_DATES) knownDates.clear();
    knownDates.set(text, date);
    return date;
  };

  return (record) => {
    const broken = checkRecord({ record, layout });
    if (broken) return { error: broken };

    const dateText = cell(record, 'date');
    if (dateText === '')
      return refuse(record, { role: 'date', code: 'MissingDate', value: '', message: 'The event has no date.' });
    const date = readDate(dateText);
    if ('code' in date)
      return refuse(record, { role: 'date', code: date.code, value: dateText, message: DATE_FAULTS[date.code] });

    const title = oneLine(cell(record, 'title'));
    // The title is half of what tells events apart, so signs alone are none.
    if (normaliseTitle(title) === '') {
      const message = title === '' ? 'The event has no title.' : 'The title has no letter or digit.';
      return refuse(record, { role: 'title', code: 'MissingTitle', value: title, message });
    }

    const citation = readCitation({
      sourceTitle: oneLine(cell(record, 'sourceTitle')),
      sourceUrl: cell(record, 'sourceUrl'),
      quote: cell(record, 'quote'),
    });
    const externalId = cell(record, 'externalId');
    return {
      ok: {
        line: record.line,
        date,
        title,
        summary: cell(record, 'summary'),
        places: listOf(cell(record, 'places')),
        people: listOf(cell(record, 'people')),
        category: oneLine(cell(record, 'category')) || null,
        ...(citation ? { citation } : {}),
        ...(externalId === '' ? {} : { externalId }),
      },
    };
  };
}

/** `31/12/1817`, `3.4.1817`: day and month in an order that only the whole file can tell. */
const DAY_AND_MONTH = /^(\d{1,2})\s*[-./]\s*(\d{1,2})\s*[-./]\s*(\d{4})$/;

/** Whether the order of day and month matters to the text; years, EDTF and calendar texts prove nothing about it. */
export function hasOpenOrder(text: string): boolean {
  return DAY_AND_MONTH.test(asciiDigits(text).trim());
}

/** The tenant's normaliser, told the file's order of day and month where the text leaves it open. */
function normaliseOrdered(
  text: string,
  { today, dateOrder }: EventDecisions,
): NormalisedDate | { code: DateFaultCode } {
  const [, first = '', second = '', year = ''] = (dateOrder && DAY_AND_MONTH.exec(asciiDigits(text))) ?? [];
  if (year === '') return normaliseDate({ text, today });
  const [day, month] = dateOrder === 'DMY' ? [first, second] : [second, first];
  const date = normaliseDate({ text: `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`, today });
  return 'code' in date ? date : { ...date, originalText: text };
}

function readCitation({
  sourceTitle,
  sourceUrl,
  quote,
}: Record<keyof ImportedCitation, string>): ImportedCitation | undefined {
  if (quote === '' || (sourceTitle === '' && sourceUrl === '')) return undefined;
  return { sourceTitle: sourceTitle || sourceUrl, sourceUrl: sourceUrl || null, quote };
}

/** The names of a cell, without repeats; commas stay, because names have them. */
function listOf(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[;|\n]/)
        .map(oneLine)
        .filter(Boolean),
    ),
  ];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
