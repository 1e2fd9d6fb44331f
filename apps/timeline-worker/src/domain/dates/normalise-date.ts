import { asciiDigits } from '../text/normalise';
import { type CalendarOptions, DEFAULT_CALENDAR, type DateFlag, type DateNote, type NormalisedDate } from '../types';
import { FAR_FUTURE, FAR_PAST, type EdtfBounds, edtfBounds } from './edtf';
import { type FoundDate, findDates } from './find';
import { toEdtf } from './gregorian-edtf';
import { lunarToEdtf } from './lunar-edtf';
import { tokenise } from './tokens';

export type DateFaultCode = 'InvalidDate' | 'FutureDate';

export interface NormaliseDateInput {
  /** EDTF, ISO, or a date in words (English, Gujarati, Hindi; Gregorian, Samvat, Shaka). */
  text: string;
  /** How to read Samvat years and months and when the Gregorian calendar begins. Defaults to {@link DEFAULT_CALENDAR}. */
  calendar?: Partial<CalendarOptions>;
  /** `YYYY-MM-DD`; dates that begin after it are `FutureDate`. Without it none is. */
  today?: string;
  /** EDTF; a date wholly outside is flagged `outsideRange`. */
  range?: string;
}

/**
 * The one way a date enters the timeline, from a model, a rule or a file (ai-timeline 13 and 14, data-import 20).
 * Deterministic. Codes: `InvalidDate` (not a date, or one that does not exist), `FutureDate`.
 * Throws RangeError when `range` or `today` is not a date: those come from the caller, not from a source.
 */
export function normaliseDate({
  text,
  calendar,
  today,
  range,
}: NormaliseDateInput): NormalisedDate | { code: DateFaultCode } {
  const options = { ...DEFAULT_CALENDAR, ...calendar };
  const originalText = text.normalize('NFC').trim();
  const read = readEdtf(originalText) ?? readWords(originalText, options);
  if (!read || !isHistory(read.bounds)) return { code: 'InvalidDate' };
  const { bounds, ...date } = read;
  if (today !== undefined && earliestKnown(bounds) > callerBounds('today', today).latest) return { code: 'FutureDate' };
  const flags =
    range === undefined || overlaps(bounds, callerBounds('range', range))
      ? date.flags
      : [...date.flags, 'outsideRange' as const];
  return {
    edtf: date.edtf,
    sortMin: bounds.sortMin,
    sortMax: bounds.sortMax,
    originalText,
    originalCalendar: date.originalCalendar,
    flags,
    notes: date.notes,
    precision: date.precision,
    ...(date.reckoning && { reckoning: date.reckoning }),
  };
}

export interface ReadDate extends Pick<
  NormalisedDate,
  'edtf' | 'precision' | 'originalCalendar' | 'flags' | 'notes' | 'reckoning'
> {
  bounds: EdtfBounds;
}

/** Two digits after a year are a month up to 12, but 21 to 41 may be a season or, in prose, the year 1821. */
const SEASON_OR_YEARS = /^\d{4}-(?:2[1-9]|3\d|4[01])$/;

function readEdtf(text: string): ReadDate | undefined {
  const ascii = asciiDigits(text);
  const bounds = edtfBounds(ascii);
  if (!bounds) return undefined;
  const flags: DateFlag[] = SEASON_OR_YEARS.test(ascii) ? ['ambiguousDate'] : [];
  const edtf = ascii.replace(/T[^/]*/g, '');
  return { edtf, bounds, precision: bounds.precision, originalCalendar: 'gregorian', flags, notes: [] };
}

/** Words around a date that do not change it. */
const HARMLESS = new Set(
  'or dawn midnight noon afternoon full moon dated around exactly precisely anno domini ram sharad dev deva samaiyo jayanti hindu calendar style new'.split(
    ' ',
  ),
);

function readWords(text: string, calendar: CalendarOptions): ReadDate | undefined {
  const [found, ...others] = findDates(text);
  if (!found || others.length > 0) return undefined;
  const read = readFound(found, calendar);
  if (!read) return undefined;
  const rest = `${text.slice(0, found.start)} ${text.slice(found.end)}`;
  // A number left over was part of the date and has not been understood (`Maha sud 16`).
  if (/\p{Nd}/u.test(rest)) return undefined;
  const flags = isHarmless(rest) ? read.flags : [...read.flags, 'ambiguousDate' as const];
  return { ...read, flags };
}

