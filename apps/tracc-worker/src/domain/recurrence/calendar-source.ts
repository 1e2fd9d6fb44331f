import type { RecurrenceRule } from '../../contract';
import { type DateSource, everyDaysFrom, weeklyFrom } from './date-source';
import { dayOfMonth, monthGrid, monthIndex, nthWeekday } from './month-grid';

/**
 * The dates of a schedule that needs no more than the calendar; undefined for an RRULE, whose source needs a library. Light
 * enough for the sandbox.
 */
export function calendarSource({ schedule, startDate, monthEnd }: RecurrenceRule): DateSource | undefined {
  switch (schedule.kind) {
    case 'interval':
      return everyDaysFrom({ firstDate: startDate, stepDays: schedule.everyDays });
    case 'weekly':
      return weeklyFrom({ startDate, every: schedule.every, weekday: schedule.weekday });
    case 'monthly':
      return monthGrid({
        startDate,
        firstMonth: monthIndex(startDate),
        stepMonths: schedule.every,
        pick: dayOfMonth({ day: schedule.day, monthEnd }),
        gapFree: schedule.day <= 28 || monthEnd === 'clamp',
      });
    case 'monthlyNth':
      return monthGrid({
        startDate,
        firstMonth: monthIndex(startDate),
        stepMonths: schedule.every,
        pick: nthWeekday({ nth: schedule.nth, weekday: schedule.weekday }),
        gapFree: schedule.nth !== 5,
      });
    case 'yearly':
      return monthGrid({
        startDate,
        firstMonth: 12 * Number(startDate.slice(0, 4)) + schedule.month - 1,
        stepMonths: 12 * schedule.every,
        pick: dayOfMonth({ day: schedule.day, monthEnd }),
        gapFree: schedule.day <= 28 || monthEnd === 'clamp',
      });
    case 'rrule':
      return undefined;
  }
}
