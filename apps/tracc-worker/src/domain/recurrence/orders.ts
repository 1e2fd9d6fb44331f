import { isCivilDate } from '@backend/shared/kernel';
import type { Occurrence, RecurrenceRule, RecurringUpdateScheduleArgument } from '../../contract';
import { calendarSource } from './calendar-source';
import { type Recurrence, isSettled } from './recurrence-state';

// What people order of a recurring workflow: pause and resume, and changes of single occurrences or of the rule. Runs in the sandbox.

/** Future nominals that are treated otherwise than the rule says: skipped or rescheduled. */
const EXCEPTIONS_MAX = 500;

/**
 * Pauses, whatever was ordered before: a newer pause replaces an older one and takes back a resume that is not carried
 * out yet. The reason of a pause that still holds is kept.
 */
export function orderPause(
  recurrence: Recurrence,
  { onResume, reason }: { onResume: 'skip' | 'catchUp'; reason?: string },
): void {
  const why = reason ?? (recurrence.resumeWanted ? undefined : recurrence.paused?.reason);
  recurrence.paused = { onResume, ...(why === undefined ? {} : { reason: why }) };
  recurrence.resumeWanted = false;
  recurrence.awaited = undefined;
}

/** Orders the end of a pause; without one there is nothing to resume. */
export function orderResume(recurrence: Recurrence): void {
  recurrence.resumeWanted = recurrence.paused !== undefined;
}

/** Ends the pause whose resume is carried out; a pause that was ordered meanwhile stays in force. */
export function endPause(recurrence: Recurrence, pause: Recurrence['paused']): void {
  if (recurrence.paused !== pause) return;
  recurrence.paused = undefined;
  recurrence.resumeWanted = false;
  recurrence.failuresInARow = 0;
}

/** Why one occurrence cannot be changed (any more), as a sentence; undefined when it can be skipped or rescheduled. */
export function changeProblem(
  recurrence: Recurrence,
  { nominalDate, fireAt, nowMs }: { nominalDate: string; fireAt?: string; nowMs: number },
): string | undefined {
  if (isSettled(recurrence, { nominalDate })) return `The occurrence of ${nominalDate} is settled already.`;
  if (recurrence.posting === nominalDate) return `The occurrence of ${nominalDate} is being posted.`;
  const { skips, reschedules } = recurrence;
  if (skips.includes(nominalDate) || nominalDate in reschedules) return undefined;
  if (fireAt !== undefined && Date.parse(fireAt) <= nowMs && !recurrence.paused)
    return `The occurrence of ${nominalDate} is due since ${fireAt}; only one to come can be changed.`;
  const exceptions = skips.filter((date) => !isSettled(recurrence, { nominalDate: date })).length;
  if (exceptions + Object.keys(reschedules).length >= EXCEPTIONS_MAX)
    return `No more than ${EXCEPTIONS_MAX} occurrences to come can be skipped or rescheduled.`;
  return undefined;
}

/**
 * A sentence when the calendar alone says that a date is no occurrence; an RRULE, and a count, are for occurrenceAt.
 */
export function membershipProblem({ rule, reschedules }: Recurrence, nominalDate: string): string | undefined {
  const source = calendarSource(rule);
  const until = rule.end && 'until' in rule.end ? rule.end.until : nominalDate;
  const isNominal = !source || (nominalDate <= until && source.firstFrom(nominalDate) === nominalDate);
  return isNominal || nominalDate in reschedules ? undefined : `${nominalDate} is not an occurrence of this template.`;
}

/** Notes that a nominal date is skipped when its time comes. */
export function addSkip(recurrence: Recurrence, nominalDate: string): void {
  recurrence.skips = [...new Set([...recurrence.skips, nominalDate])].sort();
}

/** Why an occurrence cannot be booked on a date; it may be today, by the template's zone, not earlier. */
export function bookingProblem({ toDate, today }: { toDate: string; today: string }): string | undefined {
  return toDate < today ? `toDate ${toDate} is over; a date from today on is possible.` : undefined;
}

