// Civil dates are ISO 8601 text (`YYYY-MM-DD`, years 0001-9999, proleptic Gregorian). The arithmetic is on
// integers (days since 1970-01-01), so it gives the same answer in the workflow sandbox, in every zone, for ever.

/** True for an existing calendar date written `YYYY-MM-DD`. */
export function isCivilDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

/** Year, month 1-12 and day 1-31 of a civil date. Throws RangeError when it is not one. */
export function splitCivil(date: string): { year: number; month: number; day: number } {
  if (!isCivilDate(date)) throw new RangeError(`not a date of the form YYYY-MM-DD: ${date}`);
  return { year: Number(date.slice(0, 4)), month: Number(date.slice(5, 7)), day: Number(date.slice(8, 10)) };
}

/** Number of days of a month (1-12). */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 (negative before it). */
export function daysFromCivil(date: string): number {
  const { year, month, day } = splitCivil(date);
  // Years are counted from March so that the leap day is the last day of the year.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The inverse of {@link daysFromCivil}. Throws RangeError outside the years 1-9999. */
export function civilFromDays(days: number): string {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  assertYear(year);
  return formatCivil(year, month, day);
}

/** The date that many days later (or earlier). */
export function addDays(date: string, days: number): string {
  return civilFromDays(daysFromCivil(date) + days);
}

/** The same day of the month, months later; the last day of that month when it has no such day. Throws RangeError outside the years 1-9999. */
export function addMonthsClamped(date: string, months: number): string {
  const { year, month, day } = splitCivil(date);
  const index = year * 12 + (month - 1) + months;
  const toYear = Math.floor(index / 12);
  const toMonth = index - toYear * 12 + 1;
  assertYear(toYear);
  return formatCivil(toYear, toMonth, Math.min(day, daysInMonth(toYear, toMonth)));
}

/** ISO weekday: 1 = Monday … 7 = Sunday. */
export function isoWeekday(date: string): number {
  return ((((daysFromCivil(date) + 3) % 7) + 7) % 7) + 1;
}

function assertYear(year: number): void {
  if (year < 1 || year > 9999) throw new RangeError('the date is outside the years 1 to 9999');
}

function formatCivil(year: number, month: number, day: number): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
