import { type FoundDate, findDates } from './dates/find';
import { type NormaliseDateInput, type ReadDate, normaliseDate, readFound, reconcile } from './dates/normalise-date';
import { edtfBounds } from './dates/edtf';
import { type DateSupport, dateSupport } from './date-support';
import { findInjections, injectedParagraphs, touchesInjection } from './extract/injection';
import { type GroundedQuote, type Grounder, createGrounder } from './grounding';
import { type PassageFinder, createPassageFinder } from './passages';
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

/** Believes or rejects one event of an extractor's answer. Pauses now and then. */
export type EventValidator = (extracted: ExtractedEvent) => Generator<void, GroundedEvent | RejectedEvent>;

export interface ValidatorInput {
  sources: readonly SourceText[];
  options?: ValidateOptions;
  /** `YYYY-MM-DD`. */
  today: string;
}

/**
 * Makes what believes or rejects what an extractor answered (ai-timeline 11 to 14 and 17): every event that is believed has at
 * least one quote that is in its source, a date that its quotes support, and a value by our own normaliser. Events of one source
 * should follow each other, for what is made of a source's text is many times its size, and that of one is kept at a time.
 * Throws RangeError when `range` or `today` is not a date.
 */
export function createEventValidator({ sources, options = {}, today }: ValidatorInput): EventValidator {
  const bySource = new Map(sources.map((source) => [source.sourceId, source]));
  let current: { sourceId: string; read: Reader } | undefined;
  return function* validate(extracted) {
    const { sourceId } = extracted;
    const source = bySource.get(sourceId);
    if (source && current?.sourceId !== sourceId)
      current = { sourceId, read: yield* createReader({ source, options, today }) };
    const outcome = source && current ? yield* current.read(extracted) : 'UnknownSource';
    return typeof outcome === 'string' ? rejectedAs(outcome, extracted) : outcome;
  };
}

/** An event of an answer as one that is not believed. */
export function rejectedAs(code: RejectionCode, { event, sourceId }: ExtractedEvent): RejectedEvent {
  return { code, title: cleanLine(event.title), sourceId };
}

/** {@link createEventValidator} for a list of events; keeps their order. Pauses between two events. */
export function* validateEvents({
  events,
  ...input
}: ValidatorInput & { events: readonly ExtractedEvent[] }): Generator<void, ValidationResult> {
  const validate = createEventValidator(input);
  const result: ValidationResult = { accepted: [], rejected: [] };
  for (const extracted of events) {
    const outcome = yield* validate(extracted);
    if ('code' in outcome) result.rejected.push(outcome);
    else result.accepted.push(outcome);
    yield;
  }
  return result;
}

type Reader = (extracted: ExtractedEvent) => Generator<void, GroundedEvent | RejectionCode>;

