import { userFailure } from '@backend/shared/failures';
import { FAILURES, type Occurrence, type RecurrenceRule } from '../contract';
import { planOccurrences as plan, validateRule } from '../domain/recurrence';
import type { Deps } from './deps';

/**
 * The next occurrences of a rule after a nominal date (the `afterIndex`-th). Pure; an activity because of the zone database, which
 * changes.
 */
export async function planOccurrences(
  _deps: Deps,
  { rule, ...range }: { rule: RecurrenceRule; after?: string; afterIndex?: number; limit: number },
): Promise<readonly Occurrence[]> {
  const problems = validateRule(rule);
  if (problems.length > 0) {
    throw userFailure(FAILURES.TemplateInvalid, problems.map(({ field, problem }) => `${field}: ${problem}`).join(' '));
  }
  return plan({ rule, ...range });
}
