import type { CalendarOptions, DateFlag, DateNote } from '../types';
import { type LunarMonth, civilDayAt, fullMoonOf, lunarMonths, monthAt, tithiAtSunrise } from './panchang';

/** A lunisolar date as a text states it; the parts are the text's, not yet in amanta terms. */
export interface LunarDate {
  era: 'samvat' | 'shaka';
  year: number;
  /** 1 = Chaitra … 12 = Fagan. */
  month?: number;
  adhik?: boolean;
  paksha?: 'sud' | 'vad';
  /** 1-15 of its half; the new moon (amas) is vad 15. */
  tithi?: number;
}

/** Where a lunisolar date falls: a day, some months, or years. `from` and `to` are days since 1970-01-01. */
export type LunarResult = {
  flags: DateFlag[];
  notes: DateNote[];
} & (
  | { precision: 'day'; day: number }
  | { precision: 'month'; from: { year: number; month: number }; to: { year: number; month: number } }
  | { precision: 'year'; fromYear: number; toYear: number }
);

/**
 * Converts a Samvat or Shaka date (ai-timeline 14). The day is the one whose sunrise at Ujjain has the tithi.
 * A tithi that has no sunrise is on the day it began in (`vanishedTithi`); of a tithi with two sunrises the first
 * day is taken (note `repeatedTithi`). Undefined when the parts are no date (tithi 16, year 0).
 */
export function computeSamvat({
  date,
  samvatYear,
  monthStyle,
}: {
  date: LunarDate;
  samvatYear: CalendarOptions['samvatYear'];
  monthStyle: CalendarOptions['month'];
}): LunarResult | undefined {
  if (!isPossible(date)) return undefined;
  const note: DateNote = date.era === 'samvat' ? 'computedFromSamvat' : 'computedFromShaka';
  if (date.month === undefined) {
    const fromYear = date.era === 'shaka' ? date.year + 78 : date.year - 57;
    return { precision: 'year', fromYear, toYear: fromYear + 1, flags: [], notes: [note] };
  }
  const amanta = toAmantaMonth({ month: date.month, adhik: date.adhik, paksha: date.paksha, monthStyle });
  const year = chaitraYear({ era: date.era, year: date.year, month: amanta, samvatYear });
  const found = findMonth({ months: lunarMonths(year), month: amanta, adhik: date.adhik ?? false });
  const flags = [...found.flags];
  // A dark half that was moved to the month before may be that of an adhik month of its name, which is not moved.
  if (amanta !== date.month && hasAdhik({ month: date.month, chaitraYear: amanta === 12 ? year + 1 : year }))
    flags.push('adhikMonth');
  if (date.paksha === undefined || date.tithi === undefined) {
    // The dark half of a purnimanta year's first month comes eleven months after the bright one, at the year's end.
    if (isPurnimantaWhole({ date, monthStyle }) && date.month === firstMonth(date.era, samvatYear))
      flags.push('ambiguousDate');
    const { start, end } = isPurnimantaWhole({ date, monthStyle })
      ? purnimantaSpan({ month: found.month, chaitraYear: year })
      : amantaSpan({ month: found.month, paksha: date.paksha });
    return { precision: 'month', from: monthAt(start), to: monthAt(end), flags, notes: [note] };
  }
  const { day, vanished, repeated } = dayOfTithi({
    month: found.month,
    tithi: date.tithi + (date.paksha === 'vad' ? 15 : 0),
  });
  if (vanished) flags.push('vanishedTithi');
  return { precision: 'day', day, flags, notes: repeated ? [note, 'repeatedTithi'] : [note] };
}

function isPossible({ era, year, month, tithi }: LunarDate): boolean {
  const inMonth = month === undefined || (Number.isInteger(month) && month >= 1 && month <= 12);
  const inHalf = tithi === undefined || (Number.isInteger(tithi) && tithi >= 1 && tithi <= 15);
  const least = era === 'samvat' ? 58 : 1;
  return Number.isInteger(year) && year >= least && year <= 5000 && inMonth && inHalf;
}

