import { type FoundDate, findDates } from './dates/find';
import { type ReadDate, normaliseDate, readFound, reconcile } from './dates/normalise-date';
import { edtfBounds } from './dates/edtf';
import { injectedParagraphs, touchesInjection } from './extract/injection';
import { type Grounder, createGrounder, dateSupport } from './grounding';
import { asciiDigits } from './text/normalise';
import {
  type CalendarOptions,
  type Citation,
  DEFAULT_CALENDAR,
  type EventFlag,
  type ExtractedEvent,
  type GroundedEvent,
  type NormalisedDate,
  type RejectedEvent,
  type RejectionCode,
  type SourceText,
} from './types';

export interface ValidateOptions {
  calendar?: Partial<CalendarOptions>;
  /** EDTF. */
  range?: string;
}

export interface ValidationResult {
  accepted: GroundedEvent[];
  rejected: RejectedEvent[];
}

/**
 * Believes or rejects what an extractor answered (ai-timeline 11 to 14 and 17): every accepted event has at least one
 * quote that is in its source, a date that its quotes support, and a value by our own normaliser. Keeps the order of
 * the input. Throws RangeError when `range` or `today` (`YYYY-MM-DD`) is not a date.
 */
export function validateEvents({
  events,
  sources,
  options = {},
  today,
}: {
  events: readonly ExtractedEvent[];
  sources: readonly SourceText[];
  options?: ValidateOptions;
  today: string;
}): ValidationResult {
  const readers = new Map(sources.map((source) => [source.sourceId, createReader(source, options)]));
  const result: ValidationResult = { accepted: [], rejected: [] };
  for (const extracted of events) {
    const reader = readers.get(extracted.sourceId);
    const outcome = reader ? reader({ extracted, today }) : 'UnknownSource';
    if (typeof outcome === 'string')
      result.rejected.push({ code: outcome, title: cleanLine(extracted.event.title), sourceId: extracted.sourceId });
    else result.accepted.push(outcome);
  }
  return result;
}

type Reader = (input: { extracted: ExtractedEvent; today: string }) => GroundedEvent | RejectionCode;

/** A reader for one source; what it needs to know of the source's text is made once. */
function createReader(source: SourceText, options: ValidateOptions): Reader {
  const ground = createGrounder(source.text);
  const injected = injectedParagraphs(source);
  const calendar: CalendarOptions = { ...DEFAULT_CALENDAR, ...options.calendar, ...source.calendar };
  return ({ extracted, today }) => {
    const { event, chunkStart, chunkEnd } = extracted;
    const title = cleanLine(event.title);
    if (title === '') return 'EmptyTitle';
    const grounded = groundAll({ ground, quotes: event.quotes, near: { start: chunkStart, end: chunkEnd } });
    if (typeof grounded === 'string') return grounded;
    const citations: Citation[] = grounded.map((quote) => ({ sourceId: source.sourceId, ...quote }));
    const quotes = citations.map(({ quote }) => quote);
    if (!dateSupport({ dateText: event.dateText, quotes })) return 'DateNotSupported';
    const date = dateOf({ event, quotes, calendar, today, range: options.range });
    if ('code' in date) return date.code;
    const suspected = citations.some(({ start, end }) => touchesInjection({ paragraphs: injected, start, end }));
    const flags: EventFlag[] = suspected ? ['suspectedInjection'] : [];
    return {
      title,
      summary: cleanLine(event.summary),
      date,
      places: cleanNames(event.places),
      people: cleanNames(event.people),
      citations,
      sourceId: source.sourceId,
      tier: source.tier,
      confidence: event.confidence,
      flags,
    };
  };
}

/** The quotes that are in the source, each once; the first quote's fault when none is. */
function groundAll({
  ground,
  quotes,
  near,
}: {
  ground: Grounder;
  quotes: readonly string[];
  near: { start: number; end: number };
}): { start: number; end: number; quote: string }[] | RejectionCode {
  const found = new Map<string, { start: number; end: number; quote: string }>();
  let fault: RejectionCode | undefined;
  for (const quote of quotes) {
    const grounded = ground({ quote, near });
    if ('code' in grounded) fault ??= grounded.code;
    else found.set(`${grounded.start}-${grounded.end}`, grounded);
  }
  return found.size > 0 ? [...found.values()] : (fault ?? 'UngroundedQuote');
}

