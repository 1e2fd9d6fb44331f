import { isCivilDate } from '@backend/shared/kernel';
import { cutText } from '../reading/cut-text';
import { asciiDigits } from './digits';
import { monthOfName } from './month-names';
import type { DateOrder } from './types';

/** A civil date, or why there is none. */
export type ParsedDate =
  | { readonly ok: string }
  | { readonly error: { readonly code: 'MissingDate' | 'InvalidDate'; readonly message: string } };

/**
 * The numbers of a date text as written, before their order is decided.
 * `yearFirst`: a four-digit year in front. `named`: the month is a word. `numeric`: `a b year`, the order of a and b open.
 */
export type DateShape =
  | { readonly kind: 'yearFirst' | 'named'; readonly year: string; readonly month: number; readonly day: number }
  | { readonly kind: 'numeric'; readonly first: string; readonly second: string; readonly third: string };

const SEPARATOR = '\\s*[-./ ]\\s*';
const TIME =
  '(?:[T ,]\\s*\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d+)?)?\\s*(?:[AaPp]\\.?[Mm]\\.?)?\\s*(?:Z|[-+]\\d{2}:?\\d{2})?)?';
const YEAR_FIRST = new RegExp(`^(\\d{4})${SEPARATOR}(\\d{1,2})${SEPARATOR}(\\d{1,2})\\.?${TIME}$`);
const NUMERIC = new RegExp(`^(\\d{1,2})${SEPARATOR}(\\d{1,2})${SEPARATOR}(\\d{4}|\\d{2})\\.?${TIME}$`);
const COMPACT = new RegExp(`^(\\d{8})(?:\\d{6})?${TIME}$`);
const WORD = '([\\p{L}\\p{M}]{2,})\\.?';
const DAY_NAME_YEAR = new RegExp(
  `^(\\d{1,2})\\.?[-/ ]?\\s*(?:de )?${WORD}[-/, ]?\\s*(?:de )?(\\d{4}|\\d{2})${TIME}$`,
  'u',
);
const NAME_DAY_YEAR = new RegExp(`^${WORD}[-/ ]?\\s*(\\d{1,2}),?[-/ ]\\s*(\\d{4}|\\d{2})${TIME}$`, 'u');
const YEAR_NAME_DAY = new RegExp(`^(\\d{4})\\.?[-/ ]?\\s*${WORD}[-/ ]?\\s*(\\d{1,2})\\.?${TIME}$`, 'u');
const INSTANT = /\d[T ,]\s*\d{1,2}:\d{2}.*(?:Z|[-+]\d{2}:?\d{2})$/;

/** Takes a date text apart; undefined when it has not the form of a date. A time behind it is passed over. */
export function dateShape(text: string): DateShape | undefined {
  const value = asciiDigits(text).trim();
  const yearFirst = YEAR_FIRST.exec(value);
  if (yearFirst) {
    return { kind: 'yearFirst', year: yearFirst[1] ?? '', month: Number(yearFirst[2]), day: Number(yearFirst[3]) };
  }
  const numeric = NUMERIC.exec(value);
  if (numeric) {
    return { kind: 'numeric', first: numeric[1] ?? '', second: numeric[2] ?? '', third: numeric[3] ?? '' };
  }
  const compact = COMPACT.exec(value)?.[1];
  if (compact) {
    const [a, b, c, d] = [compact.slice(0, 2), compact.slice(2, 4), compact.slice(4, 6), compact.slice(6)];
    // 19 and 20 are no months, so `31012025` cannot be meant year first.
    if (c === '19' || c === '20') return { kind: 'numeric', first: a, second: b, third: c + d };
    return { kind: 'yearFirst', year: a + b, month: Number(c), day: Number(d) };
  }
  return namedShape(value);
}