/** In purnimanta reckoning the dark half comes first, so its vad is the vad of the amanta month before. */
function toAmantaMonth({
  month,
  adhik,
  paksha,
  monthStyle,
}: {
  month: number;
  adhik: boolean | undefined;
  paksha: 'sud' | 'vad' | undefined;
  monthStyle: CalendarOptions['month'];
}): number {
  // An adhik month lies between the two halves of its namesake, so its own vad keeps its name.
  if (monthStyle === 'amanta' || paksha !== 'vad' || adhik) return month;
  return month === 1 ? 12 : month - 1;
}

/** The Gregorian year in whose spring the run Chaitra … Fagan began that holds the month. */
function chaitraYear({
  era,
  year,
  month,
  samvatYear,
}: {
  era: LunarDate['era'];
  year: number;
  month: number;
  samvatYear: CalendarOptions['samvatYear'];
}): number {
  if (era === 'shaka') return year + 78;
  return month >= firstMonth(era, samvatYear) ? year - 57 : year - 56;
}

function hasAdhik({ month, chaitraYear }: { month: number; chaitraYear: number }): boolean {
  return lunarMonths(chaitraYear).some((other) => other.adhik && other.month === month);
}

function firstMonth(era: LunarDate['era'], samvatYear: CalendarOptions['samvatYear']): number {
  return era === 'shaka' ? 1 : { chaitradi: 1, ashadhadi: 4, kartikadi: 8 }[samvatYear];
}

/** An adhik month runs from new moon to new moon in both reckonings. */
function isPurnimantaWhole({ date, monthStyle }: { date: LunarDate; monthStyle: CalendarOptions['month'] }): boolean {
  return monthStyle === 'purnimanta' && date.paksha === undefined && !date.adhik;
}

type Span = Pick<LunarMonth, 'start' | 'end'>;

function amantaSpan({ month, paksha }: { month: LunarMonth; paksha: LunarDate['paksha'] }): Span {
  return {
    start: paksha === 'vad' ? fullMoonOf(month) : month.start,
    end: paksha === 'sud' ? fullMoonOf(month) : month.end,
  };
}

/** From the full moon before the dark half to that of the month's own bright half; an adhik month may lie between. */
function purnimantaSpan({ month, chaitraYear }: { month: LunarMonth; chaitraYear: number }): Span {
  const months = [...lunarMonths(chaitraYear - 1), ...lunarMonths(chaitraYear)];
  const before = months.findLast((other) => other.start < month.start && !(other.adhik && other.month === month.month));
  return { start: fullMoonOf(before ?? month), end: fullMoonOf(month) };
}

function findMonth({ months, month, adhik }: { months: readonly LunarMonth[]; month: number; adhik: boolean }): {
  month: LunarMonth;
  flags: DateFlag[];
} {
  const named = months.filter((candidate) => candidate.month === month);
  const wanted = named.find((candidate) => candidate.adhik === adhik);
  const other = named[0];
  // The year has both an adhik and a plain month of this name: texts often do not say which they mean.
  if (wanted) {
    const flags: DateFlag[] = named.length > 1 ? ['adhikMonth'] : [];
    return { month: wanted, flags: wanted.kshaya ? [...flags, 'kshayaMonth'] : flags };
  }
  if (other) return { month: other, flags: ['adhikMonthNotFound'] };
  // Its sankranti fell into the month before, which bears both names (a kshaya month).
  const before =
    months.find((candidate) => candidate.kshaya && (candidate.month % 12) + 1 === month) ?? months[month - 1];
  if (!before) throw new RangeError(`the lunar year has no month ${month}`);
  return { month: before, flags: ['kshayaMonth'] };
}

function dayOfTithi({ month, tithi }: { month: LunarMonth; tithi: number }): {
  day: number;
  vanished: boolean;
  repeated: boolean;
} {
  const tithiOf = (day: number): number => {
    const at = tithiAtSunrise(day);
    if (at.sunrise < month.start) return 0;
    return at.sunrise < month.end ? at.tithi : 31;
  };
  let day = civilDayAt(month.start + (tithi - 0.5) * ((month.end - month.start) / 30));
  while (tithiOf(day) >= tithi) day -= 1;
  while (tithiOf(day) < tithi) day += 1;
  // The first day that has the tithi, or a later one: then the tithi began and ended between two sunrises.
  if (tithiOf(day) > tithi) return { day: day - 1, vanished: true, repeated: false };
  return { day, vanished: false, repeated: tithiOf(day + 1) === tithi };
}
