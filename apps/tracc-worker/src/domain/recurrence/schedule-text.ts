import { daysInMonth, isoWeekday, splitCivil } from '@backend/shared/kernel';
import { Temporal } from 'temporal-polyfill';
import type { Occurrence, RecurrenceRule, RecurrenceSchedule, Weekday } from '../../contract';
import { postingDateOf } from './occurrences';

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const WEEKDAY_NAMES = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
const NTH_NAMES = ['first', 'second', 'third', 'fourth', 'fifth'] as const;

/** January to December. */
export const MONTH_NAMES =
  'January February March April May June July August September October November December'.split(' ');

/** How a schedule is written in a command, for messages. */
export const SCHEDULE_FORMS =
  '"every 30 days", "weekly mon", "monthly 31", "monthly last", "monthly 2nd tue", "monthly last fri", "yearly 03-01" or "rrule FREQ=…"; every but the first and the last may end in "x2" for every second one';

/** A schedule as people write it (see {@link SCHEDULE_FORMS}); undefined when it is not one of the forms. */
export function parseSchedule(text: string): RecurrenceSchedule | undefined {
  const trimmed = text.trim();
  const rrule = /^rrule\s+(\S.*)$/i.exec(trimmed);
  if (rrule) return { kind: 'rrule', text: rrule[1]! };
  const days = /^every\s+(\d+)\s+days?$/i.exec(trimmed);
  if (days) return { kind: 'interval', everyDays: Number(days[1]) };

  const [, body = '', step] = /^(.*?)(?:\s+x(\d+))?$/i.exec(trimmed)!;
  const every = Number(step ?? 1);
  const words = body.toLowerCase().split(/\s+/);
  const [kind, first = '', second] = words;
  if (words.length > 3) return undefined;
  if (kind === 'weekly' && second === undefined) {
    const weekday = weekdayOf(first);
    return weekday && { kind, every, weekday };
  }
  if (kind === 'monthly' && second === undefined) {
    const day = first === 'last' ? -1 : /^\d{1,2}$/.test(first) ? Number(first) : undefined;
    return day === undefined ? undefined : { kind, every, day };
  }
  if (kind === 'monthly') {
    const nth = first === 'last' ? -1 : Number(/^([1-5])(?:st|nd|rd|th)$/.exec(first)?.[1] ?? 0);
    const weekday = weekdayOf(second!);
    return nth !== 0 && weekday ? { kind: 'monthlyNth', every, nth, weekday } : undefined;
  }
  const date = /^(\d{2})-(\d{2})$/.exec(first);
  if (kind === 'yearly' && date && second === undefined)
    return { kind, every, month: Number(date[1]), day: Number(date[2]) };
  return undefined;
}

/** A schedule in words, for lists: `every 2 weeks on Tuesday`, `on the last Friday of every 3rd month`. */
export function describeSchedule(schedule: RecurrenceSchedule): string {
  switch (schedule.kind) {
    case 'interval':
      return everyText(schedule.everyDays, 'day');
    case 'weekly':
      return `${everyText(schedule.every, 'week')} on ${WEEKDAY_NAMES[schedule.weekday - 1]}`;
    case 'monthly':
      return `${everyText(schedule.every, 'month')} on ${schedule.day === -1 ? 'the last day' : `day ${schedule.day}`}`;
    case 'monthlyNth': {
      const nth = schedule.nth === -1 ? 'last' : NTH_NAMES[schedule.nth - 1];
      const months = schedule.every === 1 ? 'every month' : `every ${ordinal(schedule.every)} month`;
      return `on the ${nth} ${WEEKDAY_NAMES[schedule.weekday - 1]} of ${months}`;
    }
    case 'yearly':
      return `${everyText(schedule.every, 'year')} on ${schedule.day} ${MONTH_NAMES[schedule.month - 1]}`;
    case 'rrule':
      return `RRULE ${schedule.text}`;
  }
}

/**
 * A whole rule in words: what months without the day do, start, end, weekend and time. `every month on day 31 (the last
 * day of shorter months) from 31 Jan 2026 until 31 Dec 2027; a weekend moves it to Monday; at 00:05 Europe/Berlin`.
 * The weekend rule is left out where no date of the rule can be on a weekend.
 */
export function describeRule(rule: RecurrenceRule): string {
  const missing = missingDayText(rule);
  const end =
    rule.end === undefined ? '' : 'until' in rule.end ? ` until ${dateText(rule.end.until)}` : timesText(rule.end);
  const weekend = meetsWeekends(rule) ? WEEKEND_WORDS[rule.weekend] : undefined;
  return [
    `${describeSchedule(rule.schedule)}${missing ? ` (${missing})` : ''} from ${dateText(rule.startDate)}${end}`,
    ...(weekend ? [weekend] : []),
    `at ${rule.postAt} ${rule.zone}`,
  ].join('; ');
}

const WEEKEND_WORDS: Readonly<Record<RecurrenceRule['weekend'], string | undefined>> = {
  none: undefined,
  skip: 'a date on a weekend is not booked',
  previous: 'a weekend moves it to Friday',
  next: 'a weekend moves it to Monday',
};

/**
 * Why an occurrence is not booked plainly on the day and at the time of its rule, in words; undefined when it is. Covers
 * a day that the month lacks, the weekend rule, a date that was chosen by hand, and a local time that daylight saving
 * leaves out or repeats (or a date that the zone never had). `rule` is valid and is the one the occurrence comes from.
 */
