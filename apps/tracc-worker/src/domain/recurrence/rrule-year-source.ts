import { civilFromDays, daysFromCivil, daysInMonth, isoWeekday } from '@backend/shared/kernel';
import type { DateSource } from './date-source';

const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

/**
 * True for the RRULEs that {@link yearSetSource} expands. rrule-temporal 2.2 is wrong about them: a 53rd weekday runs
 * into the next year, numbered weekdays of a year ignore BYMONTHDAY and plain weekdays beside them, and BYYEARDAY
 * ignores BYDAY and BYMONTHDAY.
 */
export function isYearSet(text: string): boolean {
  const parts = partsOf(text);
  if (parts.get('FREQ') !== 'YEARLY' || parts.has('BYWEEKNO')) return false;
  return parts.has('BYYEARDAY') || (/\d/.test(parts.get('BYDAY') ?? '') && !parts.has('BYMONTH'));
}

/** The dates of such a rule (checked, in capitals, without COUNT and UNTIL) from `startDate` through `farthest`. */
export function yearSetSource({
  text,
  startDate,
  farthest,
}: {
  text: string;
  startDate: string;
  farthest: string;
}): DateSource {
  const parts = partsOf(text);
  const interval = Number(parts.get('INTERVAL') ?? 1);
  const firstYear = yearOf(startDate);
  const known = new Map<number, readonly string[]>();
  const datesOf = (year: number): readonly string[] => {
    const dates = known.get(year) ?? setOfYear(parts, year).filter((date) => date >= startDate && date <= farthest);
    known.set(year, dates);
    return dates;
  };
  return {
    firstFrom(date) {
      const from = date < startDate ? startDate : date;
      const steps = Math.ceil((yearOf(from) - firstYear) / interval);
      for (let year = firstYear + steps * interval; year <= yearOf(farthest); year += interval) {
        const found = datesOf(year).find((each) => each >= from);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    countThrough(date) {
      let count = 0;
      for (let year = firstYear; year <= Math.min(yearOf(date), yearOf(farthest)); year += interval) {
        count += datesOf(year).filter((each) => each <= date).length;
      }
      return count;
    },
  };
}

/** Every BY part limits the days of the year; BYSETPOS then chooses among those that are left (RFC 5545, 3.3.10). */
function setOfYear(parts: ReadonlyMap<string, string>, year: number): string[] {
  const numbers = (name: string): number[] | undefined => parts.get(name)?.split(',').map(Number);
  const [months, monthDays, yearDays, places] = ['BYMONTH', 'BYMONTHDAY', 'BYYEARDAY', 'BYSETPOS'].map(numbers);
  const weekdays = parts
    .get('BYDAY')
    ?.split(',')
    .map((item) => ({ weekday: WEEKDAYS.indexOf(item.slice(-2)) + 1, nth: Number(item.slice(0, -2)) }));
  // A place counts from the front (1 is the first) or from the back (-1 is the last).
  const includes = (wanted: readonly number[] | undefined, place: number, of: number): boolean =>
    wanted === undefined || wanted.includes(place) || wanted.includes(place - of - 1);

  const found: string[] = [];
  const dayBefore = daysFromCivil(`${String(year).padStart(4, '0')}-01-01`) - 1;
  const yearLength = daysInMonth(year, 2) + 337;
  const firstWeekday = isoWeekday(civilFromDays(dayBefore + 1));
  let yearDay = 0;
  for (let month = 1; month <= 12; month++) {
    const monthLength = daysInMonth(year, month);
    for (let day = 1; day <= monthLength; day++) {
      yearDay += 1;
      if (!includes(months, month, 12) || !includes(monthDays, day, monthLength)) continue;
      if (!includes(yearDays, yearDay, yearLength)) continue;
      const weekday = ((firstWeekday - 1 + yearDay - 1) % 7) + 1;
      // Numbered weekdays are counted in the month when months are named, else in the year.
      const [at, length] = months ? [day, monthLength] : [yearDay, yearLength];
      const front = Math.ceil(at / 7);
      const back = -Math.ceil((length - at + 1) / 7);
      const isWeekday = (each: { weekday: number; nth: number }): boolean =>
        each.weekday === weekday && (each.nth === 0 || each.nth === front || each.nth === back);
      if (!weekdays || weekdays.some(isWeekday)) found.push(civilFromDays(dayBefore + yearDay));
    }
  }
  return found.filter((_, at) => includes(places, at + 1, found.length));
}

function partsOf(text: string): ReadonlyMap<string, string> {
  return new Map(text.split(';').map((part) => part.split('=') as [string, string]));
}

function yearOf(date: string): number {
  return Number(date.slice(0, 4));
}
