import { isCivilDate } from '@backend/shared/kernel';
import { cutText } from '../reading/cut-text';
import { type DateShape, dateShape } from './date-shape';
import type { DateOrder } from './types';

/** A civil date, or why there is none. */
export type ParsedDate =
  | { readonly ok: string }
  | { readonly error: { readonly code: 'MissingDate' | 'InvalidDate'; readonly message: string } };

const INSTANT = /\d[T ,]\s*\d{1,2}:\d{2}.*(?:Z|[-+]\d{2}:?\d{2})$/;

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