export function notesOf(
  rule: RecurrenceRule,
  occurrence: Pick<Occurrence, 'nominalDate' | 'postingDate'>,
): string | undefined {
  const { nominalDate, postingDate } = occurrence;
  const notes: string[] = [];
  const clamped = clampNote(rule, nominalDate);
  if (clamped) notes.push(clamped);
  const ruled = postingDateOf({ nominalDate, weekend: rule.weekend });
  if (postingDate !== null && postingDate !== ruled) notes.push('your choice');
  else if (ruled !== nominalDate) notes.push('weekend');
  const clock = postingDate === null ? undefined : clockNote(rule, postingDate);
  if (clock) notes.push(clock);
  return notes.length === 0 ? undefined : notes.join('; ');
}

const REASON_NOTES: Readonly<Record<string, string>> = {
  user: 'by you',
  paused: 'while paused',
  missed: 'missed',
  weekend: 'weekend',
  AccountClosed: 'the account is closed',
  TemplateNotFound: 'the template is gone',
  TemplateInvalid: 'the template is not valid',
};

/** The recorded reason of an occurrence that was not posted, in words that follow `skipped` or `failed`. */
export function reasonNote(reason: string | null | undefined): string | undefined {
  if (reason == null) return undefined;
  return Object.hasOwn(REASON_NOTES, reason) ? REASON_NOTES[reason] : reason;
}

/** `31 Dec 2027` */
export function dateText(date: string): string {
  const { year, month, day } = splitCivil(date);
  return `${day} ${MONTH_NAMES[month - 1]!.slice(0, 3)} ${year}`;
}

/** `Fri 31 Dec 2027` */
export function weekdayDateText(date: string): string {
  return `${WEEKDAY_NAMES[isoWeekday(date) - 1]!.slice(0, 3)} ${dateText(date)}`;
}

function everyText(every: number, unit: string): string {
  return every === 1 ? `every ${unit}` : `every ${every} ${unit}s`;
}

function timesText({ count }: { count: number }): string {
  return count === 1 ? ', once' : count === 2 ? ', twice' : `, ${count} times`;
}

/** 1st, 2nd, 3rd, 4th, 11th, 22nd */
function ordinal(count: number): string {
  const teen = count % 100 >= 11 && count % 100 <= 13;
  return `${count}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th')}`;
}

/** What happens where the rule names a day that a month or year of its grid does not have; undefined where all have it. */
function missingDayText({ schedule, monthEnd, startDate }: RecurrenceRule): string | undefined {
  if (schedule.kind === 'monthlyNth') return schedule.nth === 5 ? 'none in a month that has four' : undefined;
  if (schedule.kind === 'yearly') {
    if (schedule.month !== 2 || schedule.day !== 29) return undefined;
    return monthEnd === 'clamp' ? '28 in common years' : 'leap years only';
  }
  if (schedule.kind !== 'monthly' || schedule.day < 29) return undefined;
  const first = splitCivil(startDate).month - 1;
  const months = new Set(Array.from({ length: 12 }, (_, step) => ((first + step * schedule.every) % 12) + 1));
  const short = [...months].filter((month) => daysInMonth(2025, month) < schedule.day);
  if (short.length === 0) return undefined;
  const [only] = short.length === 1 ? short : [];
  if (only !== 2) {
    const which = only === undefined ? 'shorter months' : MONTH_NAMES[only - 1]!;
    return monthEnd === 'clamp' ? `the last day of ${which}` : `not in ${which}`;
  }
  const years = schedule.day === 29 ? ' of a common year' : '';
  return monthEnd === 'clamp' ? `the last day of February${years}` : `not in February${years}`;
}

function meetsWeekends({ schedule, startDate }: RecurrenceRule): boolean {
  if (schedule.kind === 'weekly' || schedule.kind === 'monthlyNth') return schedule.weekday > 5;
  if (schedule.kind === 'interval' && schedule.everyDays % 7 === 0) return isoWeekday(startDate) > 5;
  return true;
}

function clampNote({ schedule, monthEnd }: RecurrenceRule, nominalDate: string): string | undefined {
  if ((schedule.kind !== 'monthly' && schedule.kind !== 'yearly') || monthEnd !== 'clamp') return undefined;
  const { year, month, day } = splitCivil(nominalDate);
  if (schedule.day <= day || day !== daysInMonth(year, month)) return undefined;
  return schedule.kind === 'monthly'
    ? `short month: day ${schedule.day} falls on the ${ordinal(day)}`
    : `common year: ${schedule.day} ${MONTH_NAMES[schedule.month - 1]} falls on the ${ordinal(day)}`;
}

/** A posting time that the zone's clocks leave out or show twice on that date (see fire-time.ts for which one counts). */
function clockNote({ postAt, zone }: RecurrenceRule, date: string): string | undefined {
  const wall = Temporal.PlainDateTime.from(`${date}T${postAt}`);
  const [earlier, later] = (['earlier', 'later'] as const).map((disambiguation) =>
    wall.toZonedDateTime(zone, { disambiguation }),
  );
  if (earlier!.epochMilliseconds === later!.epochMilliseconds) return undefined;
  if (later!.toPlainDateTime().equals(wall)) return `${postAt} comes twice that day, the first one counts`;
  const fires = later!.toPlainTime().toString().slice(0, 5);
  const firesOn = later!.toPlainDate().toString();
  return firesOn === date
    ? `clocks go forward, ${postAt} is ${fires}`
    : `${zone} has no ${weekdayDateText(date)}, posted ${weekdayDateText(firesOn)} ${fires}`;
}

function weekdayOf(text: string): Weekday | undefined {
  const index = WEEKDAYS.findIndex((name) => text.startsWith(name));
  return index < 0 ? undefined : ((index + 1) as Weekday);
}
