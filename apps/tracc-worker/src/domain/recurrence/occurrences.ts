import { addDays, isCivilDate, isoWeekday } from '@backend/shared/kernel';
import type { Occurrence, RecurrenceRule, WeekendRule } from '../../contract';
import { calendarSource } from './calendar-source';
import type { DateSource } from './date-source';
import { fireInstant } from './fire-time';
import { rruleSource } from './rrule-source';
import { parseRrule } from './rrule-text';

/** A date of the rule before the weekend rule; `index` is its 1-based position among the nominals of the rule. */
export interface Nominal {
  readonly index: number;
  readonly nominalDate: string;
}

/** Where to look: nominals strictly after `after` (all of them when it is absent), at most `limit`. */
export interface NominalRange {
  readonly after?: string | undefined;
  readonly limit: number;
  /**
   * How many nominals are settled up to `after`, when the caller knows it: positions go on from there (after a change
   * of schedule too), and an RRULE need not be counted from its start.
   */
  readonly afterIndex?: number | undefined;
}

/**
 * The next nominal dates of a valid rule, oldest first; fewer than `limit` when the rule ends. Each is computed from
 * the anchor, never from the one before it. Weeks are counted from startDate, months and years from its month and year.
 * Throws RangeError for a rule that {@link validateRule} refuses.
 */
export function nominalOccurrences(rule: RecurrenceRule, { after, limit, afterIndex }: NominalRange): Nominal[] {
  const { source, until, count } = boundedSource(rule);
  const found: Nominal[] = [];
  let index = afterIndex ?? (after === undefined ? 0 : source.countThrough(after));
  let from = after === undefined || after < rule.startDate ? rule.startDate : addDays(after, 1);
  while (found.length < limit && index < count) {
    const nominalDate = source.firstFrom(from);
    if (nominalDate === undefined || nominalDate > until) break;
    index += 1;
    found.push({ index, nominalDate });
    from = addDays(nominalDate, 1);
  }
  return found;
}

/** {@link nominalOccurrences} with the posting date and the fire time of each. */
export function planOccurrences({ rule, ...range }: NominalRange & { readonly rule: RecurrenceRule }): Occurrence[] {
  return nominalOccurrences(rule, range).map((nominal) => occurrenceOf(rule, nominal));
}

/**
 * The occurrence of a nominal: posting date after the weekend rule (null when the rule drops it) and fire time. A
 * dropped occurrence has the fire time of its nominal date, which is when it is recorded as skipped.
 */
export function occurrenceOf(rule: RecurrenceRule, { index, nominalDate }: Nominal): Occurrence {
  const postingDate = postingDateOf({ nominalDate, weekend: rule.weekend });
  const fireAt = fireInstant({ date: postingDate ?? nominalDate, postAt: rule.postAt, zone: rule.zone });
  return { index, nominalDate, postingDate, fireAt };
}

/** The booking date of a nominal date: itself on a working day, else as the weekend rule says; null = not posted. */
export function postingDateOf({ nominalDate, weekend }: { nominalDate: string; weekend: WeekendRule }): string | null {
  const daysIntoWeekend = isoWeekday(nominalDate) - 5;
  if (daysIntoWeekend <= 0 || weekend === 'none') return nominalDate;
  if (weekend === 'skip') return null;
  return addDays(nominalDate, weekend === 'previous' ? -daysIntoWeekend : 3 - daysIntoWeekend);
}

/** The position of a date among the nominals of the rule, counted from the anchor: how many are on or before it. */
export function positionOf(rule: RecurrenceRule, date: string): number {
  return boundedSource(rule).source.countThrough(date);
}

/**
 * The occurrence on a nominal date after `after`, the `afterIndex`-th; undefined when the rule has none there. Positions go
 * on from `afterIndex`, after a change of schedule too.
 */
export function occurrenceAt(
  rule: RecurrenceRule,
  nominalDate: string,
  { after, afterIndex = 0 }: Omit<NominalRange, 'limit'>,
): Occurrence | undefined {
  const { source, until, count } = boundedSource(rule);
  const isAfter = nominalDate >= rule.startDate && (after === undefined || nominalDate > after);
  if (!isAfter || nominalDate > until || source.firstFrom(nominalDate) !== nominalDate) return undefined;
  const before = after === undefined ? 0 : source.countThrough(after);
  const index = afterIndex + source.countThrough(nominalDate) - before;
  return index > count ? undefined : occurrenceOf(rule, { index, nominalDate });
}

/** True when the date is a nominal date of the rule, its end included. False for anything that is not a date. */
export function isOccurrence(rule: RecurrenceRule, date: string): boolean {
  if (!isCivilDate(date) || date < rule.startDate) return false;
  const { source, until, count } = boundedSource(rule);
  if (date > until || source.firstFrom(date) !== date) return false;
  return count === Number.POSITIVE_INFINITY || source.countThrough(date) <= count;
}

/** The dates of a rule together with its end, which an RRULE text may narrow with its own COUNT and UNTIL. */
function boundedSource(rule: RecurrenceRule): { source: DateSource; until: string; count: number } {
  const { end } = rule;
  let until = end !== undefined && 'until' in end ? end.until : '9999-12-31';
  let count = end !== undefined && 'count' in end ? end.count : Number.POSITIVE_INFINITY;
  const calendar = calendarSource(rule);
  if (calendar || rule.schedule.kind !== 'rrule') return { source: calendar!, until, count };

  const parsed = parseRrule({ text: rule.schedule.text, zone: rule.zone });
  if ('problem' in parsed) throw new RangeError(`schedule.text ${parsed.problem}`);
  if (parsed.until !== undefined && parsed.until < until) until = parsed.until;
  if (parsed.count !== undefined && parsed.count < count) count = parsed.count;
  return { source: rruleSource({ text: parsed.text, startDate: rule.startDate }), until, count };
}
