import type { CalendarOptions, DateFlag, DateNote } from '../types';
import { edtfDay, edtfMonth, edtfYear } from './day-number';
import { type LunarDate, computeSamvat } from './samvat';

/** A Samvat or Shaka date as EDTF; always approximate. */
export interface LunarEdtf {
  edtf: string;
  precision: 'day' | 'month' | 'year';
  originalCalendar: LunarDate['era'];
  flags: DateFlag[];
  notes: DateNote[];
}

/**
 * Converts and writes a lunisolar date (ai-timeline 14): a day as `YYYY-MM-DD~`, a month as `YYYY-MM~/YYYY-MM~`, a
 * year as `Y~/Y+1~`. Undefined when the parts are no date.
 */
export function lunarToEdtf({ date, calendar }: { date: LunarDate; calendar: CalendarOptions }): LunarEdtf | undefined {
  const result = computeSamvat({ date, samvatYear: calendar.samvatYear, monthStyle: calendar.month });
  if (!result) return undefined;
  const { precision, flags, notes } = result;
  const written = { precision, flags, notes, originalCalendar: date.era };
  switch (result.precision) {
    case 'day':
      return { ...written, edtf: `${edtfDay(result.day)}~` };
    case 'month':
      return { ...written, edtf: `${edtfMonth(result.from)}~/${edtfMonth(result.to)}~` };
    case 'year':
      return { ...written, edtf: `${edtfYear(result.fromYear)}~/${edtfYear(result.toYear)}~` };
  }
}
