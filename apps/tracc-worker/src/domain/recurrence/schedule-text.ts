import type { RecurrenceSchedule, Weekday } from '../../contract';

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

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

/** A schedule in words. */
export function describeSchedule(schedule: RecurrenceSchedule): string {
  const step = (every: number, unit: string) => (every === 1 ? `every ${unit}` : `every ${every} ${unit}s`);
  const weekday = (day: Weekday) => WEEKDAYS[day - 1]!;
  switch (schedule.kind) {
    case 'interval':
      return step(schedule.everyDays, 'day');
    case 'weekly':
      return `${step(schedule.every, 'week')} on ${weekday(schedule.weekday)}`;
    case 'monthly':
      return `${step(schedule.every, 'month')} on ${schedule.day === -1 ? 'the last day' : `day ${schedule.day}`}`;
    case 'monthlyNth':
      return `${step(schedule.every, 'month')} on ${schedule.nth === -1 ? 'the last' : `number ${schedule.nth}`} ${weekday(schedule.weekday)}`;
    case 'yearly':
      return `${step(schedule.every, 'year')} on ${String(schedule.month).padStart(2, '0')}-${String(schedule.day).padStart(2, '0')}`;
    case 'rrule':
      return schedule.text;
  }
}

function weekdayOf(text: string): Weekday | undefined {
  const index = WEEKDAYS.findIndex((name) => text.startsWith(name));
  return index < 0 ? undefined : ((index + 1) as Weekday);
}
