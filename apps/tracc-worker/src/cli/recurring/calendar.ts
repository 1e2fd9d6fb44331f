import { terminal } from '@backend/shared/cli';
import type { Occurrence, RecurrenceRule, RecurringState } from '../../contract';
import { localDate, planOccurrences, postingDateOf } from '../../domain/recurrence';
import { type CalendarEntry, renderCalendar } from '../../domain/recurrence/calendar-text';
import { describeRule, notesOf, reasonNote, weekdayDateText } from '../../domain/recurrence/schedule-text';
import type { OccurrenceRow } from '../../repositories';

/** How many dates are shown of a rule that is not followed yet. */
export const PREVIEWED = 12;

/** A rule in words, and its first dates from now or from its start as a calendar. */
export function printPlan(rule: RecurrenceRule, limit = PREVIEWED): void {
  const occurrences = planOccurrences({ rule, limit });
  process.stdout.write(`${describeRule(rule)}\n\n`);
  printCalendar(
    rule,
    occurrences.map((occurrence) => plannedEntry(rule, occurrence, false)),
  );
}

/** Entries on a calendar, as wide as the terminal. */
export function printCalendar(rule: RecurrenceRule, entries: readonly CalendarEntry[]): void {
  const today = localDate({ instant: new Date().toISOString(), zone: rule.zone });
  process.stdout.write(`${renderCalendar({ entries, today, ...terminal() })}\n`);
}

/** An occurrence to come. */
export function plannedEntry(rule: RecurrenceRule, occurrence: Occurrence, isNext: boolean): CalendarEntry {
  const { nominalDate, postingDate } = occurrence;
  const isMoved = postingDate !== null && postingDate !== postingDateOf({ nominalDate, weekend: rule.weekend });
  const note = notesOf(rule, occurrence);
  return {
    nominalDate,
    postingDate,
    state: isMoved ? 'moved' : postingDate === null ? 'notBooked' : isNext ? 'next' : 'toCome',
    ...(note === undefined ? {} : { note }),
  };
}

/** What became of an occurrence. */
export function settledEntry(
  rule: RecurrenceRule,
  row: Pick<OccurrenceRow, 'nominalDate' | 'postingDate' | 'outcome' | 'reason'> & { readonly late?: boolean },
): CalendarEntry {
  const note = reasonNote(row.reason) ?? notesOf(rule, row);
  return {
    nominalDate: row.nominalDate,
    postingDate: row.postingDate,
    state: row.outcome === 'posted' && row.late ? 'late' : row.outcome,
    ...(note === undefined ? {} : { note }),
  };
}

/** A state in one line. */
export function stateText({ status, reason, counts, next }: RecurringState): string {
  const parts = [
    reason === undefined ? status : `${status} (${reason})`,
    ...(['posted', 'skipped', 'failed'] as const).map((name) => `${counts[name]} ${name}`),
    ...(next && status !== 'ended' && status !== 'stopped'
      ? [`next ${weekdayDateText(next.postingDate ?? next.nominalDate)}`]
      : []),
  ];
  return parts.join(', ');
}
