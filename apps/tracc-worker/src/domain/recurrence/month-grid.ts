import { daysFromCivil, daysInMonth, splitCivil } from '@backend/shared/kernel';
import type { MonthEndRule } from '../../contract';
import { type DateSource, LAST_DATE } from './date-source';

/** Chooses the day of a month, or undefined when that month has none. */
export type DayPicker = (month: { year: number; month: number }) => number | undefined;

// Leap years and weekdays repeat after 400 years = 4800 months = 146,097 days = 20,871 whole weeks.
const CYCLE_MONTHS = 4800;

/**
 * One date in every `stepMonths`-th month, counted from `firstMonth` (month index = 12 * year + month - 1); dates
 * before `startDate` are dropped. Months in which `pick` finds no day have no date, and the grid goes on unmoved.
 * `gapFree`: the caller knows that `pick` always finds a day, which spares counting.
 */
export function monthGrid({
  startDate,
  firstMonth,
  stepMonths,
  pick,
  gapFree,
}: {
  startDate: string;
  firstMonth: number;
  stepMonths: number;
  pick: DayPicker;
  gapFree: boolean;
}): DateSource {
  const cycleSlots = CYCLE_MONTHS / greatestCommonDivisor(stepMonths, CYCLE_MONTHS);

  const dateOfSlot = (slot: number): string | undefined => {
    const index = firstMonth + slot * stepMonths;
    const year = Math.floor(index / 12);
    if (year > 9998) return undefined;
    const month = (index % 12) + 1;
    const day = pick({ year, month });
    return day === undefined
      ? undefined
      : `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  };
  const slotOf = (date: string): number => Math.floor((monthIndex(date) - firstMonth) / stepMonths);

  const countSlots = (slots: number): number => {
    if (gapFree) return slots;
    const countDirect = (upTo: number): number => {
      let count = 0;
      for (let slot = 0; slot < upTo; slot++) if (dateOfSlot(slot) !== undefined) count++;
      return count;
    };
    if (slots <= cycleSlots) return countDirect(slots);
    return Math.floor(slots / cycleSlots) * countDirect(cycleSlots) + countDirect(slots % cycleSlots);
  };

  return {
    firstFrom(date) {
      const from = date < startDate ? startDate : date;
      const firstSlot = Math.max(0, slotOf(from));
      // A grid that is empty for a whole cycle is empty for ever (30 February).
      for (let slot = firstSlot; slot <= firstSlot + cycleSlots; slot++) {
        const found = dateOfSlot(slot);
        if (found !== undefined && found >= from) return found;
      }
      return undefined;
    },
    countThrough(date) {
      if (date < startDate) return 0;
      const through = date > LAST_DATE ? LAST_DATE : date;
      const lastSlot = slotOf(through);
      if (lastSlot < 0) return 0;
      const last = dateOfSlot(lastSlot);
      const first = dateOfSlot(0);
      const upToLastSlot = countSlots(lastSlot + 1);
      const lastIsLater = last !== undefined && last > through ? 1 : 0;
      // Only the first slot can be before the anchor: the next ones are in later months.
      const firstIsEarlier = first !== undefined && first < startDate ? 1 : 0;
      return upToLastSlot - lastIsLater - firstIsEarlier;
    },
  };
}

/** Month index of a civil date: 12 * year + month - 1. */
export function monthIndex(date: string): number {
  const { year, month } = splitCivil(date);
  return 12 * year + month - 1;
}

/** Day 1-31, or -1 for the last; a day the month does not have is clamped to the last or gives none. */
export function dayOfMonth({ day, monthEnd }: { day: number; monthEnd: MonthEndRule }): DayPicker {
  return ({ year, month }) => {
    const last = daysInMonth(year, month);
    if (day === -1) return last;
    if (day <= last) return day;
    return monthEnd === 'clamp' ? last : undefined;
  };
}

/** The nth (1-5, -1 = last) such weekday (ISO) of the month; none when the month has only four. */
export function nthWeekday({ nth, weekday }: { nth: number; weekday: number }): DayPicker {
  return ({ year, month }) => {
    const firstOfMonth = daysFromCivil(`${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-01`);
    const weekdayOfFirst = (((firstOfMonth + 3) % 7) + 7) % 7;
    const first = 1 + ((weekday - 1 - weekdayOfFirst + 7) % 7);
    const last = daysInMonth(year, month);
    if (nth === -1) return first + 7 * Math.floor((last - first) / 7);
    const day = first + 7 * (nth - 1);
    return day <= last ? day : undefined;
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