/** Notes another booking date for a nominal date; an order to skip it is taken back. */
export function addReschedule(
  recurrence: Recurrence,
  { nominalDate, toDate }: { nominalDate: string; toDate: string },
): void {
  recurrence.skips = recurrence.skips.filter((skipped) => skipped !== nominalDate);
  recurrence.reschedules = { ...recurrence.reschedules, [nominalDate]: toDate };
}

const RULE_FIELDS = ['startDate', 'schedule', 'zone', 'postAt', 'monthEnd', 'weekend', 'end'] as const;

/** Why a change of the rule cannot be one, as a sentence; the rule that results is checked elsewhere, with zones and calendars. */
export function ruleChangeProblem(change: unknown): string | undefined {
  const names = `${RULE_FIELDS.slice(0, -1).join(', ')} or end`;
  if (typeof change !== 'object' || change === null || Array.isArray(change))
    return `The change should be an object with ${names}.`;
  const unknown = Object.keys(change).find((name) => !RULE_FIELDS.includes(name as (typeof RULE_FIELDS)[number]));
  if (unknown !== undefined) return `${unknown}: there is no such field; a change may have ${names}.`;
  return Object.keys(change).length === 0 ? `The change is empty; it may have ${names}.` : undefined;
}

/** The rule with a change in it; `end: null` takes the end away. */
export function changedRule(
  { end, ...rule }: RecurrenceRule,
  { end: newEnd, ...change }: RecurringUpdateScheduleArgument,
): RecurrenceRule {
  const kept = newEnd === undefined ? end : newEnd;
  return { ...rule, ...change, ...(kept ? { end: kept } : {}) };
}

/** Puts a changed rule in force for what comes after the cursor. */
export function changeRule(recurrence: Recurrence, rule: RecurrenceRule): void {
  recurrence.rule = rule;
  recurrence.awaited = undefined;
}

/** Why an occurrence is not posted although its time has come; undefined when it is. */
export function reasonToSkip(
  recurrence: Recurrence,
  { nominalDate, postingDate }: Occurrence,
): 'user' | 'weekend' | undefined {
  if (recurrence.skips.includes(nominalDate)) return 'user';
  return postingDate === null ? 'weekend' : undefined;
}

/**
 * Splits what is due by the catch-up policy. What is due at the instant that was slept for (several can be booked on one
 * date) and what a person moved to a time that is over already is the ordinary case when nothing else is due: no
 * policy misses it. `moreDue` says that the list is cut: its last one then waits for the rest, since only the last of
 * all is the latest.
 */
export function splitDue(
  {
    awaited,
    catchUp,
    catchUpConfirmed,
    reschedules,
  }: Pick<Recurrence, 'awaited' | 'catchUp' | 'catchUpConfirmed' | 'reschedules'>,
  { due, moreDue }: { due: readonly Occurrence[]; moreDue: boolean },
): { missed: readonly Occurrence[]; toPost: readonly Occurrence[] } {
  const policy = catchUpConfirmed ?? catchUp;
  const awaitedAt = due.find(({ nominalDate }) => nominalDate === awaited)?.fireAt;
  const isOrdinary =
    catchUpConfirmed === undefined &&
    due.every(({ fireAt, nominalDate }) => fireAt === awaitedAt || nominalDate in reschedules);
  if (policy === 'all' || isOrdinary) return { missed: [], toPost: due };
  if (policy === 'none') return { missed: due, toPost: [] };
  return { missed: due.slice(0, -1), toPost: moreDue ? [] : due.slice(-1) };
}

/** A sentence when the text is no civil date; the field's name begins it. */
export function dateProblem(field: string, value: unknown): string | undefined {
  if (typeof value === 'string' && isCivilDate(value)) return undefined;
  return `${field} should be a date such as 2026-03-31, not ${JSON.stringify(value)}.`;
}

const JITTER_MS = 60_000;

/**
 * How long after its instant a template posts: 0 to 59,999 ms, the same for every occurrence of it, so that what is due at the end
 * of a month does not come all at once. FNV-1a of the id.
 */
export function jitterMs(templateId: string): number {
  let hash = 0x81_1c_9d_c5;
  for (const letter of templateId) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01_00_01_93);
  return (hash >>> 0) % JITTER_MS;
}
