import type { Occurrence, RecurrenceRule } from '../src/contract';

// A second opinion on recurrence dates. It shares no code with src/domain/recurrence: a calendar written out day by
// day, each day asked whether it is a date of the rule, and wall clocks as Intl.DateTimeFormat shows them. Slow on
// purpose: nothing here jumps.

/** One day of the calendar. `weekday` is ISO (1 = Monday); `number` is its place in the calendar. */
export interface Day {
  readonly number: number;
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly text: string;
}

// ---------------------------------------------------------------- the calendar, 1980 to 3000

const calendar: Day[] = [];
const numberOf = new Map<string, number>();
const monthsOfDays = new Map<string, Day[]>();
const yearsOfDays = new Map<number, Day[]>();
writeCalendar();

function writeCalendar(): void {
  let weekday = 2; // 1 January 1980 was a Tuesday.
  for (let year = 1980; year <= 3000; year++) {
    const isLeap = year % 400 === 0 || (year % 4 === 0 && year % 100 !== 0);
    const lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    const daysOfYear: Day[] = [];
    for (let month = 1; month <= 12; month++) {
      const daysOfMonth: Day[] = [];
      for (let day = 1; day <= lengths[month - 1]!; day++) {
        const text = `${year}-${two(month)}-${two(day)}`;
        const entry: Day = { number: calendar.length, year, month, day, weekday, text };
        numberOf.set(text, entry.number);
        for (const list of [calendar, daysOfYear, daysOfMonth]) list.push(entry);
        weekday = weekday === 7 ? 1 : weekday + 1;
      }
      monthsOfDays.set(text7({ year, month }), daysOfMonth);
    }
    yearsOfDays.set(year, daysOfYear);
  }
}

function two(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}
function text7({ year, month }: { year: number; month: number }): string {
  return `${year}-${two(month)}`;
}
const monthOf = (day: Day): Day[] => monthsOfDays.get(text7(day))!;
const yearOf = (day: Day): Day[] => yearsOfDays.get(day.year)!;

/** The day of a civil date of the calendar. Throws RangeError outside 1980 to 3000. */
export function dayOf(text: string): Day {
  const number = numberOf.get(text);
  if (number === undefined) throw new RangeError(`${text} is not in the calendar`);
  return calendar[number]!;
}

/** The day that many days later (or earlier). */
export function dayLater(day: Day, days: number): Day {
  return calendar[day.number + days]!;
}

// ---------------------------------------------------------------- is this day a date of the rule?

type IsDate = (day: Day) => boolean;

/** True when the day is place `nth` among the same weekdays of `days`, from the front or (negative) from the back. */
function isNth(day: Day, { nth, days }: { nth: number; days: readonly Day[] }): boolean {
  const same = days.filter(({ weekday }) => weekday === day.weekday);
  return (nth > 0 ? same[nth - 1] : same[same.length + nth]) === day;
}

function isDayOfMonth(day: Day, { wanted, monthEnd }: { wanted: number; monthEnd: 'clamp' | 'skip' }): boolean {
  const length = monthOf(day).length;
  const isLast = day.day === length;
  if (wanted === -1) return isLast;
  if (wanted > length) return monthEnd === 'clamp' && isLast;
  return day.day === wanted;
}

function isDateOf(rule: RecurrenceRule): IsDate {
  const { schedule, monthEnd } = rule;
  const start = dayOf(rule.startDate);
  const monthsSince = (day: Day): number => (day.year - start.year) * 12 + (day.month - start.month);
  switch (schedule.kind) {
    case 'interval':
      return (day) => (day.number - start.number) % schedule.everyDays === 0;
    case 'weekly':
      // The first such weekday is in days 0 to 6 from the anchor, the next in 7 to 13, and so on.
      return (day) =>
        day.weekday === schedule.weekday && Math.floor((day.number - start.number) / 7) % schedule.every === 0;
    case 'monthly':
      return (day) => monthsSince(day) % schedule.every === 0 && isDayOfMonth(day, { wanted: schedule.day, monthEnd });
    case 'monthlyNth':
      return (day) =>
        monthsSince(day) % schedule.every === 0 &&
        day.weekday === schedule.weekday &&
        isNth(day, { nth: schedule.nth, days: monthOf(day) });
    case 'yearly':
      return (day) =>
        (day.year - start.year) % schedule.every === 0 &&
        day.month === schedule.month &&
        isDayOfMonth(day, { wanted: schedule.day, monthEnd });
    case 'rrule':
      return isDateOfRrule(partsOf(schedule.text), start);
  }
}

