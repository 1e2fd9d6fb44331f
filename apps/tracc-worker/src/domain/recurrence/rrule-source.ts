import { RRuleTemporal } from 'rrule-temporal';
import { addMonthsClamped } from '@backend/shared/kernel';
import { type DateSource, LAST_DATE } from './date-source';
import { isYearSet, yearSetSource } from './rrule-year-source';

// A rule that never matches (30 February) is searched to the horizon; far beyond any template, short enough to be quick.
const HORIZON_YEARS = 200;
// Above the days of the horizon, so that the library's own caps never cut a search short.
const MAX_ITERATIONS = 100_000;
const MAX_CANDIDATES = 10_000_000;

/**
 * The dates of an RRULE without COUNT and UNTIL, anchored at `startDate` (which is a date only if the rule says so),
 * for 200 years. Civil dates, so the rule is expanded in UTC, where each day has one midnight. Throws Error when the
 * library refuses the text. `countThrough` walks from the anchor: about 0.1 ms for a date.
 */
export function rruleSource({ text, startDate }: { text: string; startDate: string }): DateSource {
  const farthest = startDate > '9798-12-31' ? LAST_DATE : addMonthsClamped(startDate, 12 * HORIZON_YEARS);
  if (isYearSet(text)) return yearSetSource({ text, startDate, farthest });
  const rule = new RRuleTemporal({
    rruleString: `DTSTART:${compact(startDate)}T000000Z\nRRULE:${text};UNTIL=${compact(farthest)}T000000Z`,
    strict: true,
    maxIterations: MAX_ITERATIONS,
    maxCandidateEvaluations: MAX_CANDIDATES,
    cache: false,
  });
  return {
    firstFrom(date) {
      const from = date < startDate ? startDate : date;
      return from > farthest ? undefined : rule.next(midnight(from), true)?.toString().slice(0, 10);
    },
    countThrough: (date) =>
      date < startDate
        ? 0
        : rule.between(midnight(startDate), midnight(date < farthest ? date : farthest), true).length,
  };
}

function midnight(date: string): Date {
  return new Date(`${date}T00:00:00Z`);
}

function compact(date: string): string {
  return date.replaceAll('-', '');
}