/** A reader for one source; what it needs to know of the source's text is made once. */
function* createReader({
  source,
  options,
  today,
}: {
  source: SourceText;
  options: ValidateOptions;
  today: string;
}): Generator<void, Reader> {
  const ground = createGrounder(source.text);
  const passagesOf = createPassageFinder(source.text);
  const injected = yield* injectedParagraphs(source);
  const calendar: CalendarOptions = { ...DEFAULT_CALENDAR, ...options.calendar, ...source.calendar };
  const { range } = options;
  const readDate = createDateReader({ calendar, today, ...(range !== undefined && { range }) });
  return function* read({ event, chunkStart, chunkEnd }) {
    const title = cleanLine(event.title);
    if (title === '') return 'EmptyTitle';
    const grounded = yield* groundAll({ ground, quotes: event.quotes, near: { start: chunkStart, end: chunkEnd } });
    if (typeof grounded === 'string') return grounded;
    const citations: Citation[] = grounded.found.map((quote) => ({ sourceId: source.sourceId, ...quote }));
    const quotes = citations.map(({ quote }) => quote);
    const support = yield* supportOf({ dateText: event.dateText, passagesOf, ...grounded });
    if (support === 'none') return 'DateNotSupported';
    const date = dateOf({ event, quotes, calendar, readDate });
    if ('code' in date) return date.code;
    const summary = cleanLine(event.summary);
    const suspected = citations.some(({ start, end }) => touchesInjection({ paragraphs: injected, start, end }));
    const flags: EventFlag[] = [];
    if (findInjections(`${event.title}\n${event.summary}`).length > 0) flags.push('echoedInjection');
    if (suspected) flags.push('suspectedInjection');
    return {
      title,
      summary,
      date: support === 'whole' ? date : { ...date, flags: [...date.flags, 'dateBeyondQuote'] },
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

interface GroundedQuotes {
  /** Each once. */
  found: GroundedQuote[];
  /** Too short to be cited; a heading may be. */
  short: string[];
}

/** The quotes that are in the source; the first quote's fault when none is. */
function* groundAll({
  ground,
  quotes,
  near,
}: {
  ground: Grounder;
  quotes: readonly string[];
  near: { start: number; end: number };
}): Generator<void, GroundedQuotes | RejectionCode> {
  const found = new Map<string, GroundedQuote>();
  const short: string[] = [];
  let fault: RejectionCode | undefined;
  for (const quote of quotes) {
    const grounded = yield* ground({ quote, near });
    if (!('code' in grounded)) found.set(`${grounded.start}-${grounded.end}`, grounded);
    else {
      fault ??= grounded.code;
      if (grounded.code === 'QuoteTooShort') short.push(quote);
    }
    yield;
  }
  return found.size > 0 ? { found: [...found.values()], short } : (fault ?? 'UngroundedQuote');
}

/** What a quote stands in is looked for only when it is more than a line, or does not bear the whole date out by itself. */
function* supportOf({
  dateText,
  passagesOf,
  found,
  short,
}: GroundedQuotes & { dateText: string; passagesOf: PassageFinder }): Generator<void, DateSupport> {
  const alone = dateSupport({ dateText, passages: [found.map(({ quote }) => quote)] });
  if (alone === 'none' && short.length === 0) return alone;
  if (alone === 'whole' && found.length === 1 && !found[0]!.quote.includes('\n')) return alone;
  return dateSupport({ dateText, passages: yield* passagesOf({ found, short }) });
}

type DateReader = (text: string) => ReturnType<typeof normaliseDate>;

/** Dates that are remembered: a source names the same ones again and again, and each takes a while to read. */
const REMEMBERED_DATES = 1000;

function createDateReader(limits: Omit<NormaliseDateInput, 'text'>): DateReader {
  const known = new Map<string, ReturnType<DateReader>>();
  return (text) => {
    const date = known.get(text) ?? normaliseDate({ text, ...limits });
    if (known.size >= REMEMBERED_DATES) known.clear();
    known.set(text, date);
    return date;
  };
}

function dateOf({
  event,
  quotes,
  calendar,
  readDate,
}: {
  event: ExtractedEvent['event'];
  quotes: readonly string[];
  calendar: CalendarOptions;
  readDate: DateReader;
}): NormalisedDate | { code: 'InvalidDate' | 'FutureDate' } {
  const date = readDate(event.dateText);
  if (!('code' in date)) return crossCheck({ date: preferStated({ date, quotes, calendar }), quotes, calendar });
  if (date.code === 'FutureDate' || event.dateEdtf === undefined) return date;
  // The words are beyond the normaliser. The model's value may stand in, if its year is in the words that are quoted.
  const years = asciiDigits(event.dateEdtf).match(/\d{4}/g) ?? [];
  const support = dateSupport({ dateText: event.dateEdtf, passages: [[event.dateText]] });
  if (years.length === 0 || support === 'none') return date;
  const given = readDate(event.dateEdtf);
  if ('code' in given) return given;
  return { ...given, originalText: event.dateText, flags: [...given.flags, 'dateFromModel'] };
}

/** A day that is stated further from the computed one is not a misreading of it. */
const SAME_EVENT_DAYS = 366;

/**
 * A Samvat date whose quote also states the Gregorian day (ai-timeline 14): the stated day wins. It is the one that
 * stands beside the Samvat date, or a stated day within a day of the computed one, or the only day that is stated with the
 * only Samvat day, unless they are years apart and so of two events.
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
  const valueOf = ({ gregorian }: Pick<FoundDate, 'gregorian'>): ReadDate | undefined =>
    gregorian && readFound({ start: 0, end: 0, text: '', gregorian }, calendar);
  const beside = found.find((pair) => pair.lunar && pair.gregorian && pair.text.includes(date.originalText));
  const alone = found.filter(({ lunar }) => !lunar).map(valueOf);
  const onlyDay = (): ReadDate | undefined => {
    const pair = onePair(found);
    const day = pair && valueOf(pair);
    const lunar = pair && readFound({ start: 0, end: 0, text: '', lunar: pair.lunar }, calendar);
    return day && lunar?.edtf === date.edtf && daysBetween(day, computed) <= SAME_EVENT_DAYS ? day : undefined;
  };
  const chosen =
    (beside && valueOf(beside)) ?? alone.find((read) => read && daysBetween(read, computed) <= 1) ?? onlyDay();
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
  const lunar = onePair(found)?.lunar;
  if (!lunar) return date;
  const computed = readFound({ start: 0, end: 0, text: '', lunar }, calendar);
  const bounds = edtfBounds(date.edtf);
  if (!computed || !bounds || computed.precision !== 'day') return date;
  const differs = Math.abs(computed.bounds.earliest - bounds.earliest) > 1;
  return differs ? { ...date, flags: [...date.flags, 'CalendarMismatch'] } : date;
}

/** The lunar date and the Gregorian day of quotes that hold just one of each, however often. */
function onePair(found: readonly FoundDate[]): Required<Pick<FoundDate, 'lunar' | 'gregorian'>> | undefined {
  const lunar = oneOf(
    found.flatMap((date) => date.lunar ?? []),
    ({ date, bound }) => [date, bound],
  );
  const gregorian = oneOf(
    found.flatMap((date) => (date.gregorian?.point.kind === 'day' ? date.gregorian : [])),
    ({ point }) => point,
  );
  return lunar && gregorian && { lunar, gregorian };
}

/** What is there once, or more often with the same key; undefined when different ones are. */
function oneOf<T>(list: readonly T[], keyOf: (item: T) => unknown): T | undefined {
  const keys = new Set(list.map((item) => JSON.stringify(keyOf(item))));
  return keys.size === 1 ? list[0] : undefined;
}

/** Infinity unless both are days. */
function daysBetween(a: ReadDate, b: ReadDate): number {
  if (a.precision !== 'day' || b.precision !== 'day') return Infinity;
  return Math.abs(a.bounds.earliest - b.bounds.earliest);
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
