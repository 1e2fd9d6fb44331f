import { userFailure } from '@backend/shared/failures';
import { FAILURES, type Occurrence, type RecurrenceRule } from '../contract';
import {
  fireInstant,
  localDate,
  occurrenceAt,
  planOccurrences as plan,
  positionOf,
  validateRule,
} from '../domain/recurrence';
import { toPlanLines } from '../domain/recurrence/plan-lines';
import type { Deps } from './deps';

// Pure computing; activities because of RRULE and the zone database, which change.

/** The next occurrences of a rule after a nominal date (the `afterIndex`-th), as lines of a plan. Fails with `TemplateInvalid`. */
export async function planOccurrences(
  _deps: Deps,
  { rule, ...range }: { rule: RecurrenceRule; after?: string; afterIndex?: number; limit: number },
): Promise<readonly string[]> {
  const problems = validateRule(rule);
  if (problems.length > 0) {
    throw userFailure(FAILURES.TemplateInvalid, problems.map(({ field, problem }) => `${field}: ${problem}`).join(' '));
  }
  return toPlanLines(plan({ rule, ...range }));
}

/** The occurrence of a nominal date after `after`, or null when the rule has none on that date. */
export async function locateOccurrence(
  _deps: Deps,
  { rule, nominalDate, ...range }: { rule: RecurrenceRule; nominalDate: string; after?: string; afterIndex?: number },
): Promise<Occurrence | null> {
  return occurrenceAt(rule, nominalDate, range) ?? null;
}

/** Occurrences that are booked on other dates than the rule says (nominal date to booking date), due at the rule's time of day. */
export async function planMoved(
  _deps: Deps,
  { rule, reschedules }: { rule: RecurrenceRule; reschedules: Readonly<Record<string, string>> },
): Promise<readonly Occurrence[]> {
  return Object.entries(reschedules).map(([nominalDate, date]) => ({
    index: positionOf(rule, nominalDate),
    nominalDate,
    postingDate: date,
    fireAt: fireInstant({ date, postAt: rule.postAt, zone: rule.zone }),
  }));
}

/** An occurrence that is booked on the civil date of an instant in the rule's zone, and due at it. */
export async function bookNow(
  _deps: Deps,
  { rule, occurrence, now }: { rule: RecurrenceRule; occurrence: Occurrence; now: string },
): Promise<Occurrence> {
  return { ...occurrence, postingDate: localDate({ instant: now, zone: rule.zone }), fireAt: now };
}
