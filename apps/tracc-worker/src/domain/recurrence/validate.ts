import { daysInMonth, isCivilDate } from '@backend/shared/kernel';
import type { RecurrenceRule } from '../../contract';
import { LAST_DATE } from './date-source';
import { isZone } from './fire-time';
import { nominalOccurrences } from './occurrences';
import { parseRrule } from './rrule-text';

/** One thing wrong with an input: the field by its path, and a sentence without the field's name in front. */
export interface FieldProblem {
  readonly field: string;
  readonly problem: string;
}

/** Longest step between two dates: 100 years. */
const MAX_EVERY = { weekly: 5200, monthly: 1200, yearly: 100 } as const;
const MAX_COUNT = 1_000_000;
const MONTH_NAMES = 'January February March April May June July August September October November December'.split(' ');

/**
 * Everything that is wrong with a rule as it came from a client; empty when it is usable. Trusts no type: the rule
 * comes from JSON. A rule that no date can ever satisfy is a problem too.
 */
export function validateRule(rule: RecurrenceRule): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const report = (field: string, problem: string): void => void problems.push({ field, problem });

  if (!isText(rule.startDate) || !isCivilDate(rule.startDate)) {
    report('startDate', `must be a date of the form YYYY-MM-DD, got ${show(rule.startDate)}`);
  } else if (rule.startDate > LAST_DATE) report('startDate', `must not be after ${LAST_DATE}`);
  if (!isText(rule.zone) || !isZone(rule.zone)) {
    report('zone', `must be an IANA time zone such as Europe/Berlin, got ${show(rule.zone)}`);
  }
  if (!isText(rule.postAt) || !/^([01]\d|2[0-3]):[0-5]\d$/.test(rule.postAt)) {
    report('postAt', `must be a time of the form HH:MM from 00:00 to 23:59, got ${show(rule.postAt)}`);
  }
  if (!['clamp', 'skip'].includes(rule.monthEnd))
    report('monthEnd', `must be clamp or skip, got ${show(rule.monthEnd)}`);
  if (!['none', 'skip', 'previous', 'next'].includes(rule.weekend)) {
    report('weekend', `must be none, skip, previous or next, got ${show(rule.weekend)}`);
  }
  problems.push(...scheduleProblems(rule), ...endProblems(rule));
  // Only a rule that is sound in its parts can be asked for dates.
  if (problems.length === 0 && neverFalls(rule)) report('schedule', 'never falls on a date');
  return problems;
}

function scheduleProblems(rule: RecurrenceRule): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const schedule: unknown = rule.schedule;
  if (typeof schedule !== 'object' || schedule === null) {
    return [{ field: 'schedule', problem: `must be an object with a kind, got ${show(schedule)}` }];
  }
  const read = (name: string): unknown => (schedule as Record<string, unknown>)[name];
  const integer = (name: string, { min, max, or }: { min: number; max: number; or?: number }): void => {
    const value = read(name);
    if (Number.isInteger(value) && ((Number(value) >= min && Number(value) <= max) || value === or)) return;
    const alternative = or === undefined ? '' : `, or ${or} for the last`;
    problems.push({
      field: `schedule.${name}`,
      problem: `must be a whole number from ${min} to ${max}${alternative}, got ${show(value)}`,
    });
  };

  switch (read('kind')) {
    case 'interval':
      integer('everyDays', { min: 1, max: 3660 });
      break;
    case 'weekly':
      integer('every', { min: 1, max: MAX_EVERY.weekly });
      integer('weekday', { min: 1, max: 7 });
      break;
    case 'monthly':
      integer('every', { min: 1, max: MAX_EVERY.monthly });
      integer('day', { min: 1, max: 31, or: -1 });
      break;
    case 'monthlyNth':
      integer('every', { min: 1, max: MAX_EVERY.monthly });
      integer('nth', { min: 1, max: 5, or: -1 });
      integer('weekday', { min: 1, max: 7 });
      break;
    case 'yearly':
      integer('every', { min: 1, max: MAX_EVERY.yearly });
      integer('month', { min: 1, max: 12 });
      integer('day', { min: 1, max: 31 });
      if (problems.length === 0) {
        const [month, day] = [Number(read('month')), Number(read('day'))];
        const longest = daysInMonth(2024, month);
        if (day > longest) {
          problems.push({
            field: 'schedule.day',
            problem: `must be 1 to ${longest}: ${MONTH_NAMES[month - 1]} has no day ${day}`,
          });
        }
      }
      break;
    case 'rrule': {
      const text = read('text');
      const parsed = isText(text)
        ? parseRrule({ text, zone: isText(rule.zone) ? rule.zone : 'UTC' })
        : { problem: `must be an RRULE such as FREQ=MONTHLY;BYDAY=-1FR, got ${show(text)}` };
      if ('problem' in parsed) problems.push({ field: 'schedule.text', problem: parsed.problem });
      else if (parsed.until !== undefined && isText(rule.startDate) && parsed.until < rule.startDate) {
        problems.push({ field: 'schedule.text', problem: `has an UNTIL before startDate ${rule.startDate}` });
      }
      break;
    }
    default:
      problems.push({
        field: 'schedule.kind',
        problem: `must be interval, weekly, monthly, monthlyNth, yearly or rrule, got ${show(read('kind'))}`,
      });
  }
  return problems;
}

function endProblems({ end, startDate }: RecurrenceRule): FieldProblem[] {
  if (end === undefined) return [];
  if (typeof end !== 'object' || end === null || 'until' in end === 'count' in end) {
    return [{ field: 'end', problem: 'must be either {until} or {count}' }];
  }
  if ('count' in end) {
    return Number.isInteger(end.count) && end.count >= 1 && end.count <= MAX_COUNT
      ? []
      : [{ field: 'end.count', problem: `must be a whole number from 1 to ${MAX_COUNT}, got ${show(end.count)}` }];
  }
  if (!isText(end.until) || !isCivilDate(end.until)) {
    return [{ field: 'end.until', problem: `must be a date of the form YYYY-MM-DD, got ${show(end.until)}` }];
  }
  return isText(startDate) && end.until < startDate
    ? [{ field: 'end.until', problem: `must not be before startDate ${startDate}, got ${end.until}` }]
    : [];
}

function neverFalls({ end: _end, ...endless }: RecurrenceRule): boolean {
  try {
    return nominalOccurrences(endless, { limit: 1 }).length === 0;
  } catch {
    return true;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** A value for a sentence: JSON, cut short so that a huge input does not become a huge message. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
