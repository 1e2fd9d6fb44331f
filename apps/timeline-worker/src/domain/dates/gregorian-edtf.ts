import type { CalendarOptions, DateNote, DatePrecision, OriginalCalendar } from '../types';
import { edtfDay, edtfMonth, edtfYear, gregorianToDays, julianToDays, lastDayOfMonth } from './day-number';
import type { GregorianPoint, Qualifiers } from './expression';

/** A European date as EDTF, with the calendar it was written in. */
export interface GregorianEdtf {
  edtf: string;
  originalCalendar: Extract<OriginalCalendar, 'gregorian' | 'julian'>;
  notes: DateNote[];
  ambiguous: boolean;
  precision: DatePrecision;
}

/**
 * Turns a European date into EDTF. Days and months before `gregorianFrom` are Julian and are converted; years and
 * what is coarser keep their number. Undefined when the date does not exist (30 February) or runs backwards.
 */
export function toEdtf({
  point,
  approximate,
  uncertain,
  gregorianFrom,
}: Qualifiers & { point: GregorianPoint; gregorianFrom: CalendarOptions['gregorianFrom'] }): GregorianEdtf | undefined {
  const mark = approximate && uncertain ? '%' : approximate ? '~' : uncertain ? '?' : '';
  const julian = hasDayOrMonth(point) && isJulian(lastOf(point), gregorianFrom);
  const edtf = write(point, { mark, gregorianFrom });
  if (edtf === undefined) return undefined;
  return {
    edtf,
    originalCalendar: julian ? 'julian' : 'gregorian',
    notes: julian ? ['convertedFromJulian'] : [],
    ambiguous: point.kind === 'oneOf',
    precision: precisionOf(point),
  };
}

interface Style {
  mark: string;
  gregorianFrom: CalendarOptions['gregorianFrom'];
}

function write(point: GregorianPoint, style: Style): string | undefined {
  const { mark } = style;
  switch (point.kind) {
    case 'day': {
      const days = dayOf(point, style.gregorianFrom);
      return days === undefined ? undefined : edtfDay(days) + mark;
    }
    case 'month':
      return writeMonth(point, style);
    case 'season':
      return `${edtfYear(point.year)}-${point.season}${mark}`;
    case 'year':
      return edtfYear(point.year) + mark;
    case 'decade':
      return writeYears({ first: point.year, count: 10, mark });
    case 'century':
      return writeYears({ first: point.year, count: 100, mark });
    case 'span':
      return writeSpan(point, style);
    case 'oneOf': {
      const days = point.days.map((day) => write(day, { ...style, mark: '' }));
      const known = days.filter((day) => day !== undefined).toSorted();
      return known.length > 0 ? `[${known.join(',')}]` : undefined;
    }
    case 'before': {
      const end = edge(point.point, 'end', style);
      return end && `../${end}`;
    }
    case 'after': {
      const start = edge(point.point, 'start', style);
      return start && `${start}/..`;
    }
  }
}

/** `182X` and `18XX`; with a mark an interval, for EDTF lets no mark follow an X. */
function writeYears({ first, count, mark }: { first: number; count: 10 | 100; mark: string }): string {
  const last = first + count - 1;
  if (mark !== '') return `${edtfYear(first)}${mark}/${edtfYear(last)}${mark}`;
  // The digits that stay are the same from first to last; of 500 BCE to 401 BCE (-0499 to -0400) they are -04.
  const stem = edtfYear(Math.abs(first) < Math.abs(last) ? first : last).slice(0, count === 10 ? -1 : -2);
  // The century of 99 BCE to 1 BCE (-0099 to 0000) has no digits of its own but its sign.
  const signed = first < 0 && !stem.startsWith('-') ? `-${stem}` : stem;
  return stem.startsWith('Y') ? `${edtfYear(first)}/${edtfYear(last)}` : signed + 'X'.repeat(count === 10 ? 1 : 2);
}

function writeMonth(point: { year: number; month: number }, style: Style): string | undefined {
  if (point.month < 1 || point.month > 12) return undefined;
  const first: GregorianPoint = { kind: 'day', year: point.year, month: point.month, day: 1 };
  if (!isJulian(first, style.gregorianFrom)) return edtfMonth(point) + style.mark;
  const last: GregorianPoint = { ...first, day: lastDayOfMonth({ ...point, calendar: 'julian' }) };
  return writeSpan({ kind: 'span', from: first, to: last, rough: false }, style);
}

function writeSpan(span: Extract<GregorianPoint, { kind: 'span' }>, style: Style): string | undefined {
  const mark = span.rough && style.mark === '' ? '~' : style.mark === '?' && span.rough ? '%' : style.mark;
  const from = edge(span.from, 'start', { ...style, mark });
  const to = edge(span.to, 'end', { ...style, mark });
  if (from === undefined || to === undefined) return undefined;
  return `${from}/${to}`;
}

/** One end of an interval; of a decade or a century the year on that side. */
function edge(point: GregorianPoint, side: 'start' | 'end', style: Style): string | undefined {
  if (point.kind === 'span') return edge(side === 'start' ? point.from : point.to, side, style);
  const [first, ...rest] = (write(point, style) ?? '').split('/');
  if (point.kind === 'decade' || point.kind === 'century') {
    const length = point.kind === 'decade' ? 10 : 100;
    return edtfYear(side === 'start' ? point.year : point.year + length - 1) + style.mark;
  }
  return (side === 'start' ? first : (rest.at(-1) ?? first)) || undefined;
}

/** The day number of a written day, by the calendar in force; undefined when there is no such day. */
function dayOf(
  day: { year: number; month: number; day: number },
  gregorianFrom: Style['gregorianFrom'],
): number | undefined {
  const calendar = isJulian(day, gregorianFrom) ? 'julian' : 'gregorian';
  if (day.month < 1 || day.month > 12 || day.day < 1) return undefined;
  if (day.day > lastDayOfMonth({ year: day.year, month: day.month, calendar })) return undefined;
  return calendar === 'julian' ? julianToDays(day) : gregorianToDays(day);
}

/** Whether a point as written lies wholly before the reform. */
function isJulian(
  point: { year: number; month?: number; day?: number },
  gregorianFrom: Style['gregorianFrom'],
): boolean {
  const written = [point.year, point.month ?? 12, point.day ?? 31];
  const reform = gregorianFrom.split('-').map(Number);
  for (const [index, value] of written.entries()) {
    const limit = reform[index] ?? 0;
    if (value !== limit) return value < limit;
  }
  return false;
}

/** The latest part of a point: what decides on the calendar of the whole. */
function lastOf(point: GregorianPoint): { year: number; month?: number; day?: number } {
  switch (point.kind) {
    case 'span':
      return lastOf(point.to);
    case 'oneOf':
      return lastOf(point.days[1]);
    case 'before':
    case 'after':
      return lastOf(point.point);
    case 'decade':
      return { year: point.year + 9 };
    case 'century':
      return { year: point.year + 99 };
    case 'season':
      return { year: point.year };
    default:
      return point;
  }
}

function precisionOf({ kind }: GregorianPoint): DatePrecision {
  return kind === 'span' || kind === 'oneOf' || kind === 'before' || kind === 'after' ? 'range' : kind;
}

function hasDayOrMonth(point: GregorianPoint): boolean {
  if (point.kind === 'span') return hasDayOrMonth(point.from) || hasDayOrMonth(point.to);
  if (point.kind === 'before' || point.kind === 'after') return hasDayOrMonth(point.point);
  return point.kind === 'day' || point.kind === 'month' || point.kind === 'oneOf';
}