const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
type RruleParts = Readonly<Partial<Record<string, string>>>;

function partsOf(text: string): RruleParts {
  return Object.fromEntries(text.split(';').map((part) => part.split('=')));
}

/** RFC 5545, 3.3.10, without BYWEEKNO and without times: which days of which periods, then which places of the set. */
function isDateOfRrule(parts: RruleParts, start: Day): IsDate {
  const numbers = (name: string): number[] | undefined => parts[name]?.split(',').map(Number);
  const interval = Number(parts['INTERVAL'] ?? 1);
  const firstOfWeek = WEEKDAYS.indexOf(parts['WKST'] ?? 'MO') + 1;
  const [months, monthDays, yearDays, places] = ['BYMONTH', 'BYMONTHDAY', 'BYYEARDAY', 'BYSETPOS'].map(numbers);
  const weekdays = parts['BYDAY']?.split(',').map((item) => ({
    weekday: WEEKDAYS.indexOf(item.slice(-2)) + 1,
    nth: Number(item.slice(0, -2)),
  }));
  const frequency = parts['FREQ'];

  const weekOf = (day: Day): Day[] => {
    let number = day.number;
    while (calendar[number]!.weekday !== firstOfWeek) number--;
    return calendar.slice(number, number + 7);
  };
  const periodOf = (day: Day): Day[] => {
    if (frequency === 'DAILY') return [day];
    if (frequency === 'WEEKLY') return weekOf(day);
    return frequency === 'MONTHLY' ? monthOf(day) : yearOf(day);
  };
  const firstWeek = weekOf(start)[0]!.number;
  const periodsSince = (day: Day): number => {
    if (frequency === 'DAILY') return day.number - start.number;
    if (frequency === 'WEEKLY') return Math.floor((day.number - firstWeek) / 7);
    return frequency === 'MONTHLY' ? (day.year - start.year) * 12 + day.month - start.month : day.year - start.year;
  };
  // A numbered weekday of a year is counted in the month when there is BYMONTH, else in the year.
  const isNumberedIn = (day: Day): Day[] => (frequency === 'YEARLY' && !months ? yearOf(day) : monthOf(day));
  const fromBack = (place: number, length: number): number => place - length - 1;

  const isInSet: IsDate = (day) => {
    if (months && !months.includes(day.month)) return false;
    if (monthDays) {
      const back = fromBack(day.day, monthOf(day).length);
      if (!monthDays.includes(day.day) && !monthDays.includes(back)) return false;
    }
    if (yearDays) {
      const place = day.number - yearOf(day)[0]!.number + 1;
      if (!yearDays.includes(place) && !yearDays.includes(fromBack(place, yearOf(day).length))) return false;
    }
    if (weekdays) {
      return weekdays.some(
        ({ weekday, nth }) => day.weekday === weekday && (nth === 0 || isNth(day, { nth, days: isNumberedIn(day) })),
      );
    }
    if (monthDays || yearDays || frequency === 'DAILY') return true;
    // What the rule does not say is taken from the anchor.
    if (frequency === 'WEEKLY') return day.weekday === start.weekday;
    return day.day === start.day && (frequency === 'MONTHLY' || months !== undefined || day.month === start.month);
  };

  let set: Day[] = [];
  let setOf: Day | undefined;
  return (day) => {
    if (periodsSince(day) % interval !== 0 || !isInSet(day)) return false;
    if (!places) return true;
    const period = periodOf(day);
    if (setOf !== period[0]) [set, setOf] = [period.filter(isInSet), period[0]];
    const place = set.indexOf(day) + 1;
    return places.includes(place) || places.includes(fromBack(place, set.length));
  };
}

// ---------------------------------------------------------------- the dates