function dateOf({
  event,
  quotes,
  calendar,
  today,
  range,
}: {
  event: ExtractedEvent['event'];
  quotes: readonly string[];
  calendar: CalendarOptions;
  today: string;
  range: string | undefined;
}): NormalisedDate | { code: 'InvalidDate' | 'FutureDate' } {
  const limits = { calendar, today, ...(range !== undefined && { range }) };
  const date = normaliseDate({ text: event.dateText, ...limits });
  if (!('code' in date)) return crossCheck({ date: preferStated({ date, quotes, calendar }), quotes, calendar });
  if (date.code === 'FutureDate' || event.dateEdtf === undefined) return date;
  // The words are beyond the normaliser. The model's value may stand in, if its year is in the words that are quoted.
  const years = asciiDigits(event.dateEdtf).match(/\d{4}/g) ?? [];
  if (years.length === 0 || !dateSupport({ dateText: event.dateEdtf, quotes: [event.dateText] })) return date;
  const given = normaliseDate({ text: event.dateEdtf, ...limits });
  if ('code' in given) return given;
  return { ...given, originalText: event.dateText, flags: [...given.flags, 'dateFromModel'] };
}

/**
 * A Samvat date whose quote also states the Gregorian day (ai-timeline 14): the stated day wins. It is the one that
 * stands beside the Samvat date, or the only stated day within a day of the computed one.
 */
function preferStated({
  date,
  quotes,
  calendar,
}: {
  date: NormalisedDate;
  quotes: readonly string[];
  calendar: CalendarOptions;
}): NormalisedDate {
  if (date.originalCalendar !== 'samvat' && date.originalCalendar !== 'shaka') return date;
  if (date.notes.includes('statedGregorian')) return date;
  const bounds = edtfBounds(date.edtf);
  if (!bounds) return date;
  const computed: ReadDate = { ...date, bounds };
  const found = quotes.flatMap((quote) => findDates(quote));
  const valueOf = ({ gregorian }: FoundDate): ReadDate | undefined =>
    gregorian && readFound({ start: 0, end: 0, text: '', gregorian }, calendar);
  const beside = found.find((pair) => pair.lunar && pair.gregorian && pair.text.includes(date.originalText));
  const alone = found.filter(({ lunar }) => !lunar).map(valueOf);
  const chosen = (beside && valueOf(beside)) ?? alone.find((read) => read && isWithinADay(read, computed));
  if (!chosen) return date;
  const { bounds: to, ...merged } = reconcile(chosen, computed);
  const outside = date.flags.filter((flag) => flag === 'outsideRange');
  return { ...date, ...merged, flags: [...merged.flags, ...outside], sortMin: to.sortMin, sortMax: to.sortMax };
}

/** A Gregorian day whose quotes hold one lunar day, and no other day: both are meant to be the same day. */
function crossCheck({
  date,
  quotes,
  calendar,
}: {
  date: NormalisedDate;
  quotes: readonly string[];
  calendar: CalendarOptions;
}): NormalisedDate {
  if (date.originalCalendar === 'samvat' || date.originalCalendar === 'shaka' || date.precision !== 'day') return date;
  const found = quotes.flatMap((quote) => findDates(quote));
  const [lunar, ...others] = found.flatMap(({ lunar: expression }) => expression ?? []);
  const days = new Set(
    found.flatMap(({ gregorian }) => (gregorian?.point.kind === 'day' ? JSON.stringify(gregorian.point) : [])),
  );
  if (!lunar || others.length > 0 || days.size !== 1) return date;
  const computed = readFound({ start: 0, end: 0, text: '', lunar }, calendar);
  const bounds = edtfBounds(date.edtf);
  if (!computed || !bounds || computed.precision !== 'day') return date;
  const differs = Math.abs(computed.bounds.earliest - bounds.earliest) > 1;
  return differs ? { ...date, flags: [...date.flags, 'CalendarMismatch'] } : date;
}

function isWithinADay(a: ReadDate, b: ReadDate): boolean {
  if (a.precision !== 'day' || b.precision !== 'day') return false;
  return Math.abs(a.bounds.earliest - b.bounds.earliest) <= 1;
}

/** One line of plain text: no control characters, no blank runs. Links stay as the text they are. */
function cleanLine(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function cleanNames(names: readonly string[]): string[] {
  return [...new Set(names.map(cleanLine).filter((name) => name !== ''))].toSorted();
}
