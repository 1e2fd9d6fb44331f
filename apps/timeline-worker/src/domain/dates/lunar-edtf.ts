import type { CalendarOptions, DateFlag, DateNote, NormalisedDate } from '../types';
import { edtfDay, edtfMonth, edtfYear } from './day-number';
import { type LunarDate, type LunarResult, computeSamvat } from './samvat';

/** A Samvat or Shaka date as EDTF; always approximate. */
export interface LunarEdtf {
  edtf: string;
  precision: 'day' | 'month' | 'year' | 'range';
  originalCalendar: LunarDate['era'];
  reckoning: NonNullable<NormalisedDate['reckoning']>;
  flags: DateFlag[];
  notes: DateNote[];
}

/**
 * Converts and writes a lunisolar date (ai-timeline 14): a day as `YYYY-MM-DD~`, a month as `YYYY-MM~/YYYY-MM~`, a
 * year as `Y~/Y+1~`; with `?` for a doubt and open on one side for `before` and `after`. Undefined when the parts
 * are no date.
 */
export function lunarToEdtf({
  date,
  bound,
  uncertain = false,
  calendar,
}: {
  date: LunarDate;
  bound?: 'before' | 'after' | undefined;
  uncertain?: boolean;
  calendar: CalendarOptions;
}): LunarEdtf | undefined {
  const result = computeSamvat({ date, samvatYear: calendar.samvatYear, monthStyle: calendar.month });
  if (!result) return undefined;
  const [from, to] = endsOf(result).map((end) => end + (uncertain ? '%' : '~'));
  const { samvatYear, month } = calendar;
  const reckoning = date.era === 'samvat' ? { samvatYear, month } : { month };
  const { flags, notes } = result;
  const said = { flags, notes, originalCalendar: date.era, reckoning };
  if (bound) return { ...said, precision: 'range', edtf: bound === 'before' ? `../${to ?? from}` : `${from}/..` };
  return { ...said, precision: result.precision, edtf: to === undefined ? `${from}` : `${from}/${to}` };
}

function endsOf(result: LunarResult): string[] {
  switch (result.precision) {
    case 'day':
      return [edtfDay(result.day)];
    case 'month':
      return [edtfMonth(result.from), edtfMonth(result.to)];
    case 'year':
      return [edtfYear(result.fromYear), edtfYear(result.toYear)];
  }
}
