import { addDays, addMonthsClamped } from './civil-date';

/** True for a month written `YYYY-MM` (years 0002-9998, so that the months around it exist too). */
export function isMonth(text: string): boolean {
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(text) && text >= '0002-01' && text < '9999-01';
}

/** The month that many months later (or earlier): `addMonths('2025-01', -1)` is `2024-12`. */
export function addMonths(month: string, months: number): string {
  return addMonthsClamped(`${month}-01`, months).slice(0, 7);
}

/** The budget period of a month whose first day is `startDay` (1-28): `[from, to)` as civil dates. */
export function monthPeriod(month: string, startDay: number): { from: string; to: string } {
  const from = addDays(`${month}-01`, startDay - 1);
  return { from, to: addMonthsClamped(from, 1) };
}

/** The month whose period with that start day holds the date. */
export function monthOf(date: string, startDay: number): string {
  const month = date.slice(0, 7);
  return Number(date.slice(8, 10)) >= startDay ? month : addMonths(month, -1);
}