function namedShape(value: string): DateShape | undefined {
  const dayFirst = DAY_NAME_YEAR.exec(value);
  if (dayFirst) return named(dayFirst[3], dayFirst[2], dayFirst[1]);
  const nameFirst = NAME_DAY_YEAR.exec(value);
  if (nameFirst) return named(nameFirst[3], nameFirst[1], nameFirst[2]);
  const yearFirst = YEAR_NAME_DAY.exec(value);
  return yearFirst ? named(yearFirst[1], yearFirst[2], yearFirst[3]) : undefined;
}

function named(year = '', name = '', day = ''): DateShape | undefined {
  const month = monthOfName(name);
  return month === undefined ? undefined : { kind: 'named', year, month, day: Number(day) };
}

/**
 * The civil date of a text (data-import 6). Texts with the year in front or the month as a word are read as they stand,
 * all others in the file's `order`. A two-digit year is 20yy up to `currentYear` + 1, else 19yy. A date that does not
 * exist is an error, never another date. With `zone`, a text with time and offset gets the date of that instant there.
 */
export function parseDateText(options: {
  readonly text: string;
  readonly order: DateOrder;
  readonly currentYear: number;
  readonly zone?: string | undefined;
}): ParsedDate {
  const { text, order, currentYear, zone } = options;
  if (text.length === 10 && text.charCodeAt(4) === 45 && isCivilDate(text)) return { ok: text };
  const value = text.trim();
  if (value === '') return { error: { code: 'MissingDate', message: 'The date is empty.' } };
  const shape = dateShape(value);
  const parts = shape && inOrder(shape, order);
  const shown = cutText(value, 60);
  if (!parts) {
    return { error: { code: 'InvalidDate', message: `"${shown}" is not a date (${ORDER_NAMES[order]}).` } };
  }
  const year = parts.year.length === 4 ? Number(parts.year) : fullYear(Number(parts.year), currentYear);
  const date = `${pad(year, 4)}-${pad(parts.month, 2)}-${pad(parts.day, 2)}`;
  if (!isCivilDate(date)) {
    return { error: { code: 'InvalidDate', message: `The date ${shown} does not exist (${ORDER_NAMES[order]}).` } };
  }
  return { ok: zone && INSTANT.test(value) ? (dateOfInstant(date, value, zone) ?? date) : date };
}

const ORDER_NAMES: Readonly<Record<DateOrder, string>> = {
  YMD: 'read as year, month, day',
  DMY: 'read as day, month, year',
  MDY: 'read as month, day, year',
};

function inOrder(shape: DateShape, order: DateOrder): { year: string; month: number; day: number } | undefined {
  if (shape.kind !== 'numeric') return shape;
  const { first, second, third } = shape;
  if (order === 'DMY') return { year: third, month: Number(second), day: Number(first) };
  if (order === 'MDY') return { year: third, month: Number(first), day: Number(second) };
  return third.length === 2 ? { year: first, month: Number(second), day: Number(third) } : undefined;
}

/** The year two digits mean: up to next year this century, else the last one. */
function fullYear(twoDigits: number, currentYear: number): number {
  return 2000 + twoDigits <= currentYear + 1 ? 2000 + twoDigits : 1900 + twoDigits;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function dateOfInstant(date: string, text: string, zone: string): string | undefined {
  const match = /(\d{1,2}):(\d{2})(?::(\d{2}))?[^Z+-]*(Z|[-+]\d{2}:?\d{2})$/.exec(text);
  if (!match || /[ap]\.?m/i.test(text)) return undefined;
  const [, hour = '', minute = '', second = '00', offset = ''] = match;
  const zoneText = offset === 'Z' ? 'Z' : `${offset.slice(0, 3)}:${offset.slice(-2)}`;
  const instant = Date.parse(`${date}T${hour.padStart(2, '0')}:${minute}:${second}${zoneText}`);
  if (Number.isNaN(instant)) return undefined;
  let formatter = formatters.get(zone);
  if (!formatter) {
    // en-CA writes dates as YYYY-MM-DD.
    formatter = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formatters.set(zone, formatter);
  }
  return formatter.format(instant);
}
