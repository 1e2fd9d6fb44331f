import { addDays, civilFromDays, daysFromCivil, isoWeekday } from '@backend/shared/kernel';

/** No schedule is followed past this date, so that every fire time has a year of four digits in every zone. */
export const LAST_DATE = '9998-12-31';

/** The dates of a schedule from its anchor on, without its end. Both questions are answered by a jump, not by a walk. */
export interface DateSource {
  /** First date of the schedule on or after `date` (and never before the anchor); undefined when there is none. */
  firstFrom(date: string): string | undefined;
  /** How many dates of the schedule are on or before `date`. */
  countThrough(date: string): number;
}

/** Dates `stepDays` apart, the first one at `firstDate`. */
export function everyDaysFrom({ firstDate, stepDays }: { firstDate: string; stepDays: number }): DateSource {
  const first = daysFromCivil(firstDate);
  const last = daysFromCivil(LAST_DATE);
  return {
    firstFrom(date) {
      const steps = Math.max(0, Math.ceil((daysFromCivil(date) - first) / stepDays));
      const day = first + steps * stepDays;
      return day <= last ? civilFromDays(day) : undefined;
    },
    countThrough: (date) => Math.max(0, Math.floor((Math.min(daysFromCivil(date), last) - first) / stepDays) + 1),
  };
}

/** Dates `every` weeks apart; the first one is the first such weekday (ISO, 1 = Monday) on or after the anchor. */
export function weeklyFrom({
  startDate,
  every,
  weekday,
}: {
  startDate: string;
  every: number;
  weekday: number;
}): DateSource {
  const firstDate = addDays(startDate, (weekday - isoWeekday(startDate) + 7) % 7);
  return everyDaysFrom({ firstDate, stepDays: 7 * every });
}