/** The value of a date found in a text; undefined when there is no such date. */
export function readFound(found: FoundDate, calendar: CalendarOptions): ReadDate | undefined {
  const { gregorian, lunar } = asOne(found);
  const written = gregorian && toEdtf({ ...gregorian, gregorianFrom: calendar.gregorianFrom });
  const stated: ReadDate | undefined =
    written &&
    withBounds({
      edtf: written.edtf,
      precision: written.precision,
      originalCalendar: written.originalCalendar,
      flags: written.ambiguous ? ['ambiguousDate'] : [],
      notes: written.notes,
    });
  const converted = lunar && lunarToEdtf({ ...lunar, calendar });
  const computed = converted && withBounds(converted);
  if (gregorian && lunar) return stated && computed && reconcile(stated, computed);
  return stated ?? computed;
}

/** In `before Samvat 1837 (1781)` the word is about both. */
function asOne({ gregorian, lunar }: FoundDate): Pick<FoundDate, 'gregorian' | 'lunar'> {
  if (!gregorian || !lunar) return { ...(gregorian && { gregorian }), ...(lunar && { lunar }) };
  const { point } = gregorian;
  if (point.kind === 'before' || point.kind === 'after')
    return { gregorian, lunar: { ...lunar, bound: lunar.bound ?? point.kind } };
  if (!lunar.bound || point.kind === 'span') return { gregorian, lunar };
  return { gregorian: { ...gregorian, point: { kind: lunar.bound, point } }, lunar };
}

/**
 * One date in two calendars (ai-timeline 14): the stated Gregorian date wins and is not marked. A Samvat day beside
 * no more than a Gregorian year is the finer of the two and stays, when it lies in that year.
 */
export function reconcile(stated: ReadDate, computed: ReadDate): ReadDate {
  const gap = Math.max(
    computed.bounds.earliest - stated.bounds.latest,
    stated.bounds.earliest - computed.bounds.latest,
  );
  const both = { originalCalendar: computed.originalCalendar };
  const length = ({ earliest, latest }: EdtfBounds): number => latest - earliest;
  if (gap <= 0 && length(computed.bounds) < length(stated.bounds)) return { ...computed, ...both };
  const flags: DateFlag[] = gap > 1 ? ['CalendarMismatch'] : [];
  const notes: DateNote[] = [...stated.notes, 'statedGregorian'];
  // Whether the month was adhik no longer matters once the day is stated.
  return { ...stated, ...both, flags: [...stated.flags, ...flags], notes };
}

function withBounds(date: Omit<ReadDate, 'bounds'>): ReadDate | undefined {
  const bounds = edtfBounds(date.edtf);
  if (!bounds) return undefined;
  const { edtf, precision, originalCalendar, flags, notes, reckoning } = date;
  return { edtf, precision, originalCalendar, flags, notes, bounds, ...(reckoning && { reckoning }) };
}

function isHarmless(rest: string): boolean {
  return tokenise(rest).every(
    (token) =>
      ['filler', 'weekday', 'ce', 'circa'].includes(token.kind) ||
      (token.kind === 'sign' && token.text !== '?') ||
      HARMLESS.has(token.text.toLowerCase()),
  );
}

/** Years of more than four digits are no history, and their days do not fit the database's integers. */
function isHistory({ earliest, latest }: EdtfBounds): boolean {
  return earliest >= FAR_PAST && latest <= FAR_FUTURE;
}

function earliestKnown(bounds: EdtfBounds): number {
  return bounds.openStart ? bounds.sortMin : bounds.earliest;
}

function overlaps(a: EdtfBounds, b: EdtfBounds): boolean {
  return a.sortMin <= b.sortMax && b.sortMin <= a.sortMax;
}

function callerBounds(field: 'today' | 'range', text: string): EdtfBounds {
  const bounds = edtfBounds(text);
  if (!bounds)
    throw new RangeError(`${field} must be a date in EDTF, for example 1781-04-03 or 1781/1830; it is "${text}"`);
  return bounds;
}
