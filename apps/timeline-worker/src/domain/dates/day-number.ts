// Civil days as integers (days since 1970-01-01, proleptic Gregorian) for every astronomical year, BCE included.
// The kernel's civil dates stop at the year 1; a history does not.

/** A day of a calendar; `year` is astronomical (0 = 1 BCE). */
export interface YearMonthDay {
  year: number;
  month: number;
  day: number;
}

/** Days since 1970-01-01 of a proleptic Gregorian day. The month and day must exist. */
export function gregorianToDays({ year, month, day }: YearMonthDay): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear(month, day);
  return era * 146_097 + dayOfEra - 719_468;
}

/** Days since 1970-01-01 of a Julian day. */
export function julianToDays({ year, month, day }: YearMonthDay): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 4);
  return era * 1461 + (shifted - era * 4) * 365 + dayOfYear(month, day) - 719_470;
}

/** The inverse of {@link gregorianToDays}. */
export function daysToGregorian(days: number): YearMonthDay {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const fromMarch = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * fromMarch + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: fromMarch - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

/** Days of a month of a calendar. */
export function lastDayOfMonth({
  year,
  month,
  calendar = 'gregorian',
}: {
  year: number;
  month: number;
  calendar?: 'gregorian' | 'julian';
}): number {
  if (month === 2) {
    const leap = year % 4 === 0 && (calendar === 'julian' || year % 100 !== 0 || year % 400 === 0);
    return leap ? 29 : 28;
  }
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** EDTF of a year: four digits, `-0008` for 9 BCE, `Y` before years of more digits. */
export function edtfYear(year: number): string {
  const digits = String(Math.abs(year)).padStart(4, '0');
  const signed = year < 0 ? `-${digits}` : digits;
  return digits.length > 4 ? `Y${signed}` : signed;
}

/** EDTF `YYYY-MM-DD` of a day number. */
export function edtfDay(days: number): string {
  const { year, month, day } = daysToGregorian(days);
  return `${edtfMonth({ year, month })}-${pad2(day)}`;
}

/** EDTF `YYYY-MM`. */
export function edtfMonth({ year, month }: { year: number; month: number }): string {
  return `${edtfYear(year)}-${pad2(month)}`;
}

function pad2(value: number): string {
  return String(value).padStart(2, '0');
}

/** Day of a year counted from 1 March, so that the leap day is the last one. */
function dayOfYear(month: number, day: number): number {
  return Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
}