/** All nominal dates from the anchor to `through`, at most `limit`, the end of the rule and of an RRULE text included. */
export function oracleNominals({
  rule,
  limit,
  through = '2999-12-31',
}: {
  rule: RecurrenceRule;
  limit: number;
  through?: string;
}): string[] {
  const { end, schedule } = rule;
  const parts = schedule.kind === 'rrule' ? partsOf(schedule.text) : {};
  const untils = [through, ...(end && 'until' in end ? [end.until] : [])];
  if (parts['UNTIL'] !== undefined) untils.push(untilDate({ text: parts['UNTIL'], zone: rule.zone }));
  const counts = [limit, Number(parts['COUNT'] ?? limit), end && 'count' in end ? end.count : limit];

  const isDate = isDateOf(rule);
  const found: string[] = [];
  for (let day = dayOf(rule.startDate); untils.every((until) => day.text <= until); day = dayLater(day, 1)) {
    if (counts.some((count) => found.length >= count)) break;
    if (isDate(day)) found.push(day.text);
  }
  return found;
}

function untilDate({ text, zone }: { text: string; zone: string }): string {
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  if (!text.endsWith('Z')) return date;
  const instant = Date.parse(`${date}T${text.slice(9, 11)}:${text.slice(11, 13)}:${text.slice(13, 15)}Z`);
  return new Date(wallClock(instant, zone)).toISOString().slice(0, 10);
}

/** The occurrences: {@link oracleNominals} with position, posting date and fire time. */
export function oracleOccurrences(wanted: Parameters<typeof oracleNominals>[0]): Occurrence[] {
  const { weekend, postAt, zone } = wanted.rule;
  return oracleNominals(wanted).map((nominalDate, at) => {
    let day = dayOf(nominalDate);
    const isDropped = weekend === 'skip' && day.weekday > 5;
    if (weekend === 'previous') while (day.weekday > 5) day = dayLater(day, -1);
    if (weekend === 'next') while (day.weekday > 5) day = dayLater(day, 1);
    const fireAt = oracleFireAt({ date: day.text, postAt, zone });
    return { index: at + 1, nominalDate, postingDate: isDropped ? null : day.text, fireAt };
  });
}

// ---------------------------------------------------------------- the wall clock

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number[]>();

/** What a clock on the wall shows at an instant, as the milliseconds at which a clock in UTC shows the same. */
export function wallClock(instant: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    const fields = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, ...fields, second: '2-digit', hourCycle: 'h23' });
    formats.set(zone, format);
  }
  return Date.parse(`${format.format(instant).replace(' ', 'T')}Z`);
}

/** Each offset from UTC (in ms) that the zone has had, seen on every third day from 1985 to 2040. */
function offsetsOf(zone: string): number[] {
  let known = offsets.get(zone);
  if (!known) {
    const seen = new Set<number>();
    for (let instant = Date.UTC(1985, 0, 1); instant < Date.UTC(2040, 0, 1); instant += 72 * HOUR_MS) {
      seen.add(wallClock(instant, zone) - instant);
    }
    known = [...seen];
    offsets.set(zone, known);
  }
  return known;
}

/**
 * The first instant at which the clock shows that date and time. When it never does, the clock is read as if it had
 * not been moved: the last reading before the gap, and the time that is missing to the wanted one.
 */
export function oracleFireAt({ date, postAt, zone }: { date: string; postAt: string; zone: string }): string {
  const wanted = Date.parse(`${date}T${postAt}:00Z`);
  const shown = offsetsOf(zone)
    .map((offset) => wanted - offset)
    .filter((instant) => wallClock(instant, zone) === wanted);
  if (shown.length > 0) return rfc3339(Math.min(...shown));

  let before = Number.NaN;
  for (let instant = wanted - 40 * HOUR_MS; instant <= wanted + 14 * HOUR_MS; instant += HOUR_MS) {
    if (wallClock(instant, zone) < wanted) before = instant;
  }
  return rfc3339(before + (wanted - wallClock(before, zone)));
}

/** The instants (ms) from 1990 to 2037 at which the clock of a zone is moved, to the minute. */
export function clockChanges(zone: string): number[] {
  const offsetAt = (instant: number): number => wallClock(instant, zone) - instant;
  const found: number[] = [];
  const step = 72 * HOUR_MS;
  for (let low = Date.UTC(1990, 0, 1); low < Date.UTC(2038, 0, 1); low += step) {
    if (offsetAt(low) === offsetAt(low + step)) continue;
    let [before, after] = [low, low + step];
    while (after - before > MINUTE_MS) {
      const middle = before + Math.floor((after - before) / 2 / MINUTE_MS) * MINUTE_MS;
      if (offsetAt(middle) === offsetAt(low)) before = middle;
      else after = middle;
    }
    found.push(after);
  }
  return found;
}

function rfc3339(instant: number): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z');
}
